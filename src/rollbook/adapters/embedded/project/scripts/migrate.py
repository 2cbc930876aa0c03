"""Migrations of the shop's SQLite database; called by migrate.sh."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

SCRIPTS = Path("migrations")
SQLITE = "sqlite:///"


def main(words: list[str]) -> int:
    url = os.environ.get("DATABASE_URL", "")
    if len(words) != 1 or words[0] not in ("up", "down", "status") or not url.startswith(SQLITE):
        print(f"usage: DATABASE_URL={SQLITE}PATH migrate.sh up|down|status", file=sys.stderr)
        return 2
    path = Path(url.removeprefix(SQLITE))
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY)")
        {"up": up, "down": down, "status": status}[words[0]](database)
    return 0


def up(database: sqlite3.Connection) -> None:
    done = applied(database)
    for script in sorted(SCRIPTS.glob("V*.sql")):
        version = version_of(script)
        if version not in done and not script.name.endswith(".down.sql"):
            with transaction(database):
                run(database, script)
                database.execute("INSERT INTO schema_migrations VALUES (?)", (version,))
            print(f"{version} applied")


def down(database: sqlite3.Connection) -> None:
    done = applied(database)
    if not done:
        print("nothing is applied")
        return
    script = next(SCRIPTS.glob(f"{done[-1]}_*.down.sql"))
    with transaction(database):
        run(database, script)
        database.execute("DELETE FROM schema_migrations WHERE version = ?", (done[-1],))
    print(f"{done[-1]} reversed")


def status(database: sqlite3.Connection) -> None:
    for version in applied(database):
        print(f"{version} applied")


def applied(database: sqlite3.Connection) -> list[str]:
    rows = database.execute("SELECT version FROM schema_migrations ORDER BY version")
    return [version for (version,) in rows]


def version_of(script: Path) -> str:
    return script.name.partition("_")[0]


def run(database: sqlite3.Connection, script: Path) -> None:
    """Statement by statement: `executescript` would end the transaction."""
    statement = ""
    for line in script.read_text(encoding="utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            database.execute(statement)
            statement = ""


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
