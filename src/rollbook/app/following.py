"""A run that is being carried here, seen as it goes: entries are taken one by one, the view is asked for when shown."""

from __future__ import annotations

import time

from rollbook.app.places import Place
from rollbook.app.show import client_of, progress_of
from rollbook.machine.evolve import evolve
from rollbook.machine.program import Program
from rollbook.machine.state import State, start
from rollbook.model.events import Entry
from rollbook.model.plan import Plan
from rollbook.views.fold import Onlooker, fold
from rollbook.views.log import Log
from rollbook.views.run_view import Moment, RunView
from rollbook.views.timeline import moments_of

STILL_S = 0.9
"""A view without new entries is good for so long: the client's count comes once a second."""


class Following:
    """Fold of the entries taken so far. `take` may be called while another thread asks for `view`."""

    def __init__(self, place: Place, plan: Plan) -> None:
        self._place = place
        self._plan = plan
        self._program = Program(plan)
        self._shown: RunView | None = None
        self._told = Log(plan, start(self._program), ())
        self._seen: tuple[State, tuple[Entry, ...]] = (start(self._program), ())

    def take(self, entry: Entry) -> tuple[Moment, ...]:
        """One more entry; returns what it adds to the story."""
        state, entries = self._seen
        self._seen = (evolve(self._program, state, entry.event), (*entries, entry))
        return tuple(moments_of(self._told, entry))

    def view(self) -> RunView | None:
        """The run as far as it was taken; None before its first entry."""
        state, entries = self._seen
        if not entries:
            return None
        now = time.time()
        if self._shown and self._shown.seq == entries[-1].seq and now - self._shown.looked < STILL_S:
            return self._shown
        ended = entries[-1].at if state.phase == "ended" else float("inf")
        client = client_of(self._place.site, entries[0].at, ended) if self._plan.servers else None
        progress = progress_of(self._place.site, entries[0].run)
        self._shown = fold(self._plan, state, entries, Onlooker(client, now=now, progress=progress))
        return self._shown
