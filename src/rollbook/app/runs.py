"""Use case: the runs of this site. Looks only: where nothing was ever run, nothing is made."""

from __future__ import annotations

from rollbook.app.places import site_named
from rollbook.ports import RunRow
from rollbook.wiring import has_journal, open_journal


def all_runs(site: str = "") -> tuple[RunRow, ...]:
    """Oldest first; empty when nothing was ever run here."""
    found = site_named(site)
    return open_journal(found).runs() if has_journal(found) else ()
