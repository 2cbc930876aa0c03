"""Canary stages become watched waves: what is judged, on how many requests, and how long that takes (M13, M32, M37)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from rollbook.analysis.samples import block_requests, requests_to_find, seconds_to_pass
from rollbook.model.conditions import And, Condition, Expr, Not, Or
from rollbook.model.deployment import CanaryStage
from rollbook.model.plan import Bound, Limit, PlanItem, Wave
from rollbook.planning.canary import canary_waves
from rollbook.planning.conditions import PATIENCE, Judged, Place, plan_check
from rollbook.planning.context import Context
from rollbook.values import Words

PERCENTILE = re.compile(r"\bp(\d\d(?:\.\d+)?)\b")
SLOW = 0.05
"""Of requests that may exceed a response time's limit: a bare one is p95 (M6)."""


def watched_waves(
    servers: Sequence[str], stages: Sequence[CanaryStage], usable: float, step: int, context: Context
) -> tuple[Wave, ...]:
    """One wave a stage, watched by its rollback condition turned round; what the table leaves open is said."""
    soak = context.site.limits.canary_soak_s
    for stage in stages:
        if stage.duration_s is None:
            context.note(f"canary stage {stage.number} names no duration: watched for {soak:g} s (site default)",
                         f"灰度阶段 {stage.number} 没有写明持续时间：观察 {soak:g} 秒（站点默认）")  # fmt: skip
    return canary_waves(servers, stages, usable, soak, watcher(stages, step, context))


def watcher(
    stages: Sequence[CanaryStage], step: int, context: Context
) -> Callable[[CanaryStage], tuple[PlanItem, ...]]:
    """What a stage is watched by. The run's chance of a false rollback is split over its tests (M34): one for each
    comparison of each stage while the stage lasts, and one for when it is watched on after its verdict."""
    tests = sum(2 * _comparisons(c.expr) for stage in stages for c in conditions_of(stage))
    alpha = context.site.limits.alpha / max(1, tests)

    def watch(stage: CanaryStage) -> tuple[PlanItem, ...]:
        wave = 1 + list(stages).index(stage)
        watched = enumerate(conditions_of(stage), 1)
        items = [_watch(c, f"w{wave}.watch.{n}", stage, step, alpha, context) for n, c in watched]
        if stage.rollback_when and stage.rollback_for_s:
            items[0] = _lasting(items[0], stage, stage.rollback_for_s, context)
        return tuple(items)

    return watch


def conditions_of(stage: CanaryStage) -> tuple[Condition, ...]:
    """What must hold while the stage lasts: its rollback condition turned round, and what promotion asks for."""
    back, on = stage.rollback_when, stage.promote_when
    turned = (Condition(back.text, Not(back.expr), back.at),) if back else ()
    return (*turned, on) if on else turned


def _watch(
    condition: Condition, item_id: str, stage: CanaryStage, step: int, alpha: float, context: Context
) -> PlanItem:  # fmt: skip
    item = plan_check(Judged(condition, Place(step, "traffic", in_rotation=True), context), item_id)
    rate = context.site.limits.traffic_rate * stage.traffic
    bounds = tuple(_enough(b, rate, alpha, context.site.limits.short_stage == "observed") for b in item.bound)
    limit_s = max(item.limit_s, PATIENCE * max((b.expected_s for b in bounds), default=0.0))
    soak = stage.duration_s if stage.duration_s is not None else context.site.limits.canary_soak_s
    for bound in bounds:
        if bound.kind == "measure" and bound.judges == "probe":
            _not_counted(bound, condition, context)
        if bound.expected_s > soak:
            context.note(
                f"canary stage {stage.number}: at {rate:g} requests/s “{condition.text}” needs "
                f"{bound.samples} requests, about {bound.expected_s:.0f} s; longer than its {soak:g} s",
                f"灰度阶段 {stage.number}：按每秒 {rate:g} 个请求，判断“{condition.text}”需要 "
                f"{bound.samples} 个请求，约 {bound.expected_s:.0f} 秒，超过其 {soak:g} 秒",
            )
    return msgspec.structs.replace(item, bound=bounds, scope="wave", limit_s=limit_s)


def _not_counted(bound: Bound, condition: Condition, context: Context) -> None:
    """A stage is judged on what the release answered to real requests, and not on probes (M36, M37): a problem."""
    context.findings.add(
        "measure-where", condition.at,
        Words(f"“{bound.phrase}” is not counted on real traffic, by which a canary stage is judged",
              f"“{bound.phrase}”无法在真实流量上统计，而灰度阶段按真实流量判断"),
        Words("counted are the error rate, the success rate, and the response time as p95 or p99",
              "可统计的有：错误率、成功率，以及响应时间的 p95 或 p99"),
    )  # fmt: skip


def _lasting(item: PlanItem, stage: CanaryStage, for_s: float, context: Context) -> PlanItem:
    """The stage's rollback condition, which must last before it counts. One that its stage is too short for could
    never turn the release back: a problem."""
    soak = stage.duration_s if stage.duration_s is not None else context.site.limits.canary_soak_s
    if for_s >= soak:
        file = context.ground.deployment.source.path if context.ground else context.file
        context.findings.add(
            "canary-outlasted", stage.at, OUTLASTED.format(number=stage.number, lasts=f"{for_s:g}", soak=f"{soak:g}"),
            OUTLASTED_HINT, file=file,
        )  # fmt: skip
    context.note(f"canary stage {stage.number}: its rollback condition counts once it has lasted {for_s:g} s",
                 f"灰度阶段 {stage.number}：回滚条件持续 {for_s:g} 秒后才生效")  # fmt: skip
    bounds = tuple(msgspec.structs.replace(b, for_s=for_s) for b in item.bound)
    return msgspec.structs.replace(item, bound=bounds)


def _enough(bound: Bound, rate: float, alpha: float, observed: bool = False) -> Bound:
    """With the samples that find twice the limit with 90 % power (M13); the site may be content with what is
    `observed` on fewer."""
    if bound.judges != "traffic" or bound.limit is None or observed:
        return bound
    samples = requests_to_find(_share(bound, bound.limit), block_requests(rate), alpha) or bound.samples
    samples = max(samples, bound.samples)
    return msgspec.structs.replace(bound, samples=samples, expected_s=round(seconds_to_pass(samples, rate) or 0.0, 1))


def _share(bound: Bound, limit: Limit) -> float:
    """Of requests that may be bad: a proportion's limit itself; of a response time what its percentile leaves over."""
    if limit.unit == "" and 0 < limit.value < 1:
        return limit.value
    named = PERCENTILE.search(bound.phrase)
    return 1 - float(named[1]) / 100 if named else SLOW


def _comparisons(expr: Expr) -> int:
    if isinstance(expr, And | Or):
        return sum(_comparisons(term) for term in expr.terms)
    return _comparisons(expr.term) if isinstance(expr, Not) else 1


OUTLASTED = Words(
    "canary stage {number} lasts {soak} s, and its rollback condition must last {lasts} s: it could never turn back",
    "灰度阶段 {number} 持续 {soak} 秒，而回滚条件须持续 {lasts} 秒：永远不会触发回滚",
)
OUTLASTED_HINT = Words(
    "let the stage last longer, or the condition count sooner", "请延长阶段时间，或缩短条件的持续时间"
)
