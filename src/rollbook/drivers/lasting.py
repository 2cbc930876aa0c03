"""A rollback condition that must last before it counts (`错误率 > 1% 持续 5 分钟`, `error rate > 1% for 5 minutes`).

An excess has lasted when it was proved, and proved anew by fresh tests until its time is over. It is over when for a
minute nothing proved it again and what was seen since is within the limit.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rollbook.analysis.sequential import BLOCK_S
from rollbook.drivers.blocks import Seen
from rollbook.drivers.comparing import Comparison

CALM_S: Final = 60.0
"""Without new proof for so long, and within the limit meanwhile, an excess is over."""


class Excess(NamedTuple):
    """When an excess was first proved, and last; both None while there is none. Seconds since the watch began."""

    since: float | None = None
    proved: float | None = None

    def proven(self, now: float) -> Excess:
        return Excess(now if self.since is None else self.since, now)

    def has_lasted(self, seconds: float) -> bool:
        """Whether the newest proof came when its time was over; a look every two seconds cannot tell less."""
        if self.since is None or self.proved is None:
            return False
        return self.proved - self.since >= seconds - BLOCK_S / 2

    def calmed(self, seen: Seen, limit: Comparison, now: float) -> Excess:
        """None any more once it is over."""
        if self.proved is None or now - self.proved < CALM_S or not is_within(seen, limit):
            return self
        return Excess()


def is_within(seen: Seen, limit: Comparison) -> bool:
    """Whether what came since the test began anew is within the limit; without a request nobody can say so."""
    n, events = seen.total.n - seen.first.n, max(0, seen.total.events - seen.first.events)
    if n <= 0:
        return False
    if seen.total.allowed is not None:
        return (events / n <= seen.total.allowed) == limit.upper
    return limit.holds(events / n)
