"""Readings of real traffic on both sides become blocks, and blocks evidence (M34, M35).

A reading every two seconds; a side's block ends with the first reading that brings it `LEAST_PER_BLOCK` requests. When
the release's block ends, it is held against its limit, and against what the stable side did in the same time.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from rollbook.analysis.regression import Regression, compare
from rollbook.analysis.sequential import BLOCK_S, LEAST_PER_BLOCK, Betting, observe
from rollbook.values import Counts


class Seen(msgspec.Struct, frozen=True):
    """What a watch knows after some readings. Counts are cumulative, as the measure gives them: `total` the newest,
    `first` the first reading, `ours_from` and `stable_from` those at which either side's unfinished block began.
    `upper` says that events are bad ones; of a success rate the misses are."""

    ours: Betting
    stable: Betting
    regression: Regression
    upper: bool = True
    total: Counts = Counts(0)
    first: Counts = Counts(0)
    ours_from: Counts = Counts(0)
    stable_from: Counts = Counts(0)
    blocks: int = 0
    silent_s: float = 0.0
    beyond_s: float = 0.0
    """Seconds since the release was proved beyond its limit, plus one reading; 0 while it is not."""


def begin(limit: float, alpha: float, upper: bool, at: Counts | None = None) -> Seen:
    """Nothing is known yet. `limit`: the share of bad requests to prove wrong; `at`: the reading to begin from, without
    which the first reading's counts are the first block."""
    fresh = Seen(Betting(limit, alpha), Betting(limit, alpha), Regression(alpha), upper)
    return fresh if at is None else replace(fresh, total=at, first=at, ours_from=at, stable_from=at)


def follow(seen: Seen, now: Counts) -> Seen:
    """One more reading. A source whose counts began anew is read from zero."""
    first = now if not seen.total.n and not seen.blocks else Counts(0) if now.n < seen.total.n else seen.first
    silent_s = seen.silent_s + BLOCK_S if now.n == seen.total.n else 0.0
    seen = _stable(_ours(replace(seen, total=now, first=first, silent_s=silent_s)))
    return replace(seen, beyond_s=seen.beyond_s + BLOCK_S if seen.beyond_s or seen.ours.tripped else 0.0)


def _ours(seen: Seen) -> Seen:
    now, since = seen.total, seen.ours_from
    n, bad = _between(since.n, since.events, now.n, now.events, seen.upper)
    if n < LEAST_PER_BLOCK:
        return seen
    beside = _between(since.stable_n, since.stable_events, now.stable_n, now.stable_events, seen.upper)
    compared = compare(seen.regression, (n, bad), beside)
    ours = observe(seen.ours, bad / n, n)
    return replace(seen, ours=ours, regression=compared, ours_from=now, blocks=seen.blocks + 1)


def _stable(seen: Seen) -> Seen:
    now, since = seen.total, seen.stable_from
    n, bad = _between(since.stable_n, since.stable_events, now.stable_n, now.stable_events, seen.upper)
    return seen if n < LEAST_PER_BLOCK else replace(seen, stable=observe(seen.stable, bad / n, n), stable_from=now)


def _between(n0: int, events0: int, n1: int, events1: int, upper: bool) -> tuple[int, int]:
    """Requests and bad ones between two readings."""
    if n1 < n0 or events1 < events0:
        n0 = events0 = 0
    n, events = n1 - n0, min(events1 - events0, n1 - n0)
    return n, events if upper else n - events
