"""Canary stages become waves: by traffic, not by servers (M32, M33)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rollbook.model.deployment import CanaryStage
from rollbook.model.plan import PlanItem, Wave


def canary_waves(
    servers: Sequence[str],
    stages: Sequence[CanaryStage],
    usable: float,
    default_soak_s: float,
    watch: Callable[[CanaryStage], tuple[PlanItem, ...]] = lambda _: (),
) -> tuple[Wave, ...]:
    """One wave a stage, in order. A stage uses the fewest servers that can carry its traffic, `usable` of all traffic
    each, but never so many that the rest could not carry theirs; the servers of earlier stages stay. The last stage
    at 100 % has all servers. A stage without a duration soaks `default_soak_s`."""
    waves: list[Wave] = []
    converted = 0
    for number, stage in enumerate(stages, 1):
        needed = max(converted, servers_for(stage.traffic, len(servers), usable))
        soak = stage.duration_s if stage.duration_s is not None else default_soak_s
        condition = stage.rollback_when.text if stage.rollback_when else ""
        waves.append(
            Wave(
                number, tuple(servers[:needed]), stage.traffic, soak, condition, True,
                tuple(servers[converted:needed]), watch(stage), stage.at.line,
            )
        )  # fmt: skip
        converted = needed
    return tuple(waves)


def servers_for(traffic: float, count: int, usable: float) -> int:
    """The fewest of `count` servers that can carry `traffic` (a fraction of 1), at least one; all of them at 100 %."""
    if traffic >= 1 or usable <= 0:
        return count if traffic >= 1 else max(1, math.ceil(traffic * count))
    return min(count, max(1, math.ceil(traffic / usable - 1e-9)))
