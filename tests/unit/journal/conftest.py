from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from databases import postgresql
from rollbook.drivers.chain import plan_digest
from rollbook.drivers.journal import SqlJournal
from rollbook.drivers.memory_journal import MemoryJournal
from rollbook.drivers.tables import metadata, open_engine
from rollbook.model.events import RunCreated
from rollbook.ports import Journal

PLAN = b'{"plan":1}'
PLAN_KEY = plan_digest(PLAN)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """Each promise of ports.Journal is kept by all of them."""
    if request.param == "memory":
        yield MemoryJournal()
        return
    url = f"sqlite:///{tmp_path}/journal.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    yield from fresh_journal(url)


def fresh_journal(url: str) -> Iterator[SqlJournal]:
    """A journal without runs, whatever an earlier test left in the database."""
    engine = open_engine(url)
    with engine.execution_options(writes=True).begin() as db:
        metadata.drop_all(db)
    made = SqlJournal(engine)
    yield made
    made.close()


@pytest.fixture
def created(journal: Journal) -> Journal:
    """A journal in which run "r1" has its first entry."""
    row = {"environment": "production", "version": "v1", "title": "Release", "at": "1000.0"}
    created = RunCreated("r1", PLAN_KEY, "production", "v1", "operator", "embedded")
    journal.create("r1", PLAN_KEY, PLAN, row, [created])
    return journal
