"""Which waves a plan has: a canary table's where the environment is protected (M32), else by the strategy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from rollbook.model.deployment import CanaryStage
from rollbook.model.gates import Gate
from rollbook.model.plan import Bound, PlanItem, PlanStep, Wave
from rollbook.planning.context import Context
from rollbook.planning.laying import Fleet
from rollbook.planning.rollback import restore_items
from rollbook.planning.rotation import Rotation
from rollbook.planning.spine import is_protected
from rollbook.planning.waves import Strategy, make_waves, most_out, usable_share

ROUTE: Final = "rollbook.steps.routing:route"


class Laid(msgspec.Struct, frozen=True):
    """The waves, what moves traffic between the releases, and the way back where the old ones still run."""

    waves: tuple[Wave, ...] = ()
    strategy: str = ""
    fleet: Fleet = Fleet()
    restore_beside: tuple[PlanItem, ...] = ()


def protects(context: Context, gates: Sequence[Gate]) -> bool:
    """Whether the environment is protected (M2): also by the pipeline's mark."""
    required = any(g.kind == "approval" and g.mode == "required" for g in gates)
    marked = context.ground is not None and context.ground.protected
    return marked or is_protected(context.scope, context.site, required)


def laid_out(
    strategy: Strategy, rotation: Rotation, steps: Sequence[PlanStep], gates: Sequence[Gate], context: Context
) -> Laid:
    """Waves in order. Without servers, and where none leaves traffic, there are none."""
    if not context.servers or not rotation.steps:
        return Laid(strategy=str(strategy))
    stages = _stages(strategy, rotation, gates, context)
    if not stages:
        return Laid(make_waves(context.servers, strategy, context), str(strategy))
    return _canary(stages, strategy, rotation, steps, context)


def tell_waves(
    strategy: Strategy, rotation: Rotation, steps: Sequence[PlanStep], gates: Sequence[Gate], context: Context
) -> None:
    """Find what only the waves show, for a plan that is refused anyway: all its problems are told at once."""
    if context.servers:
        laid_out(strategy, rotation, steps, gates, context)
        return
    from rollbook.planning.deployment.watching import watcher

    stages = _stages(strategy, rotation, gates, context)
    for stage in stages:
        watcher(stages, rotation.last, context)(stage)


def _stages(strategy: Strategy, rotation: Rotation, gates: Sequence[Gate], context: Context) -> tuple[CanaryStage, ...]:
    """The document's canary stages, where they count: in protected environments, elsewhere by `--strategy canary`."""
    stages = context.ground.deployment.canary if context.ground else ()
    if not stages or not rotation.leaving:
        return ()
    if not protects(context, gates) and strategy.kind != "canary":
        _table_left(stages, strategy, context)
        return ()
    if len(context.servers) == 1:
        context.note("one server carries no canary stages: the new release is judged before it takes over",
                     "只有一台服务器，无法按比例灰度：新版本先经判断再接管流量")  # fmt: skip
        return ()
    _table_wins(stages, strategy, context)
    return stages


def _table_wins(stages: Sequence[CanaryStage], strategy: Strategy, context: Context) -> None:
    """Another strategy than the document's stages is not followed where the environment is protected (M32)."""
    if strategy.asked and strategy.kind != "canary":
        place = _place(stages, context)
        context.note(f"strategy {strategy} is not followed: protected environments take the canary stages ({place})",
                     f"未采用策略 {strategy}：受保护环境按灰度阶段发布（{place}）")  # fmt: skip


def _table_left(stages: Sequence[CanaryStage], strategy: Strategy, context: Context) -> None:
    place = _place(stages, context)
    context.note(
        f"the canary stages ({place}) apply to protected environments; here {strategy}, unless --strategy canary",
        f"灰度阶段（{place}）只适用于受保护环境；此处为 {strategy}，可用 --strategy canary 采用",
    )


def _place(stages: Sequence[CanaryStage], context: Context) -> str:
    path = context.ground.deployment.source.path if context.ground else ""
    return f"{path}:{stages[0].at.line}"


def _canary(
    stages: Sequence[CanaryStage], strategy: Strategy, rotation: Rotation, steps: Sequence[PlanStep], context: Context
) -> Laid:
    from rollbook.planning.deployment.watching import watched_waves

    count, site = len(context.servers), context.site
    usable = usable_share(count, site)
    waves = watched_waves(context.servers, stages, usable, rotation.last, context)
    fleet = Fleet(
        most_out(count, site, Strategy("canary", stated=strategy.stated)), round(usable, 6), (shift_item(context),)
    )
    beside = restore_items(context, [s.items for s in steps], beside=True, prefix="beside")
    return Laid(waves, "canary", fleet, beside if site.can_run_beside else ())


def shift_item(context: Context) -> PlanItem:
    """What sets the balancer's weights to a stage's traffic."""
    found = next(f for f in context.library.all() if f.binding.startswith(f"{ROUTE}@"))
    return PlanItem(
        "shift.1", found.pattern, found.phrase, "step", (Bound(found.phrase, found.binding, "step"),), scope="wave",
        effect=found.mark.effect, touches=found.mark.touches,
        limit_s=found.mark.limit_s or context.site.limits.command_limit_s,
    )  # fmt: skip
