"""What the runs of this site noted of the migrations they applied, where the database keeps no more than the name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from rollbook.model.facts import DeploymentFacts
from rollbook.model.site import Site


class Noted(NamedTuple):
    """What a run's journal says of a version that it applied."""

    run: str
    at: str
    checksum: str


def noted_by_runs(site: Site, facts: DeploymentFacts) -> Mapping[str, Noted]:
    """Version → the newest run that applied it to this database, for versions of which the database itself keeps no
    more than the name. Nothing where no run was ever started here."""
    from rollbook.wiring import has_journal

    return dict(_noted(site, facts)) if facts.database and has_journal(site) else {}


def _noted(site: Site, facts: DeploymentFacts) -> Iterator[tuple[str, Noted]]:
    from rollbook.model.events import Finished
    from rollbook.wiring import open_journal

    journal = open_journal(site)
    for row in journal.runs():
        if row.environment != facts.environment.name:
            continue
        for entry in journal.read(row.run):
            data = entry.event.data if isinstance(entry.event, Finished) else {}
            if data.get("migrations.database") != facts.database:
                continue
            at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="seconds")
            kept = data.get("migrations.checksums") or {}
            for version in data.get("migrations.applied") or ():
                yield str(version), Noted(row.run, at, str(kept.get(version, "")))
