"""Use case: which migrations are not the scripts that were applied, or that the document states: seen before planning.

A database that cannot be asked now says nothing; the run asks it again before it touches anything (M31).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rollbook.model.deployment import Deployment, Migration
from rollbook.model.facts import DeploymentFacts
from rollbook.model.site import Site
from rollbook.model.workflow import Document
from rollbook.planning.deployment.outcome import facts_for
from rollbook.planning.deployment.places import ground_of
from rollbook.planning.words import words
from rollbook.ports.database import Applied, checksum
from rollbook.values import Json

PREFIX = "sha256:"


def edited(
    documents: Sequence[Document], given: Mapping[str, Json], site: Site, project: Path, facts: Mapping[str, Json]
) -> dict[str, Json]:
    """`edited`: version → the checksum that was, the one that is, and whether the document states it. Nothing where all
    is as it was."""
    document = next((d for d in documents if isinstance(d, Deployment)), None)
    if document is None or not document.migrations:
        return {}
    asked = next((given[n] for n in given if n.casefold() in words("environment")), "")
    ground = ground_of(document, asked, site, facts)
    found = dict(_edited(document.migrations, facts_for(ground), site, project)) if ground.row else {}
    return {"edited": found} if found else {}


def _edited(
    migrations: Sequence[Migration], facts: DeploymentFacts, site: Site, project: Path
) -> Iterator[tuple[str, Json]]:
    texts = {m.version: text for m in migrations if (text := _text(project, m.script)) is not None}
    applied = _applied(facts, site, project) if texts else {}
    for migration in migrations:
        text = texts.get(migration.version)
        if text is None:
            continue
        now, stated = checksum(text), migration.checksum.lower().removeprefix(PREFIX)
        was = applied.get(migration.version, "")
        if stated and not now.startswith(stated):
            yield migration.version, {"was": stated, "now": now, "stated": True}
        elif was and was != now:
            yield migration.version, {"was": was, "now": now, "stated": False}


def _applied(facts: DeploymentFacts, site: Site, project: Path) -> dict[str, str]:
    """Applied version → its checksum then: the database's word, else that of the run which applied it."""
    from rollbook.providing import applied_now

    rows: tuple[Applied, ...] = applied_now(site, facts, project) or ()
    bare = [row.version for row in rows if not row.checksum]
    noted: dict[str, str] = {}
    if bare:
        from rollbook.app.noting import noted_by_runs

        noted = {version: note.checksum for version, note in noted_by_runs(site, facts).items() if version in bare}
    return {**noted, **{row.version: row.checksum for row in rows if row.checksum}}


def _text(project: Path, script: str) -> str | None:
    file = (project / script).resolve()
    inside = file.is_relative_to(project.resolve()) and file.is_file()
    return file.read_text("utf-8", errors="replace") if inside else None
