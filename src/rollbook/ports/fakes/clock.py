"""A clock that goes on only when somebody sleeps; traffic flows while it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rollbook.ports.fakes.site import FakeSite


class FakeClock:
    def __init__(self, site: FakeSite, now: float) -> None:
        self._site = site
        self._now = now

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass: the load generator sends its requests to whatever is in rotation."""
        self._now += max(0.0, seconds)
        self._site.world = self._site.flow.pass_by(seconds, self._site.world)
