"""When each rule rolls back on a trace: Rollbook's own code, driven as a run drives it, and four others beside it.

The others are written from what their public documents say they do, for one condition: error rate at most `limit`.

- fixed interval    what many scripts do: look once a minute, roll back when that minute's rate is above the limit.
- per request       the same bets and restarts as Rollbook's, with each request as a block of its own.
- Flagger           its documents' example: `interval: 1m`, `threshold: 5`, success rate of the last minute at least the
                    minimum; a failed check raises a counter, the counter at the threshold rolls back.
- Argo Rollouts     the example of its documents on background analysis: `interval: 5m`, `failureLimit: 3`; the third
                    measurement below the success rate fails the analysis, which aborts the rollout.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import TypeAlias

from traces import Trace

from rollbook.analysis.betting import BETS, RESTART_BLOCKS, SHARES, weight
from rollbook.analysis.sequential import BLOCK_S
from rollbook.drivers.judging import judge
from rollbook.model.conditions import Compare, Quantity, TypedLiteral
from rollbook.model.plan import Bound, Limit, PlanItem, SiteFacts
from rollbook.values import Counts, Sampling, Verdict

Rule: TypeAlias = Callable[[Trace, float], float | None]
"""Seconds until it rolls back; None when it never does."""

SITE = SiteFacts("bench", "production")


class Played:
    """A trace as the measure and the clock of a watch: time goes on when somebody sleeps."""

    def __init__(self, ours: Trace, stable: Trace | None = None) -> None:
        self.ours, self.stable, self.time = ours, stable, 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds

    async def call(self, bound: Bound, sampling: Sampling) -> Counts:  # noqa: ARG002
        n, events = self.ours.between(0, min(int(self.time), self.ours.seconds))
        beside = self.stable.between(0, min(int(self.time), self.stable.seconds)) if self.stable else (0, 0)
        return Counts(n, events, stable_n=beside[0], stable_events=beside[1])


def verdict_of(ours: Trace, limit: float, stable: Trace | None = None, tests: int = 1) -> Verdict:
    """What a canary stage as long as the trace ends with, watched by `error rate ≤ limit`."""
    literal = TypedLiteral("percent", limit, f"{limit:%}")
    bound = Bound("error rate", "bench:rate", "measure", {}, Limit("<=", limit), "traffic", SITE.traffic_samples)
    expr = Compare(Quantity("error rate", "error rate"), "<=", literal)
    item = PlanItem("watch", "error rate", "", "check", (bound,), expr=expr)
    played = Played(ours, stable)
    return asyncio.run(judge(item, played.call, played, SITE, tests=tests, lasting_s=float(ours.seconds)))  # type: ignore[arg-type]


def rollbook(trace: Trace, limit: float, tests: int = 1) -> float | None:
    verdict = verdict_of(trace, limit, tests=tests)
    return verdict.numbers["seconds"] if verdict.state == "fail" else None


def rollbook_of_four(trace: Trace, limit: float) -> float | None:
    """With the run's α split over the four stages of a canary table."""
    return rollbook(trace, limit, tests=4)


def per_request(trace: Trace, limit: float) -> float | None:
    """Its capital is looked at every two seconds only, which spares it some false alarms. Logarithms: it grows fast."""
    won = [math.log(1 + bet * (1 / limit - 1)) for bet in BETS]
    lost = [math.log(1 - bet) for bet in BETS]
    price = [math.log(share * SITE.alpha) for share in SHARES]
    begun: list[tuple[int, int, float]] = []
    for block, second in enumerate(range(0, trace.seconds - 1, int(BLOCK_S))):
        if block % RESTART_BLOCKS == 0:
            begun.append((trace.n[second], trace.events[second], -math.log(weight(len(begun) + 1))))
        end = second + int(BLOCK_S)
        for n, events, dear in begun:
            bad, good = trace.events[end] - events, trace.n[end] - n - trace.events[end] + events
            if max(bad * w + good * m + p for w, m, p in zip(won, lost, price, strict=True)) >= dear:
                return float(end)
    return None


def fixed_interval(trace: Trace, limit: float) -> float | None:
    return _counted(trace, limit, interval=60, allowed=1)


def flagger(trace: Trace, limit: float) -> float | None:
    return _counted(trace, limit, interval=60, allowed=5)


def argo_rollouts(trace: Trace, limit: float) -> float | None:
    return _counted(trace, limit, interval=300, allowed=3)


def _counted(trace: Trace, limit: float, interval: int, allowed: int) -> float | None:
    """Look at each interval by itself; the `allowed`-th bad one rolls back. Without requests nothing is counted."""
    bad = 0
    for end in range(interval, trace.seconds + 1, interval):
        n, events = trace.between(end - interval, end)
        bad += n > 0 and events / n > limit
        if bad >= allowed:
            return float(end)
    return None


RULES: dict[str, Rule] = {
    "Rollbook": rollbook,
    "fixed interval": fixed_interval,
    "per request": per_request,
    "Flagger": flagger,
    "Argo Rollouts": argo_rollouts,
}
