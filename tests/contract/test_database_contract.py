"""What `Database` promises, asked of the simulated one, of SQLite and of a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from databases import postgresql
from rollbook.adapters.sql import open_database
from rollbook.ports.database import Database, Part, Script
from rollbook.ports.fakes import FakeSite
from rollbook.ports.fakes.database import FakeDatabase
from rollbook.problems import StepFailed

ONE = Script("V001", "migrations/V001.sql", "CREATE TABLE orders (id INTEGER PRIMARY KEY);", "DROP TABLE orders;")
TWO = Script("V002", "migrations/V002.sql", "CREATE INDEX by_id ON orders (id);", "DROP INDEX by_id;")
RUN = "run-1"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture(params=["simulated", "sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "simulated":
        yield FakeSite.of(["app-1"]).database
    elif request.param == "sqlite":
        yield open_database("sqlite:///shop.db", tmp_path)
    else:
        url = request.getfixturevalue("server")
        with fresh_schema(url):
            yield open_database(url, tmp_path)


class fresh_schema:  # noqa: N801 - read as a verb
    """An empty `public` schema of the session's server."""

    def __init__(self, url: str) -> None:
        self.url = url.replace("+psycopg", "")

    def __enter__(self) -> None:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")

    def __exit__(self, *_: object) -> None:
        self.__enter__()


async def versions(database: Database) -> list[str]:
    return [a.version for a in await database.status()]


async def test_nothing_is_applied_at_first(database: Database) -> None:
    assert await database.status() == ()


async def test_up_applies_in_order_and_records_checksum_and_run(database: Database) -> None:
    done = await database.up([ONE, TWO], RUN)
    assert [a.version for a in done] == ["V001", "V002"]
    seen = await database.status()
    assert [(a.version, a.checksum, a.run) for a in seen] == [
        ("V001", ONE.checksum, RUN),
        ("V002", TWO.checksum, RUN),
    ]


async def test_m19_up_again_applies_nothing(database: Database) -> None:
    await database.up([ONE], RUN)
    assert [a.version for a in await database.up([ONE, TWO], "run-2")] == ["V002"]
    assert await database.up([ONE, TWO], "run-3") == ()


async def test_m31_a_migration_edited_after_it_was_applied_is_refused(database: Database) -> None:
    await database.up([ONE], RUN)
    edited = Script(ONE.version, ONE.path, ONE.text + " -- more", ONE.undo)
    with pytest.raises(StepFailed, match=r"V001\.sql was edited after it was applied"):
        await database.up([edited, TWO], RUN)
    assert await versions(database) == ["V001"]


async def test_line_endings_are_no_edit(database: Database) -> None:
    await database.up([Script("V001", "a.sql", "CREATE TABLE a (\nid INTEGER);")], RUN)
    assert await database.up([Script("V001", "a.sql", "\ufeffCREATE TABLE a (\r\nid INTEGER);")], RUN) == ()


async def test_a_migration_that_comes_behind_an_applied_one_is_refused(database: Database) -> None:
    await database.up([ONE], RUN)
    earlier = Script("V000", "migrations/V000.sql", "CREATE TABLE early (id INTEGER);")
    with pytest.raises(StepFailed, match="V000 is not applied, but V001 behind it is"):
        await database.up([earlier, ONE], RUN)


async def test_m31_down_reverses_what_the_run_applied_newest_first(database: Database) -> None:
    await database.up([ONE, TWO], RUN)
    assert await database.down([ONE, TWO], RUN) == ("V002", "V001")
    assert await versions(database) == []
    assert [a.version for a in await database.up([ONE, TWO], RUN)] == ["V001", "V002"]


async def test_m31_down_leaves_what_another_run_applied(database: Database) -> None:
    await database.up([ONE], "an-earlier-run")
    await database.up([ONE, TWO], RUN)
    with pytest.raises(StepFailed, match="V001 was not applied by this run"):
        await database.down([ONE, TWO], RUN)
    assert await versions(database) == ["V001", "V002"]
    assert await database.down([TWO], RUN) == ("V002",)


async def test_m31_down_refuses_where_one_has_no_way_back(database: Database) -> None:
    await database.up([ONE, Script("V002", TWO.path, TWO.text)], RUN)
    with pytest.raises(StepFailed, match="V002 has no script that reverses it"):
        await database.down([ONE, Script("V002", TWO.path, TWO.text)], RUN)
    assert await versions(database) == ["V001", "V002"]


async def test_m31_down_refuses_to_go_below_what_stays(database: Database) -> None:
    await database.up([ONE, TWO], RUN)
    with pytest.raises(StepFailed, match="V002 was applied later and stays"):
        await database.down([ONE], RUN)


async def test_a_dump_is_proved_by_restoring_it(database: Database, tmp_path: Path) -> None:
    await database.up([ONE], RUN)
    await database.dump(tmp_path / "backup" / "shop.dump")
    proof = await database.restore_proof(tmp_path / "backup" / "shop.dump")
    assert "orders" in proof.tables


async def test_what_is_no_dump_proves_nothing(database: Database, tmp_path: Path) -> None:
    (tmp_path / "no.dump").write_text("this is no dump, whatever its name says")
    with pytest.raises(StepFailed):
        await database.restore_proof(tmp_path / "no.dump")


async def test_rows_of_tables_and_columns_are_counted(database: Database) -> None:
    parts = (Part("orders"), Part("orders", "id"), Part("nowhere"), Part("orders", "nothing"))
    if isinstance(database, FakeDatabase):
        database.sizes = {parts[0]: 2, parts[1]: 2}
    filled = Script("V001", ONE.path, f"{ONE.text} INSERT INTO orders VALUES (1), (2);")
    await database.up([filled], RUN)
    assert await database.rows(parts) == (2, 2, None, None)


async def test_f09_nobody_holds_the_turn_once_a_migration_is_over(database: Database) -> None:
    assert await database.holder() is None
    await database.up([ONE], RUN)
    assert await database.holder() is None


async def test_f09_two_who_migrate_at_once_apply_everything_once(database: Database) -> None:
    both = await asyncio.gather(database.up([ONE, TWO], "left"), database.up([ONE, TWO], "right"))
    assert sorted(len(done) for done in both) == [0, 2]
    assert await versions(database) == ["V001", "V002"]
