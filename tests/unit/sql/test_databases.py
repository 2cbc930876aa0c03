"""Partial failure, killed processes and dumps on real databases."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from databases import postgresql
from rollbook.adapters.sql import open_database
from rollbook.ports.database import Holder, Script
from rollbook.problems import StepFailed, Unreachable

ONE = Script("V001", "V001.sql", "CREATE TABLE orders (id INTEGER PRIMARY KEY);")
BROKEN = Script(
    "V002", "V002.sql", "CREATE TABLE items (id INTEGER);\n-- next\nINSERT INTO nowhere VALUES (1);\nSELECT 1"
)
THREE = Script("V003", "V003.sql", "CREATE TABLE late (id INTEGER);")
LIMIT_S = 60.0

MIGRATE = """
import asyncio, sys
from pathlib import Path
from rollbook.adapters.sql import open_database
from rollbook.ports.database import Holder, Script
scripts = [Script(p.stem, p.name, p.read_text()) for p in sorted(Path(sys.argv[2]).glob("*.sql"))]
asyncio.run(open_database(sys.argv[1], Path(".")).up(scripts, "killed"))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql() as url:
        yield url.replace("+psycopg", "")


@pytest.fixture
def url(server: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return server


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_f09_a_failed_statement_is_told_by_number_and_nothing_of_its_script_stays(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = "sqlite:///shop.db" if kind == "sqlite" else request.getfixturevalue("url")
    database = open_database(url, tmp_path)
    with pytest.raises(StepFailed, match=r"V002\.sql: statement 2 of 3 \(line 3\) failed: .*nowhere") as told:
        await database.up([ONE, BROKEN, THREE], "run")
    assert told.value.hint.en == "V002.sql was rolled back whole; carried out before it: V001; not tried: V003"
    assert [a.version for a in await database.status()] == ["V001"]
    mended = Script("V002", "V002.sql", "CREATE TABLE items (id INTEGER);")
    assert [a.version for a in await database.up([ONE, mended, THREE], "run")] == ["V002", "V003"]


async def test_a_script_with_transactions_of_its_own_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    database = open_database("sqlite:///shop.db", tmp_path)
    own = Script("V002", "V002.sql", "CREATE TABLE a (id INTEGER);\nCOMMIT;")
    with pytest.raises(StepFailed, match=r"V002\.sql, line 2: a migration may not say COMMIT"):
        await database.up([ONE, own], "run")
    assert await database.status() == ()


async def test_f09_postgresql_forgets_a_killed_migration_and_its_lock(url: str, tmp_path: Path) -> None:
    """The second script waits for a lock that this test holds, so it is surely in its middle when it is killed."""
    with psycopg.connect(url, autocommit=True) as gate:
        gate.execute("SELECT pg_advisory_lock(42)")
        slow = "CREATE TABLE items (id INTEGER);\nSELECT pg_advisory_xact_lock(42);\nCREATE TABLE more (id INTEGER);"
        scripts = written(tmp_path, ONE.text, slow)
        process = migrating(url, tmp_path)
        until(lambda: waits_for_gate(gate))
        database = open_database(url, tmp_path)
        held = await database.holder()
        assert held == Holder(held.who if held else "")
        assert held.who.startswith("rollbook, backend ")
        kill(process)
        assert [a.version for a in await database.status()] == ["V001"]
    assert [a.version for a in await database.up(scripts, "next")] == ["V002"]
    assert [a.run for a in await database.status()] == ["killed", "next"]


async def test_f09_sqlite_forgets_a_killed_migration_and_its_lock(tmp_path: Path) -> None:
    """The second script counts as far as a table says; the bound is lowered once it was killed in the middle."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as patience:
        patience.execute("CREATE TABLE patience (bound INTEGER)")
        patience.execute("INSERT INTO patience VALUES (1000000000000)")
    slow = (
        "CREATE TABLE items (id INTEGER);\nWITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
        "(SELECT bound FROM patience)) SELECT count(*) FROM n;"
    )
    scripts = written(tmp_path, ONE.text, slow)
    process = migrating(f"sqlite:///{path}", tmp_path)
    until(lambda: is_writing_second(path))
    database = open_database(f"sqlite:///{path}", tmp_path)
    held = await database.holder()
    assert held == Holder(held.who if held else "")
    assert held.who.startswith(f"process {process.pid} on ")
    kill(process)
    assert await database.holder() is None
    assert [a.version for a in await database.status()] == ["V001"]
    with sqlite3.connect(path) as patience:
        patience.execute("UPDATE patience SET bound = 10")
    assert [a.version for a in await database.up(scripts, "next")] == ["V002"]


async def test_versions_kept_by_a_projects_own_tool_are_seen(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as own:
        own.execute("CREATE TABLE schema_migrations (version TEXT)")
        own.execute("INSERT INTO schema_migrations VALUES ('V001')")
    database = open_database("sqlite:///shop.db", tmp_path)
    assert [(a.version, a.run) for a in await database.status()] == [("V001", "")]
    assert await database.up([ONE], "run") == ()
    with pytest.raises(StepFailed, match="V001 was not applied by this run"):
        await database.down([Script("V001", "V001.sql", "", "DROP TABLE orders")], "run")


LOCKS = (
    ("yoyo_lock", "CREATE TABLE yoyo_lock (locked INT PRIMARY KEY DEFAULT 1, ctime TIMESTAMP, pid INT NOT NULL)",
     "INSERT INTO yoyo_lock VALUES (1, '2026-01-01 00:00:00', 4711)"),
    ("databasechangeloglock",
     "CREATE TABLE databasechangeloglock (id INT, locked BOOLEAN, lockgranted TIMESTAMP, lockedby VARCHAR(255))",
     "INSERT INTO databasechangeloglock VALUES (1, TRUE, '2026-01-01 00:00:00', 'build-4711')"),
    ("knex_migrations_lock", "CREATE TABLE knex_migrations_lock (\"index\" INT PRIMARY KEY, is_locked INT)",
     "INSERT INTO knex_migrations_lock VALUES (4711, 1)"),
)  # fmt: skip
"""Tables in which known tools keep their locks, as they make them, and what a killed process leaves in them."""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize(("table", "make", "leave"), LOCKS)
async def test_f09_a_lock_that_is_a_row_is_named_with_the_tool_that_takes_it_away(
    table: str, make: str, leave: str, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = "sqlite:///shop.db" if kind == "sqlite" else request.getfixturevalue("url")
    database = open_database(address, tmp_path)
    await database.up([Script("V0", "a.sql", make)], "r")
    assert await database.holder() is None
    await database.up([Script("V0", "a.sql", make), Script("V1", "b.sql", leave)], "r")
    held = await database.holder()
    assert held is not None
    assert held.row == table
    assert held.release
    assert table == "knex_migrations_lock" or "4711" in held.who


TOOLS = (
    ("CREATE TABLE schema_migrations (version BIGINT, dirty BOOLEAN);"
     "INSERT INTO schema_migrations VALUES (3, FALSE), (4, TRUE)", ["3"]),
    ("CREATE TABLE flyway_schema_history (installed_rank INT, version VARCHAR(50), success BOOLEAN);"
     "INSERT INTO flyway_schema_history VALUES (2, '2', TRUE), (1, '1', TRUE), (3, '3', FALSE), (4, NULL, TRUE)",
     ["1", "2"]),
    ("CREATE TABLE _yoyo_migration (migration_hash TEXT, migration_id TEXT, applied_at_utc TIMESTAMP);"
     "INSERT INTO _yoyo_migration VALUES ('h', '0001.b', '2026-01-02'), ('h', '0000.a', '2026-01-01')",
     ["0000.a", "0001.b"]),
    ("CREATE TABLE databasechangelog (id TEXT, orderexecuted INT);"
     "INSERT INTO databasechangelog VALUES ('b', 2), ('a', 1)", ["a", "b"]),
    ("CREATE TABLE knex_migrations (id INT, name TEXT); INSERT INTO knex_migrations VALUES (1, 'a.js')", ["a.js"]),
    ("CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('e1975')", ["e1975"]),
)  # fmt: skip
"""What known tools keep, and what of it is applied."""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize(("kept", "versions"), TOOLS)
async def test_what_known_tools_keep_counts_as_applied(
    kept: str, versions: list[str], kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    database = open_database("sqlite:///shop.db" if kind == "sqlite" else request.getfixturevalue("url"), tmp_path)
    await database.up([Script("OWN", "own.sql", kept)], "r")
    assert [(a.version, a.run) for a in await database.status()] == [*((v, "") for v in versions), ("OWN", "r")]


async def test_a_dump_holds_every_row_and_is_its_owners_only(url: str, tmp_path: Path) -> None:
    database = open_database(url, tmp_path)
    await database.up([Script("V1", "a.sql", "CREATE TABLE a (i INTEGER); INSERT INTO a VALUES (1), (2), (3)")], "r")
    dump = tmp_path / "a.dump"
    await database.dump(dump)
    assert dump.stat().st_mode & 0o777 == 0o600
    assert (await database.restore_proof(dump)).tables == {"a": 3, "rollbook_migrations": 1}
    with psycopg.connect(url) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'rollbook_proof%'").fetchall()
    assert left == []


async def test_f06_a_database_that_cannot_be_reached_is_unknown_not_empty(tmp_path: Path) -> None:
    database = open_database(f"postgresql://nobody:canary-word@/x?host={tmp_path}", tmp_path)
    with pytest.raises(Unreachable) as told:
        await database.status()
    assert "canary-word" not in str(told.value.words)


def test_m05_a_url_that_is_no_database_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(StepFailed) as told:
        open_database("mysql://user:canary-word@host/db", tmp_path)
    assert "canary-word" not in str(told.value.words) + str(told.value.hint)


def written(folder: Path, *texts: str) -> list[Script]:
    scripts = [Script(f"V{n:03}", f"V{n:03}.sql", text) for n, text in enumerate(texts, 1)]
    for script in scripts:
        (folder / script.path).write_text(script.text)
    return scripts


def migrating(url: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", MIGRATE, url, str(folder)])


def kill(process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def waits_for_gate(gate: psycopg.Connection[tuple[object, ...]]) -> bool:
    asked = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted"
    return gate.execute(asked).fetchone() is not None


def is_writing_second(path: Path) -> bool:
    """The first script is recorded, and somebody holds the write lock again."""
    with sqlite3.connect(path, timeout=0, isolation_level=None) as look:
        try:
            if look.execute("SELECT count(*) FROM rollbook_migrations").fetchone()[0] < 1:
                return False
            look.execute("BEGIN IMMEDIATE")
            look.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            return "locked" in str(error) and version_one(path)
    return False


def version_one(path: Path) -> bool:
    with sqlite3.connect(path, timeout=0) as look:
        try:
            return look.execute("SELECT count(*) FROM rollbook_migrations").fetchone()[0] == 1
        except sqlite3.OperationalError:
            return False


def until(true: Callable[[], bool]) -> None:
    """Poll what another process does; bounded, for a machine under heavy load."""
    give_up = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < give_up, "it did not come so far"
        time.sleep(0.01)
