"""A rolling wave is judged on real traffic before the next one begins (M13), also where no condition says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from rollbook.binding.library import Found
from rollbook.model.conditions import Compare, Quantity, TypedLiteral
from rollbook.model.plan import Bound, Limit, PlanItem, PlanStep, Wave
from rollbook.planning.conditions import PATIENCE, expected_s
from rollbook.planning.context import Context
from rollbook.planning.limits import tightest
from rollbook.planning.rotation import Rotation
from rollbook.values import Percent, Words

ERROR_RATE: Final = "rollbook.steps.figures:error_rate"
TEXT = Words("error rate {limit}", "错误率 {limit}")


def judged_on_return(
    steps: tuple[PlanStep, ...], waves: Sequence[Wave], rotation: Rotation, context: Context
) -> tuple[PlanStep, ...]:
    """The steps; where the next wave would begin before real traffic on the last one was judged, the step that ends the
    rotation judges its error rate by the tightest limit stated (M6)."""
    if len(waves) < 2 or any(w.canary for w in waves) or not rotation.returning:
        return steps
    if _judged(s for s in steps if s.number in rotation.inside and not rotation.is_out_of_traffic(s.number)):
        return steps
    found = next((f for f in context.library.all() if f.binding.startswith(f"{ERROR_RATE}@")), None)
    limit = tightest(context.stated.get(found.binding, ()), "<=") if found else None
    if found is None or limit is None:
        context.note("no limit is stated for the error rate: nothing judges a wave's real traffic before the next",
                     "没有规定错误率的限值：下一批开始前不判断本批的真实流量")  # fmt: skip
        return steps
    return tuple(_with(s, _check(s, found, limit, context)) if s.number == rotation.last else s for s in steps)


def _judged(steps: Iterable[PlanStep]) -> bool:
    return any(bound.judges == "traffic" for s in steps for check in s.checks for bound in check.bound)


def _with(step: PlanStep, check: PlanItem) -> PlanStep:
    return replace(step, checks=(*step.checks, check))


def _check(step: PlanStep, found: Found, limit: Limit, context: Context) -> PlanItem:
    """Real requests of the wave's own servers, as many as the site wants of a rolling wave."""
    number = Percent(limit.value)
    text = context.said(TEXT.format(limit=f"{limit.op} {number}"))
    context.note(f"before the next wave each wave is judged on real traffic: {text} ({limit.source})",
                 f"每一批先按真实流量判断，再开始下一批：{text}（{limit.source}）")  # fmt: skip
    samples = context.site.limits.traffic_samples
    seconds = expected_s("traffic", samples, context)
    bound = Bound(found.phrase, found.binding, "measure", {}, limit, "traffic", samples, seconds)
    expr = Compare(Quantity(found.phrase, found.phrase), limit.op, TypedLiteral("percent", limit.value, str(number)))
    return PlanItem(
        f"{step.number}.?{len(step.checks) + 1}", text, found.phrase, "check", (bound,), scope="wave", effect="pure",
        limit_s=max(context.site.limits.command_limit_s, PATIENCE * seconds), expr=expr, document=context.file,
        line=step.line, from_step=step.number,
    )  # fmt: skip
