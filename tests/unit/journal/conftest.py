from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rollbook.drivers.chain import plan_digest
from rollbook.drivers.journal import SqlJournal
from rollbook.drivers.memory_journal import MemoryJournal
from rollbook.drivers.tables import open_engine
from rollbook.model.events import RunCreated
from rollbook.ports import Journal

PLAN = b'{"plan":1}'
PLAN_KEY = plan_digest(PLAN)


@pytest.fixture(params=["memory", "sqlite"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """Each promise of ports.Journal is kept by both of them."""
    if request.param == "memory":
        yield MemoryJournal()
        return
    sql = SqlJournal(open_engine(f"sqlite:///{tmp_path}/journal.db"))
    yield sql
    sql.close()


@pytest.fixture
def created(journal: Journal) -> Journal:
    """A journal in which run "r1" has its first entry."""
    begin(journal, "r1")
    return journal


def begin(journal: Journal, run: str, plan: str = PLAN_KEY) -> None:
    row = {"environment": "production", "version": "v1", "title": "Release", "at": "1000.0"}
    journal.create(run, plan, PLAN, row, [created_event(run, plan)])


def created_event(run: str, plan: str = PLAN_KEY) -> RunCreated:
    return RunCreated(run, plan, "production", "v1", "operator", "embedded")
