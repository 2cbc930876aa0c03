"""Bullets become plan items: bound, with arguments, effect and scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from rollbook.binding.library import Found
from rollbook.binding.markers import Effect
from rollbook.binding.matching import arguments, plain_value
from rollbook.model.plan import Bound, PlanItem
from rollbook.model.workflow import Item, Step
from rollbook.planning.arguments import filled_arguments, longest_s
from rollbook.planning.context import MANUAL, Context, about_servers, items_of
from rollbook.planning.loops import each_element, is_servers_loop
from rollbook.planning.parameters import shown
from rollbook.planning.scope import fill, late_names
from rollbook.values import Json

ItemScope: TypeAlias = Literal["run", "wave", "server"]
SHELLS = frozenset({"bash", "sh", "shell", "zsh", "console"})
GRACE_S = 30.0
"""What a command may take beyond the longest wait its phrase names, before it counts as hung."""


class Draft(msgspec.Struct, frozen=True):
    """A bullet and what it is bound to, before decisions are known. `title` bullets only name their children."""

    item: Item
    found: Found | None
    group: str = ""
    loop: str = ""
    code: str = ""
    title: bool = False

    def has(self, mark: str) -> bool:
        """Whether its function is marked so ("touches", "leaves_rotation" …)."""
        return self.found is not None and bool(getattr(self.found.mark, mark))

    @property
    def is_about_servers(self) -> bool:
        """Whether its function takes a server or all of them."""
        return self.found is not None and about_servers(self.found)


def drafts_of(step: Step, context: Context) -> tuple[Draft, ...]:
    """Every bullet of a step with what the library has for it. Nothing is reported yet: the step may be skipped."""
    return tuple(_draft(item, group, loop, context) for group, loop, item in items_of(step))


def _draft(item: Item, group: str, loop: str, context: Context) -> Draft:
    code = item.code if item.code and (not item.code_language or item.code_language in SHELLS) else ""
    found = None if code else context.find(item.phrase, item.literals, ("step", "check"))
    if found is not None and found.shell:
        code, found = with_arguments(found, item), None
    return Draft(item, found, group, loop, code, _is_title(item, found, code, context))


def with_arguments(found: Found, item: Item) -> str:
    """A site's command behind assignments of its braces, quoted: `{limit}` is `$LIMIT`."""
    values = arguments(found, item.literals)
    return assignments({name: plain_value(literal) for name, literal in values.items()}) + found.shell


def assignments(values: Mapping[str, Json]) -> str:
    """Shell lines that set upper-case variables to quoted values (nothing reaches a shell unquoted: DESIGN §8)."""
    from shlex import quote

    return "".join(f"{name.upper()}={quote(shown(value))}\n" for name, value in values.items())


def _is_title(item: Item, found: Found | None, code: str, context: Context) -> bool:
    """Whether an unbound bullet only names those below it. By hand, a person ticks it, unless it is a label."""
    if not item.children or found is not None or code:
        return False
    return not context.manual or item.text.rstrip("*_ ").endswith((":", "："))


def plan_items(step: Step, drafts: Sequence[Draft], context: Context, in_rotation: bool) -> tuple[PlanItem, ...]:
    """The executed bullets of a step, numbered in reading order. Unbound ones become problems, or manual items."""
    executed = each_element([d for d in drafts if not d.title], context)
    items = tuple(_plan_item(step, n, d, inner, in_rotation) for n, (d, inner) in enumerate(executed, 1))
    if step.timeout_s is None:
        return items
    return tuple(msgspec.structs.replace(i, limit_s=step.timeout_s) for i in items)


def _plan_item(step: Step, number: int, draft: Draft, context: Context, in_rotation: bool) -> PlanItem:
    item = draft.item
    base = PlanItem(
        f"{step.number}.{number}", _text(draft, context), item.phrase, "manual",
        (msgspec.structs.replace(MANUAL, phrase=item.phrase),), scope=step_scope(draft.loop, context, in_rotation),
        document=file_of(step, item, context), line=item.at.line, added=(step.number, item.text) in context.added,
        from_step=step.number, group=draft.group, late=() if draft.code else late_names(item.text),
    )  # fmt: skip
    if draft.code:
        shell = Bound(item.phrase, "shell", "shell")
        return msgspec.structs.replace(
            base, kind="shell", bound=(shell,), effect="once", code=_code(draft, context),
            asks=context.procedure or bool(item.guard), guarded=bool(item.guard),
            limit_s=context.site.limits.command_limit_s,
        )  # fmt: skip
    if draft.found is None:
        if not context.manual and step.number not in context.by_hand:
            _report_unbound(draft, base.document, context)
        return base
    return _bound_item(base, draft.found, draft, context)


def _code(draft: Draft, context: Context) -> str:
    """The command behind assignments of the loop variables whose value is known here."""
    declared = {p.name for p in context.workflow.parameters}
    own = {n: context.scope.parameters[n] for n in context.scope.declared - declared}
    return assignments(own) + draft.code


def _text(draft: Draft, context: Context) -> str:
    """A bullet as the plan shows it. `${x}` inside code belongs to the shell (M4)."""
    item = draft.item
    return item.text if draft.code else fill(item.text, context.scope, item.at, context.findings)


def file_of(step: Step, item: Item, context: Context) -> str:
    """Where a bullet stands: the document, or the request that adds it."""
    return context.added.get((step.number, item.text)) or context.file


def _bound_item(base: PlanItem, found: Found, draft: Draft, context: Context) -> PlanItem:
    mark, item = found.mark, draft.item
    values = filled_arguments(found, item.literals, item.text, item.at, context)
    bound = Bound(found.phrase, found.binding, mark.kind, values)
    base_s = mark.limit_s or context.site.limits.command_limit_s
    return msgspec.structs.replace(
        base, kind="check" if mark.kind == "check" else "step", bound=(bound,), effect=_effect(found, context),
        scope=_scope(base.scope, found), touches=mark.touches, leaves=mark.leaves_rotation,
        returns=mark.returns_to_rotation, stops=mark.stops_prior, migrates=mark.migrates,
        limit_s=max(base_s, longest_s(values, found) + GRACE_S),
    )  # fmt: skip


def _effect(found: Found, context: Context) -> Effect:
    """As its function is marked; a document's own migration whose database nothing names cannot be looked at, so that
    a crash inside it is a person's to judge (M19)."""
    if not found.mark.migrates or context.ground is None:
        return found.mark.effect
    from rollbook.planning.deployment.schema import is_proved

    blind = bool(context.ground.deployment.commands("migrate_up")) and not is_proved(context.ground)
    return "once" if blind else found.mark.effect


def step_scope(loop: str, context: Context, in_rotation: bool) -> ItemScope:
    """Scope of a step's items before their functions are asked (M8, M9)."""
    if loop and is_servers_loop(loop, context.servers_name):
        return "server"
    return "wave" if in_rotation else "run"


def _scope(scope: ItemScope, found: Found) -> ItemScope:
    """A function that takes one server runs once for each."""
    return "server" if "Server" in found.annotations.values() else scope


def _report_unbound(draft: Draft, file: str, context: Context) -> None:
    from rollbook.binding.stubs import unbound

    item = draft.item
    context.findings.extend([unbound(context.library, item.text, item.literals, "step", file, item.at, item.phrase)])
