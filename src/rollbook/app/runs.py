"""Use case: the runs of this site. Looks only: where nothing was ever run, nothing is made."""

from __future__ import annotations

from rollbook.app.places import Place, site_named
from rollbook.ports import RunRow
from rollbook.wiring import has_journal, open_journal


def all_runs(site: str = "") -> tuple[RunRow, ...]:
    """Oldest first; empty when nothing was ever run here."""
    found = site_named(site)
    if not has_journal(found):
        return ()
    from rollbook.app.promotion_views import with_states

    place = Place(found, open_journal(found))
    return with_states(place.journal.runs(), place)
