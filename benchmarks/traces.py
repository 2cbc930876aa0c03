"""Traffic made by chance: how many requests each second brings, and how many of them fail, alone or in bursts.

Requests come as a Poisson stream. A burst makes so many requests in a row fail, however long that takes, so at low
rates a burst outlasts a block of the test: the harder reading. When the next burst begins is drawn without memory, and
such that in the long run the given share of all requests fails.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import NamedTuple


class Phase(NamedTuple):
    """So many `seconds` in which this `share` of the requests fails."""

    seconds: int
    share: float


class Trace(NamedTuple):
    """Requests, and failed requests, so far: at second 0, 1, 2 …"""

    n: tuple[int, ...]
    events: tuple[int, ...]

    @property
    def seconds(self) -> int:
        return len(self.n) - 1

    def between(self, since: int, until: int) -> tuple[int, int]:
        """Requests and failures of a stretch of seconds."""
        return self.n[until] - self.n[since], self.events[until] - self.events[since]


class Failing:
    """Says how many of the next requests fail."""

    def __init__(self, dice: random.Random, share: float, burst: int) -> None:
        self._dice, self._burst = dice, burst
        self._begins = 0.0 if share <= 0 else 1 / (1 + burst * (1 - share) / share)
        self._gap, self._left = self._next()

    def of(self, requests: int) -> int:
        failed = 0
        while requests > 0:
            good = min(self._gap, requests)
            bad = min(self._left, requests - good)
            self._gap, self._left, failed = self._gap - good, self._left - bad, failed + bad
            requests -= good + bad
            if not self._left and not self._gap:
                self._gap, self._left = self._next()
        return failed

    def _next(self) -> tuple[int, int]:
        """Good requests before the next burst, and the length of that burst."""
        if not self._begins:
            return 1 << 62, 0
        if self._begins >= 1:
            return 0, self._burst
        return int(math.log(1 - self._dice.random()) / math.log(1 - self._begins)), self._burst


def make_trace(seed: str, per_s: float, phases: Sequence[Phase], burst: int = 1) -> Trace:
    """The same trace for the same `seed`. `per_s`: mean requests a second; `burst`: failures in a row."""
    dice = random.Random(seed)
    n, events = [0], [0]
    for phase in phases:
        failing = Failing(dice, phase.share, burst)
        for _ in range(phase.seconds):
            requests = _poisson(dice, per_s)
            n.append(n[-1] + requests)
            events.append(events[-1] + failing.of(requests))
    return Trace(tuple(n), tuple(events))


def _poisson(dice: random.Random, mean: float) -> int:
    """Knuth's product of uniforms for small means; beyond, the normal law that it approaches."""
    if mean > 50:
        return max(0, round(dice.gauss(mean, math.sqrt(mean))))
    count, product, bound = 0, dice.random(), math.exp(-mean)
    while product > bound:
        count, product = count + 1, product * dice.random()
    return count
