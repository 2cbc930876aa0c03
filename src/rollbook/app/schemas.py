"""One environment's schema as it stands: the document's table beside what the database and the journal tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from rollbook.app.noting import Noted, noted_by_runs
from rollbook.app.plan import given_parameters, read_documents
from rollbook.model.deployment import CommandRole, Deployment, Migration
from rollbook.model.facts import DeploymentFacts
from rollbook.model.migrations import Drift, MigrationRow, SchemaStatus
from rollbook.model.site import Site
from rollbook.planning.deployment.outcome import facts_for
from rollbook.planning.deployment.places import Ground, ground_of
from rollbook.ports import Database, Project
from rollbook.ports.database import Applied, checksum
from rollbook.problems import Refused
from rollbook.values import Words


class Desk(NamedTuple):
    """Everything that an act on one environment's schema needs."""

    ground: Ground
    facts: DeploymentFacts
    project: Project
    database: Database | None
    site: Site

    @property
    def language(self) -> str:
        return self.ground.deployment.language

    def database_named(self) -> Database:
        """Raises Refused where nothing says which database it is."""
        if self.database is None:
            from rollbook.steps.migrate import NO_DATABASE, NO_DATABASE_HINT

            raise Refused(NO_DATABASE, NO_DATABASE_HINT)
        return self.database

    def way(self, role: CommandRole) -> str:
        """The document's own command for it, as one line; "" without."""
        from rollbook.steps.shelling import script_for

        return "; ".join(script_for(self.facts, role).splitlines())


def desk_of(paths: Sequence[str], parameters: Sequence[str], named: str, acting: bool = False) -> Desk:
    """`acting`: the embedded site's project is brought, and a database that a run holds is refused. Raises Refused."""
    from rollbook.app.ops import environment_given, environment_of
    from rollbook.app.places import site_named
    from rollbook.app.survey import project_root, survey
    from rollbook.wiring import embedded_site, schema_ports

    site, documents = site_named(named), read_documents(paths)
    document = next((d for d in documents if isinstance(d, Deployment)), None)
    if document is None:
        raise Refused(NO_DEPLOYMENT.format(paths=", ".join(paths) or "-"), NO_DEPLOYMENT_HINT)
    row = environment_of(document, environment_given(parameters))
    given = {**given_parameters(parameters), "environment": row.name if row else ""}
    if acting and site.kind == "embedded":
        embedded_site(site).bring_project()
    root = project_root(site)
    ground = ground_of(document, given["environment"], site, survey(documents, given, site, root))
    facts = facts_for(ground)
    if acting:
        refuse_held(site, facts)
    project, database = schema_ports(site, facts, root)
    return Desk(ground, facts, project, database, site)


def refuse_held(site: Site, facts: DeploymentFacts) -> None:
    """Raise Refused while a run holds the database: it goes by what it recorded (M29, M41)."""
    from rollbook.wiring import has_journal, open_journal

    if not has_journal(site):
        return
    held = open_journal(site).claims().get(f"{site.name}/database/{facts.database}")
    if held:
        raise Refused(HELD.format(run=held), HELD_HINT.format(run=held))


async def status_of(desk: Desk, database: Database) -> SchemaStatus:
    """Raises Unreachable where the database does not say what is applied."""
    applied = {row.version: row for row in await database.status()}
    held, noted = await database.holder(), noted_by_runs(desk.site, desk.facts)
    rows = [_row(m, applied.get(m.version), noted.get(m.version), desk.project) for m in desk.facts.migrations]
    known = {m.version for m in desk.facts.migrations}
    others = [_filled(MigrationRow(a.version, a.script, applied=True, drift="undocumented"), a, noted.get(a.version))
              for a in applied.values() if a.version not in known]  # fmt: skip
    return SchemaStatus(
        desk.facts.document, desk.ground.environment, (*others, *rows), desk.way("migrate_up"),
        held.who if held else "", held.row if held else "", held.release if held else "",
    )  # fmt: skip


def _row(migration: Migration, applied: Applied | None, noted: Noted | None, project: Project) -> MigrationRow:
    text = project.read(migration.script)
    row = MigrationRow(
        migration.version, migration.script, migration.description, migration.reversible, applied is not None,
        drift=_drift(migration, text, applied, noted), line=migration.at.line,
    )  # fmt: skip
    return _filled(row, applied, noted) if applied else row


def _filled(row: MigrationRow, applied: Applied, noted: Noted | None) -> MigrationRow:
    at, run = applied.at or (noted.at if noted else ""), applied.run or (noted.run if noted else "")
    return msgspec.structs.replace(row, at=at, run=run)


def _drift(migration: Migration, text: str | None, applied: Applied | None, noted: Noted | None) -> Drift:
    if text is None:
        return "missing"
    now, stated = checksum(text), migration.checksum.lower().removeprefix("sha256:")
    if stated and not now.startswith(stated):
        return "stated"
    if applied is None:
        return ""
    then = applied.checksum or (noted.checksum if noted else "")
    if not then:
        return "unknown"
    return "" if then == now else "edited"


NO_DEPLOYMENT = Words("none of these is a deployment document: {paths}", "其中没有部署文档：{paths}")
NO_DEPLOYMENT_HINT = Words("migrations are read from a deployment document", "迁移取自部署文档")
HELD = Words("run {run} holds this database", "运行 {run} 正占用该数据库")
HELD_HINT = Words("follow it with `rollbook show {run}`; it ends first", "用 `rollbook show {run}` 查看；请等它结束")
