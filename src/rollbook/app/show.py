"""Use case: where a run stands. Folds the journal, with the client's count beside it where the site has a client."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec

from rollbook.app.places import Place, Situation, existing_place, find_run, situation
from rollbook.app.waking import has_worker
from rollbook.drivers.holding import is_held
from rollbook.drivers.progress import progress_path, read_progress
from rollbook.model.promotion import is_promotion
from rollbook.model.site import Site
from rollbook.ports import Journal
from rollbook.views.fold import Onlooker, fold
from rollbook.views.run_view import Client, RunView, Sample
from rollbook.views.watches import Progress
from rollbook.wiring import embedded_site, state_directory

FOLLOW_S = 1.0
"""While following, the client's count is read again this often although the journal has nothing new."""


STARTING_S = 10.0
"""So long after the newest entry a worker that was just started may not have taken the run yet."""


def show_run(named: str, site: str = "") -> RunView:
    """The run as it stands now. Raises Refused when `named` is no run."""
    place = existing_place(site)
    return view_of(place, situation(place.journal, find_run(place.journal, named)))


def follow(named: str, site: str = "") -> Iterator[RunView]:
    """The run now, and again whenever something changed, until it is over or frozen."""
    import asyncio

    place = existing_place(site)
    row = find_run(place.journal, named)
    while True:
        now = situation(place.journal, row)
        view = view_of(place, now)
        yield view
        if view.over or view.state == "frozen":
            return
        asyncio.run(place.journal.watch(row.run, now.seq, FOLLOW_S))


def view_of(place: Place, now: Situation) -> RunView:
    """What a reader sees of a situation."""
    ended = now.entries[-1].at if now.state.phase == "ended" else float("inf")
    client = client_of(place.site, now.entries[0].at, ended) if now.plan.servers else None
    at = time.time()
    onlooker = Onlooker(client, earlier_states(place.journal, now), at, progress_of(place.site, now.row.run))
    view = fold(now.plan, now.state, now.entries, onlooker)
    starting = now.seq <= 1 and at - now.entries[-1].at < STARTING_S
    return msgspec.structs.replace(view, orphaned=not starting and is_orphaned(place, view))


def is_orphaned(place: Place, view: RunView) -> bool:
    """Whether the run should be going on and nobody carries it: its process is gone, and no worker lives to do so."""
    going_on = view.state in ("running", "rolling_back") and not view.open_gates
    return going_on and not is_held(place.journal.lease_of(view.id), time.time()) and not has_worker(place)


def client_of(site: Site, since: float, until: float) -> Client | None:
    """What the embedded site's load generator counted in that time; None where there is no such client."""
    if site.kind != "embedded":
        return None
    seconds = embedded_site(site).seconds(since, until)
    samples = tuple(Sample(s["at"], int(s["sent"]), int(s["failed"]), s["p95"]) for s in seconds)
    return Client(sum(s.requests for s in samples), sum(s.failed for s in samples), samples)


def progress_of(site: Site, run: str) -> Progress:
    """How far the run's tests of real traffic have come; empty where nobody told."""
    return read_progress(progress_path(state_directory(site), run))


def earlier_states(journal: Journal, now: Situation) -> tuple[str, ...]:
    """States of the environment's runs before this one (M45)."""
    rows = journal.runs()
    place = next(i for i, row in enumerate(rows) if row.run == now.row.run)
    before = (row for row in rows[:place] if not is_promotion(row.run))
    return tuple(row.state for row in before if row.environment == now.row.environment)
