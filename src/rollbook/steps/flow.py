"""What real traffic answered so far, on the release's side and on the stable side, tested block by block (M34, M35)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rollbook.analysis.sequential import BLOCK_S, LEAST_PER_BLOCK, Betting, observe
from rollbook.ports import Traffic


class Side(NamedTuple):
    """One side's cumulative counts, what they were at the first look, and how far they were tested."""

    test: Betting
    n: int = 0
    errors: int = 0
    tested_n: int = 0
    tested_errors: int = 0
    first_n: int | None = None
    first_errors: int = 0

    @property
    def fresh(self) -> tuple[int, int]:
        """Requests and errors since the first look."""
        return self.n - (self.first_n or 0), self.errors - self.first_errors

    def within(self, limit: float) -> bool:
        """Whether errors are within the limit, over all that was counted and over what came since the first look."""
        n, errors = self.fresh
        return self.errors <= limit * self.n and errors <= limit * n

    def seen(self, traffic: Sequence[Traffic]) -> Side:
        n, errors = sum(t.requests for t in traffic), sum(t.errors for t in traffic)
        if self.first_n is None:
            return self._replace(n=n, errors=errors, first_n=n, first_errors=errors)
        return (
            self._replace(n=n, errors=errors)
            if n >= self.n
            else self._replace(n=n, errors=errors, first_n=0, first_errors=0)
        )

    def tested(self) -> Side:
        """With what came since the last test as one more block, if it is enough for one. Counts that began anew are
        read from zero."""
        anew = self.n < self.tested_n or self.errors < self.tested_errors
        n, errors = (self.n, self.errors) if anew else (self.n - self.tested_n, self.errors - self.tested_errors)
        if n < LEAST_PER_BLOCK:
            return self._replace(tested_n=0, tested_errors=0) if anew else self
        test = observe(self.test, min(1.0, errors / n), n)
        return self._replace(test=test, tested_n=self.n, tested_errors=self.errors)


class Flow(NamedTuple):
    """`servers` are the judged ones' counts on the release; `waited` the seconds since the first look, `grown` when
    the release last answered anything, `block` when the last block ended."""

    ours: Side
    stable: Side
    servers: tuple[Traffic, ...] = ()
    waited: float = 0.0
    grown: float = 0.0
    block: float | None = None

    @staticmethod
    def against(limit: float, alpha: float) -> Flow:
        return Flow(Side(Betting(limit, alpha)), Side(Betting(limit, alpha)))

    def after(self, traffic: Sequence[Traffic], names: Sequence[str], generation: str, waited: float) -> Flow:
        """One more look. What was answered before the first look is the first block; later ones last two seconds
        at least."""
        servers = tuple(t for t in traffic if t.generation == generation and t.server in names)
        ours = self.ours.seen(servers)
        stable = self.stable.seen([t for t in traffic if t.generation != generation])
        grown = waited if ours.n != self.ours.n else self.grown
        if self.block is not None and waited - self.block < BLOCK_S:
            return Flow(ours, stable, servers, waited, grown, self.block)
        return Flow(ours.tested(), stable.tested(), servers, waited, grown, waited)
