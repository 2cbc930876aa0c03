"""The engine is killed at every checkpoint of a run that migrates real databases: the next one finishes the run,
nothing is applied twice or lost, and the schema goes back exactly as far as it came (F9, M19, M31)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import psycopg
import pytest

from databases import postgresql
from plans import migrating_plan
from rollbook.adapters.project import ProjectDirectory
from rollbook.adapters.sql import open_database
from rollbook.drivers.effects import LiveEffects
from rollbook.drivers.loop import Loop
from rollbook.drivers.memory_journal import MemoryJournal
from rollbook.drivers.performing import Performer
from rollbook.machine.program import Program
from rollbook.machine.state import run_state
from rollbook.model.deployment import ShellCommand
from rollbook.model.events import EngineStarted, Entry, Event, SchemaRecorded
from rollbook.model.plan import Plan
from rollbook.ports import Journal
from rollbook.values import Verdict
from simulated import RUN, DeadlyJournal, Killed, begin, kind_functions, ports_of, simulated_site, state_of

pytestmark = pytest.mark.slow

NEVER = 10**6
SCHEMA = ("/4.1", "/schema.1", "/schema.2")
SCRIPTS = {
    "V001.sql": "CREATE TABLE orders (id INTEGER PRIMARY KEY); INSERT INTO orders VALUES (1);",
    "V001.down.sql": "DROP TABLE orders;",
    "V002.sql": "ALTER TABLE orders ADD COLUMN note TEXT;",
    "V002.down.sql": "ALTER TABLE orders DROP COLUMN note;",
}
MOVE = """\
import sqlite3, sys
with sqlite3.connect("shop.db", isolation_level=None) as db:
    db.execute("CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT)")
    have = [v for (v,) in db.execute("SELECT version FROM schema_migrations ORDER BY version")]
    todo = [v for v in ("V001", "V002") if v not in have] if sys.argv[1] == "up" else have[-1:]
    for version in todo:
        db.execute("BEGIN IMMEDIATE")
        with open(f"migrations/{version}{'' if sys.argv[1] == 'up' else '.down'}.sql") as script:
            for statement in script.read().split(";"):
                db.execute(statement)
        mark = "INSERT INTO schema_migrations VALUES (?)" if sys.argv[1] == "up" else \\
            "DELETE FROM schema_migrations WHERE version = ?"
        db.execute(mark, (version,))
        db.execute("COMMIT")
"""


class CountingJournal(DeadlyJournal):
    """Kills nobody; notes which appends are about the schema."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal, NEVER, written=True)
        self.count, self.about = 0, list[int]()

    def append(self, run: str, after: int, epoch: int | None, events: Sequence[Event], now: float) -> tuple[Entry, ...]:
        self.count += 1
        if any(isinstance(e, SchemaRecorded) or getattr(e, "task", "").endswith(SCHEMA) for e in events):
            self.about.append(self.count)
        return super().append(run, after, epoch, events, now)


class Stand:
    """One project with one database, on which one run lives and dies. `plan` rolls back with its schema."""

    def __init__(self, root: Path, plan: Plan, url: str, bad: bool) -> None:
        self.root, self.plan, self.url, self.bad = root, plan, url, bad
        self.journal, self.site = MemoryJournal(), simulated_site(plan)
        (root / "migrations").mkdir(parents=True)
        for name, text in SCRIPTS.items():
            (root / "migrations" / name).write_text(text)
        (root / "move.py").write_text(MOVE)
        begin(self.journal, plan)

    def live(self, journal: Journal, number: int) -> None:
        """One engine: hold the run, carry it on until it ends or the engine is killed."""

        async def carry() -> None:
            async def verdict() -> Verdict:
                return Verdict.bad("5 % errors") if self.bad else Verdict.ok()

            project = ProjectDirectory(self.root, self.root / "scratch")
            database = open_database(self.url, self.root)
            ports = msgspec.structs.replace(ports_of(self.site), project=project, database=database)
            functions = kind_functions(**{"error rate": verdict})
            performer = Performer(Program(self.plan), RUN, ports, functions, lambda: "")
            effects = LiveEffects(performer, journal, self.site.clock, lambda _: None)
            epoch = journal.lease(RUN, f"engine-{number}", float(number * 100), 10)
            loop = Loop(performer.program, RUN, journal, effects, self.site.clock, epoch)
            loop.catch_up()
            loop.append([EngineStarted(epoch, f"engine-{number}")])
            assert await loop.drive() is None

        asyncio.run(carry())

    def killed_at(self, append: int, written: bool) -> str:
        """How the run ends whose first engine is killed around its `append`-th append."""
        with suppress(Killed):
            self.live(DeadlyJournal(self.journal, append, written), 1)  # type: ignore[arg-type]
        if state_of(self.journal, self.plan).phase != "ended":
            self.live(self.journal, 2)
        assert self.journal.audit(RUN) == ()
        return run_state(state_of(self.journal, self.plan))

    def appends(self) -> tuple[int, list[int]]:
        """How many appends an undisturbed run makes, and which of them are about the schema."""
        counting = CountingJournal(self.journal)
        self.live(counting, 1)  # type: ignore[arg-type]
        return counting.count, counting.about

    def columns(self) -> list[str]:
        """Of the table that the migrations make; none where it is not there."""
        with closing(sqlite3.connect(self.root / "shop.db")) as database:
            return [name for (name,) in database.execute("SELECT name FROM pragma_table_info('orders')")]


def by_command() -> Plan:
    """The same plan by a command of the document's own, which keeps versions only."""
    plan = migrating_plan(1, asks=False)
    assert plan.deployment is not None
    commands = {
        "migrate_up": (ShellCommand("python3 move.py up", "migrate_up"),),
        "migrate_down": (ShellCommand("python3 move.py down", "migrate_down"),),
    }
    return msgspec.structs.replace(plan, deployment=msgspec.structs.replace(plan.deployment, commands=commands))


def by_table() -> Plan:
    return migrating_plan(1, asks=False)


@pytest.mark.parametrize("bad", [False, True], ids=["good release", "bad release"])
@pytest.mark.parametrize("plan", [by_table, by_command], ids=["by table", "by command"])
def test_f09_a_migration_killed_at_any_checkpoint_is_neither_lost_nor_repeated(
    plan: Callable[[], Plan], bad: bool, tmp_path: Path
) -> None:
    made = (Stand(tmp_path / str(n), plan(), "sqlite:///shop.db", bad) for n in range(NEVER))
    count, about = next(made).appends()
    for append in range(1, count + 1) if plan is by_table else about:
        for written in (False, True):
            stand = next(made)
            where = f"killed at append {append}, written={written}"
            assert stand.killed_at(append, written) == ("rolled_back" if bad else "succeeded"), where
            assert stand.columns() == ([] if bad else ["id", "note"]), where


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql() as url:
        yield url.replace("+psycopg", "")


@pytest.mark.parametrize("bad", [False, True], ids=["good release", "bad release"])
def test_f09_on_postgresql_too(server: str, bad: bool, tmp_path: Path) -> None:
    """Around the checkpoints of the migration itself, and of its way back."""
    plan = by_table()
    first = Stand(tmp_path / "first", plan, server, bad)
    with psycopg.connect(server, autocommit=True) as database:
        database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        _, about = first.appends()
        for append, written in ((append, written) for append in about for written in (False, True)):
            database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            stand = Stand(tmp_path / f"{append}-{written}", plan, server, bad)
            state = stand.killed_at(append, written)
            found = database.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('orders') AND attnum > 0 "
                "AND NOT attisdropped ORDER BY attnum"
            ).fetchall()
            assert state == ("rolled_back" if bad else "succeeded"), append
            assert [name for (name,) in found] == ([] if bad else ["id", "note"]), append
