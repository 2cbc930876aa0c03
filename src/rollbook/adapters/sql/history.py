"""Where applied versions are kept: in the database itself, beside what they changed."""

from __future__ import annotations

from typing import Final

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
FOREIGN: Final = ("schema_migrations", "SELECT version FROM schema_migrations ORDER BY version")
"""The table in which many projects' own tools keep versions, and no more than these."""
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
