"""Journals of walks: the entries that a run would have, one second apart, and the view folded from them."""

from __future__ import annotations

from rollbook.drivers import chain
from rollbook.model import events as ev
from rollbook.views.fold import Onlooker, fold
from rollbook.views.run_view import Client, RunView
from walking import Walk

BEGAN = 1_700_000_000.0
RUN = "k2m9x4q7"


def entries_of(walk: Walk) -> tuple[ev.Entry, ...]:
    """The walk's events behind a `run_created`, numbered and chained."""
    plan = walk.program.plan
    created = ev.RunCreated(RUN, "0" * 64, plan.environment, plan.version, plan.site.initiator, plan.site.name)
    entries: list[ev.Entry] = []
    tip = chain.START
    for seq, event in enumerate([created, *walk.events], start=1):
        sealed = chain.seal(RUN, tip, 1, BEGAN + seq, [event])
        entries += map(chain.opened, sealed)
        tip = chain.Tip(seq, sealed[-1].hash)
    return tuple(entries)


def view_of(walk: Walk, client: Client | None = None, earlier: tuple[str, ...] = ()) -> RunView:
    return fold(walk.program.plan, walk.state, entries_of(walk), Onlooker(client, earlier))
