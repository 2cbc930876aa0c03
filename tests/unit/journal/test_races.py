"""Several workers at one database: of all who want the same, one has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from rollbook.drivers.chain import plan_digest
from rollbook.drivers.journal import SqlJournal
from rollbook.drivers.tables import metadata, open_engine
from rollbook.model.events import RunCreated, StageEntered
from rollbook.problems import Conflict

WORKERS = 6
PLAN = b'{"plan":1}'
KEY = plan_digest(PLAN)
ROW = {"environment": "production", "version": "v1", "title": "Release", "at": "1000.0"}


@pytest.fixture(params=["sqlite", "postgresql"])
def journals(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[SqlJournal]]:
    """As many connections to one database as there are workers."""
    url = f"sqlite:///{tmp_path}/journal.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        with open_engine(url).begin() as db:
            metadata.drop_all(db)
    made = [SqlJournal(open_engine(url)) for _ in range(WORKERS)]
    create(made[0], "r1")
    yield made
    for journal in made:
        journal.close()


def create(journal: SqlJournal, run: str, *targets: str) -> None:
    event = RunCreated(run, KEY, "production", "v1", "operator", "embedded")
    journal.create(run, KEY, PLAN, ROW, [event], targets=targets)


def at_once(journals: list[SqlJournal], act: Callable[[int, SqlJournal], object]) -> list[object]:
    """What each worker got when all acted together; a Conflict is None."""
    together = Barrier(len(journals))

    def one(number: int) -> object:
        together.wait()
        try:
            return act(number, journals[number])
        except Conflict:
            return None

    with ThreadPoolExecutor(len(journals)) as pool:
        return list(pool.map(one, range(len(journals))))


def test_of_two_appends_behind_one_entry_one_is_written(journals: list[SqlJournal]) -> None:
    for seq in range(1, 6):
        got = at_once(journals, lambda n, j, seq=seq: j.append("r1", seq, None, [StageEntered(f"s{n}")], 1.0))
        assert sum(g is not None for g in got) == 1
    assert journals[0].newest("r1") == 6
    assert journals[0].audit("r1") == ()


def test_m41_one_worker_has_the_lease(journals: list[SqlJournal]) -> None:
    got = at_once(journals, lambda n, j: j.lease("r1", f"w{n}", 1000.0, 10))
    assert sorted(g for g in got if g is not None) == [1]  # type: ignore[type-var]


def test_m41_one_worker_takes_over_from_a_dead_one(journals: list[SqlJournal]) -> None:
    journals[0].lease("r1", "dead", 1000.0, 10)
    got = at_once(journals, lambda n, j: j.lease("r1", f"w{n}", 1001.0, 10, instead_of=1))
    assert sorted(g for g in got if g is not None) == [2]  # type: ignore[type-var]


def test_m29_one_run_has_the_target(journals: list[SqlJournal]) -> None:
    got = at_once(journals, lambda n, j: create(j, f"x{n}", "app-1", f"own-{n}") or True)
    winners = [f"x{n}" for n, g in enumerate(got) if g]
    assert len(winners) == 1
    assert set(journals[0].claims().values()) == set(winners)
    assert [row.run for row in journals[0].runs()] == ["r1", *winners]


def test_runs_started_together_are_all_numbered(journals: list[SqlJournal]) -> None:
    assert all(at_once(journals, lambda n, j: create(j, f"y{n}", f"own-{n}") or True))
    assert {row.run for row in journals[0].runs()} == {"r1", *(f"y{n}" for n in range(WORKERS))}
