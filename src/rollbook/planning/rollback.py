"""Rollback as the document says it, by step range; where it is silent, by zone (M39). What restores a server (M38)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rollbook.model.plan import Bound, PlanItem, RollbackRule
from rollbook.model.workflow import RollbackAction, Step
from rollbook.planning.context import Context
from rollbook.planning.layout import Layout
from rollbook.values import Json

RESTORING: Final = "rollbook.steps.restoring"
ORDER: Final = (
    "withdraw",
    "stop_new",
    "restore_configuration",
    "start_prior",
    "await_prior",
    "verify_prior",
    "rejoin_prior",
)
BESIDE: Final = (
    "start_prior",
    "await_prior",
    "verify_prior",
    "rejoin_prior",
    "withdraw",
    "stop_new",
    "restore_configuration",
)


def rules_of(context: Context) -> tuple[RollbackRule, ...]:
    """The document's ranges, as the plan carries them."""
    return tuple(RollbackRule(r.first, r.last, r.action, r.text, r.at.line) for r in context.workflow.rollback)


def action_for(step: Step, layout: Layout, context: Context) -> tuple[RollbackAction, str]:
    """What a failure in this step calls for, and the document's words. Before the rotation: stop (M39)."""
    reports = step.number in layout.reporting
    rule = next((r for r in layout.rules if r.first <= step.number <= r.last), None)
    action = rule.action if rule else by_zone(step.number, layout)
    if rule is None and not reports and layout.rules:
        context.note(f"no rollback range covers step {step.number}: {action} by default",
                     f"没有回滚范围覆盖步骤{step.number}：默认 {action}")  # fmt: skip
    if reports or (action in ("restore", "switch_back") and not layout.is_touched_by(step.number)):
        action = "stop"
    return action, rule.text if rule else ""


def by_zone(number: int, layout: Layout) -> RollbackAction:
    """Before the rotation stop; while servers are out restore; once they are back, with the floor kept."""
    if number in layout.reporting or not layout.is_touched_by(number):
        return "stop"
    return "restore" if layout.rotation.is_out_of_traffic(number) else "switch_back"


def restore_items(
    context: Context, steps: Iterable[Sequence[PlanItem]], beside: bool, prefix: str = "restore"
) -> tuple[PlanItem, ...]:
    """What brings one server back to its prior release, in an order that keeps capacity (F5: configuration first)."""
    limit = drain_limit(steps)
    order = BESIDE if beside else ORDER
    return tuple(_restore(f"{prefix}.{n}", name, limit, context) for n, name in enumerate(order, 1))


def drain_limit(steps: Iterable[Sequence[PlanItem]]) -> float | None:
    """Seconds that the document gives open requests in the step that takes servers out; None when it does not say."""
    for items in steps:
        if any(item.leaves for item in items):
            limits = [b.args["limit"] for i in items for b in i.bound if isinstance(b.args.get("limit"), int | float)]
            return float(limits[0]) if limits else None
    return None


def own_item(item_id: str, target: str, context: Context, args: dict[str, Json] | None = None) -> PlanItem:
    """An item of the run's own, bound to a built-in function, in the document's language."""
    found = next((f for f in context.library.all() if f.binding.startswith(f"{target}@")), None)
    if found is None:
        raise LookupError(f"the built-in library has no {target}")
    phrase = next((p for p in _phrases(target, context) if _is_chinese(p) == (context.workflow.language == "zh")), "")
    return PlanItem(
        item_id, phrase, found.phrase, "step", (Bound(found.phrase, found.binding, "step", args or {}),),
        effect=found.mark.effect, limit_s=found.mark.limit_s or context.site.limits.command_limit_s,
    )  # fmt: skip


def _restore(item_id: str, name: str, limit: float | None, context: Context) -> PlanItem:
    target = f"{RESTORING}:{name}"
    found = next((f for f in context.library.all() if f.binding.startswith(f"{target}@")), None)
    if found is None:
        raise LookupError(f"the built-in library has no {target}")
    wanted = "limit" in found.annotations and limit is not None
    phrase = next((p for p in _phrases(target, context) if _is_chinese(p) == (context.workflow.language == "zh")), name)
    return PlanItem(
        item_id, phrase, found.phrase, "step",
        (Bound(found.phrase, found.binding, "step", {"limit": limit} if wanted else {}),), scope="server",
        effect=found.mark.effect, touches=found.mark.touches, leaves=found.mark.leaves_rotation,
        returns=found.mark.returns_to_rotation, limit_s=found.mark.limit_s or context.site.limits.command_limit_s,
    )  # fmt: skip


def _phrases(target: str, context: Context) -> tuple[str, ...]:
    return tuple(f.pattern for f in context.library.all() if f.binding.startswith(f"{target}@"))


def _is_chinese(text: str) -> bool:
    return any("一" <= c <= "鿿" for c in text)
