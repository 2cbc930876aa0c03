"""Use case: verify that journals are as they were written."""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.app.places import existing_place, find_run, site_named
from rollbook.ports import Journal, RunRow
from rollbook.views.audit import Audit
from rollbook.wiring import has_journal, open_journal


def audit(named: str = "", site: str = "") -> tuple[Audit, ...]:
    """The verdict on one run, or on all of them when `named` is "". Raises Refused when `named` is no run."""
    if named:
        place = existing_place(site)
        return _audits(place.journal, [find_run(place.journal, named)])
    found = site_named(site)
    if not has_journal(found):
        return ()
    journal = open_journal(found)
    return _audits(journal, journal.runs())


def _audits(journal: Journal, rows: Sequence[RunRow]) -> tuple[Audit, ...]:
    return tuple(Audit(row.run, row.seq, row.head, journal.audit(row.run)) for row in rows)
