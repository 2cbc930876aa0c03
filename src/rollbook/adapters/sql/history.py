"""Where applied versions are kept: in the database itself, beside what they changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rollbook.adapters.sql.session import Session
from rollbook.ports.database import Applied

TABLE: Final = "rollbook_migrations"
CREATE: Final = f"""
    CREATE TABLE IF NOT EXISTS {TABLE} (
        number INTEGER PRIMARY KEY,
        version TEXT NOT NULL UNIQUE,
        script TEXT NOT NULL,
        checksum TEXT NOT NULL,
        run TEXT NOT NULL,
        at TEXT NOT NULL
    )"""
SELECT: Final = f"SELECT version, script, checksum, run, at FROM {TABLE} ORDER BY number"
FOREIGN: Final = (
    ("schema_migrations", "SELECT version FROM schema_migrations ORDER BY version"),
    ("flyway_schema_history",
     "SELECT version FROM flyway_schema_history WHERE success AND version IS NOT NULL ORDER BY installed_rank"),
    ("_yoyo_migration", "SELECT migration_id FROM _yoyo_migration ORDER BY applied_at_utc"),
    ("databasechangelog", "SELECT id FROM databasechangelog ORDER BY orderexecuted"),
    ("knex_migrations", "SELECT name FROM knex_migrations ORDER BY id"),
    ("alembic_version", "SELECT version_num FROM alembic_version"),
)  # fmt: skip
"""Tables in which known tools keep versions, and no checksum that we could compare; `schema_migrations` is many tools'
own."""
DIRTY: Final = "SELECT version FROM schema_migrations WHERE NOT dirty ORDER BY version"
ROW_LOCKS: Final = (
    ("yoyo_lock", "SELECT 'process ' || pid || ', since ' || ctime FROM yoyo_lock WHERE locked = 1", "yoyo break-lock"),
    (
        "databasechangeloglock",
        "SELECT lockedby || ', since ' || lockgranted FROM databasechangeloglock WHERE lockedby IS NOT NULL",
        "liquibase release-locks",
    ),
    ("knex_migrations_lock", "SELECT 'knex' FROM knex_migrations_lock WHERE is_locked = 1", "knex migrate:unlock"),
)
"""Locks of known tools that are rows, so that a killed process leaves them behind (F9): table, who holds it, and what
the tool is told to take it away."""


def applied(session: Session) -> tuple[Applied, ...]:
    """What is applied: by us, else by the project's own tool where it keeps a table that we know."""
    own = session.query(SELECT) if session.has_table(TABLE) else []
    others = [row for table, select in _known(session) for row in session.query(select)]
    known = {str(row[0]) for row in own}
    foreign = [Applied(str(version)) for (version,) in others if str(version) not in known]
    return (*foreign, *(Applied(*map(str, row)) for row in own))


def _known(session: Session) -> Iterator[tuple[str, str]]:
    """The tables that are there. golang-migrate marks a version that failed half-way as dirty: it is not applied."""
    for table, select in FOREIGN:
        if session.has_table(table):
            dirty = table == "schema_migrations" and session.has_column(table, "dirty")
            yield table, DIRTY if dirty else select
