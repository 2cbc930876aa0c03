"""Bullets become plan items: bound, with arguments, effect and scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec

from rollbook.binding.library import Found
from rollbook.binding.matching import arguments, match, misfits, plain_value
from rollbook.model.conditions import TypedLiteral
from rollbook.model.plan import Bound, PlanItem
from rollbook.model.workflow import Item, Step
from rollbook.planning.context import MANUAL, Context, items_of
from rollbook.planning.scope import fill, late_names
from rollbook.planning.words import word_set
from rollbook.values import Json, Words

ItemScope: TypeAlias = Literal["run", "wave", "server"]
SHELLS = frozenset({"bash", "sh", "shell", "zsh", "console"})


class Draft(msgspec.Struct, frozen=True):
    """A bullet and what it is bound to, before decisions are known. `title` bullets only name their children."""

    item: Item
    found: Found | None
    group: str = ""
    loop: str = ""
    code: str = ""
    title: bool = False

    @property
    def is_bound(self) -> bool:
        return self.found is not None or bool(self.code) or self.title


def drafts_of(step: Step, context: Context) -> tuple[Draft, ...]:
    """Every bullet of a step with what the library has for it. Nothing is reported yet: the step may be skipped."""
    return tuple(_draft(item, group, loop, context) for group, loop, item in items_of(step))


def _draft(item: Item, group: str, loop: str, context: Context) -> Draft:
    code = item.code if item.code and (not item.code_language or item.code_language in SHELLS) else ""
    found = None if code else match(context.library, item.phrase, item.literals, ("step", "check"))
    if found is not None and found.shell:
        code, found = found.shell, None
    return Draft(item, found, group, loop, code, title=bool(item.children) and found is None and not code)


def plan_items(step: Step, drafts: Sequence[Draft], context: Context, in_rotation: bool) -> tuple[PlanItem, ...]:
    """The executed bullets of a step, numbered in reading order. Unbound ones become problems, or manual items."""
    executed = [d for d in drafts if not d.title]
    return tuple(_plan_item(step, n, d, context, in_rotation) for n, d in enumerate(executed, 1))


def _plan_item(step: Step, number: int, draft: Draft, context: Context, in_rotation: bool) -> PlanItem:
    item = draft.item
    base = PlanItem(
        f"{step.number}.{number}", fill(item.text, context.scope, item.at, context.findings), item.phrase, "manual",
        (msgspec.structs.replace(MANUAL, phrase=item.phrase),), scope=step_scope(draft.loop, context, in_rotation),
        document=context.file, line=item.at.line, added=(step.number, item.text) in context.added,
        from_step=step.number, group=draft.group, late=late_names(item.text),
    )  # fmt: skip
    if draft.code:
        shell = Bound(item.phrase, "shell", "shell")
        return msgspec.structs.replace(
            base, kind="shell", bound=(shell,), effect="once", code=draft.code, asks=context.procedure,
            limit_s=context.site.limits.command_limit_s,
        )  # fmt: skip
    if draft.found is None:
        if not context.manual:
            _report_unbound(draft, context)
        return base
    return _bound_item(base, draft.found, draft, context, in_rotation)


def _bound_item(base: PlanItem, found: Found, draft: Draft, context: Context, in_rotation: bool) -> PlanItem:
    mark = found.mark
    _report_misfits(found, draft, context)
    bound = Bound(found.phrase, found.binding, mark.kind, filled_arguments(found, draft.item.literals, context))
    return msgspec.structs.replace(
        base, kind="check" if mark.kind == "check" else "step", bound=(bound,), effect=mark.effect,
        scope=_scope(base.scope, found, in_rotation), touches=mark.touches, leaves=mark.leaves_rotation,
        returns=mark.returns_to_rotation, limit_s=mark.limit_s or context.site.limits.command_limit_s,
    )  # fmt: skip


def step_scope(loop: str, context: Context, in_rotation: bool) -> ItemScope:
    """Scope of a step's items before their functions are asked (M8, M9)."""
    if loop and is_servers_loop(loop, context):
        return "server"
    return "wave" if in_rotation else "run"


def is_servers_loop(loop: str, context: Context) -> bool:
    """Whether a loop variable is the singular of the servers parameter, or a word for a server."""
    name = loop.casefold()
    return is_singular(name, context.servers_name.casefold()) or any(is_singular(name, w) for w in word_set("servers"))


def is_singular(one: str, many: str) -> bool:
    """`server` of `servers`, `host` of `host_list`, `entry` of `entries`; Chinese words have no plural."""
    forms = {one, one + "s", one + "es", one + "_list", one + "list", one + "列表", "目标" + one}
    forms |= {one[:-1] + "ies"} if one.endswith("y") else set()
    return bool(many) and many in forms


def _scope(scope: ItemScope, found: Found, in_rotation: bool) -> ItemScope:
    """A function that takes one server runs once for each; one that takes them all, once per wave or run."""
    kinds = set(found.annotations.values())
    if "Server" in kinds:
        return "server"
    if scope == "server" and ("list[Server]" in kinds or not in_rotation):
        return "wave" if in_rotation else "run"
    return scope


def filled_arguments(found: Found, literals: Sequence[TypedLiteral], context: Context) -> dict[str, Json]:
    """Brace name → value for the plan; `${parameters}` are filled in, late variables stay."""
    return {name: _argument(literal, context) for name, literal in arguments(found, literals).items()}


def _argument(literal: TypedLiteral, context: Context) -> Json:
    if literal.kind == "param":
        value = context.scope.value(str(literal.value))
        return literal.text if value is None else value
    value = plain_value(literal)
    return (
        fill(value, context.scope, context.workflow.metadata_at, context.findings) if isinstance(value, str) else value
    )


def _report_unbound(draft: Draft, context: Context) -> None:
    from rollbook.binding.stubs import unbound

    item = draft.item
    context.findings.extend(
        [unbound(context.library, item.text, item.literals, "step", context.file, item.at, item.phrase)]
    )


def _report_misfits(found: Found, draft: Draft, context: Context) -> None:
    from rollbook.binding.findings import problem

    for name, kind, literal in misfits(found, draft.item.literals):
        context.findings.extend([problem(
            "literal-type", context.file, draft.item.at,
            Words(f"“{literal.text}” is not a {kind}, which {{{name}}} of “{found.pattern}” must be",
                  f"“{literal.text}”不是 {kind},而“{found.pattern}”的 {{{name}}} 必须是"),
        )])  # fmt: skip
