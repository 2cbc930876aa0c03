"""Capital won by betting that what should average 1 averages more (M34).

Each block brings a ratio x ≥ 0: what was seen in it, over what the hypothesis expects of it. As long as the ratios'
mean, given the past, is at most 1, the capital Π (1 + b·(x - 1)) of a bet b in (0, 1) is a non-negative
supermartingale, and so is any mixture of such capitals. By Ville's inequality the chance that the mixture ever reaches
1/α is at most α, however often we look and whenever we stop: "Estimating means of bounded random variables by betting"
(Waudby-Smith & Ramdas, JRSS B 86, 2024).

Two mixtures are used. Several bets, small ones for slight excess and bold ones for gross excess. And restarts: every
`RESTART_BLOCKS` all bets begin afresh with what was kept back for them, so that an excess which begins late is not
drowned by the capital that a long good time has lost.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import msgspec

RESTART_BLOCKS = 15
"""A fresh start every 30 s, with blocks of two seconds."""
BETS = (0.002, 0.006, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
SHARES = (0.03, 0.03, 0.05, 0.1, 0.15, 0.2, 0.19, 0.13, 0.08, 0.04)
"""What of a start's capital is put on each bet. The middle ones find what their neighbours find, too; the smallest are
for limits so tight that a single failure fills a block many times over."""
CEILING = 1e250
"""Capitals are cut here: far above any 1/α, far below overflow."""
STARTS = 3.388
"""The sum of 1/(j·ln²(j+1)) over all j, rounded up: restarts share a capital of 1."""

Capitals: TypeAlias = tuple[float, ...]


class Wealth(msgspec.Struct, frozen=True):
    """A capital of 1 and what became of it. `started` holds the capitals of every start, one for each bet, oldest
    first; each begins with its bets' shares of 1."""

    blocks: int = 0
    started: tuple[Capitals, ...] = ()

    @property
    def total(self) -> float:
        """What all is worth now, with what is kept back for later starts: at least 1/α disproves the hypothesis."""
        weights = [weight(j) for j in range(1, len(self.started) + 1)]
        begun = sum(w * sum(capitals) for w, capitals in zip(weights, self.started, strict=True))
        return begun + 1.0 - sum(weights)

    def after(self, ratio: float) -> Wealth:
        """After one more block that brought `ratio` times what the hypothesis expects."""
        factors = [1.0 + bet * (ratio - 1.0) for bet in BETS]
        started = self.started if self.blocks % RESTART_BLOCKS else (*self.started, SHARES)
        grown = tuple(
            tuple([min(CEILING, capital * factor) for capital, factor in zip(capitals, factors, strict=True)])
            for capitals in started
        )
        return Wealth(self.blocks + 1, grown)


def weight(j: int) -> float:
    """What is put on the j-th start: 0.61, 0.12, 0.05 … It falls hardly faster than 1/j, so a late start is poor but
    not ruined, and still it sums to 1."""
    return 1.0 / (STARTS * j * math.log(j + 1) ** 2)
