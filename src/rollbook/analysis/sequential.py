"""Is the mean error proportion above a limit? An anytime-valid betting test on blocks of traffic (M34).

We bet (`analysis.betting`) against the hypothesis "each block's mean is at most `limit`, given the past": the ratio
that a block brings is its mean over the limit. For monitoring releases by such tests see "Rapid regression detection in
software deployments through sequential testing" (Lindon, Sanden & Shirikian, KDD 2022).

A block is at least `BLOCK_S` seconds and at least `LEAST_PER_BLOCK` requests long, and counts for at most `MOST_RATIO`
times its limit: less than was seen can only make the test more careful. The assumption is on blocks, not on
requests: errors may come in bursts, as long as a burst mostly fits into one block. A test per request that assumes
independence rolled back 73 % of good canaries whose errors came in bursts.
"""

from __future__ import annotations

import math
from functools import reduce

import msgspec

from rollbook.analysis.betting import CEILING, Wealth

BLOCK_S = 2.0
"""Seconds of traffic per block, at least."""
LEAST_PER_BLOCK = 8
"""Requests per block, at least: with few a second, two seconds hold so few that five failures in a row fill several
blocks and look like an outage. An outage is then found after some 25 requests."""

MOST_RATIO = 30.0
"""A burst that two blocks share would count for more than one that fills one block, since gains multiply. Two blocks
alone can no more trip a run's test; three of nothing but failures do at once."""


class Betting(msgspec.Struct, frozen=True):
    """The test so far. `limit` is the hypothesis' mean, in [0, 1]; `alpha` the chance of tripping although it holds;
    `broken` says that a limit of 0 was exceeded, which one event proves."""

    limit: float
    alpha: float
    wealth: Wealth = Wealth()
    broken: bool = False

    @property
    def evidence(self) -> float:
        """The capital of the whole: at least 1/α means that the mean is above the limit."""
        return CEILING if self.broken else self.wealth.total

    @property
    def tripped(self) -> bool:
        return self.evidence >= 1 / self.alpha


def observe(test: Betting, mean: float, n: float = math.inf) -> Betting:
    """The test after one more block of `n` requests with this mean. Blocks without requests are not observed: they say
    nothing."""
    if not 0.0 <= mean <= 1.0:
        raise ValueError(f"a block's mean is a proportion, not {mean}")
    if test.limit <= 0.0:
        return msgspec.structs.replace(test, broken=test.broken or mean > 0.0)
    if test.limit >= 1.0:
        return test
    return msgspec.structs.replace(test, wealth=test.wealth.after(ratio_of(mean, test.limit, n)))


def ratio_of(mean: float, limit: float, n: float) -> float:
    """What a block of `n` requests counts for, in limits. Two failures always count whole, however tight the limit."""
    return min(mean / limit, max(MOST_RATIO, 2 / (n * limit)))


def observe_all(test: Betting, means: tuple[float, ...]) -> Betting:
    return reduce(observe, means, test)
