"""Whoever edits the database behind Rollbook's back is found out by `audit`."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from rollbook.app.places import find_run, situation
from rollbook.drivers.chain import plan_digest
from rollbook.drivers.journal import SqlJournal
from rollbook.drivers.tables import open_engine
from rollbook.model.events import Event, GateAnswered, GateOpened, RunCreated, StageEntered
from rollbook.problems import Refused

PLAN = b'{"plan":1}'
PLAN_KEY = plan_digest(PLAN)
ROW = {"environment": "production", "version": "v1", "title": "Release", "at": "1000.0"}


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    return open_engine(f"sqlite:///{tmp_path}/journal.db")


@pytest.fixture
def journal(engine: sa.Engine) -> SqlJournal:
    journal = SqlJournal(engine)
    journal.create("r1", PLAN_KEY, PLAN, ROW, [RunCreated("r1", PLAN_KEY, "production", "v1", "operator", "embedded")])
    events: list[Event] = [StageEntered("s1"), GateOpened("g"), GateAnswered("g", "reject", "mallory")]
    journal.append("r1", 1, None, events, 1001.0)
    return journal


def test_an_untouched_journal_is_sound(journal: SqlJournal) -> None:
    assert journal.audit("r1") == ()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update entries set event = replace(event, 'reject', 'approve') where seq = 4", "entry 4 was changed"),
        ("update entries set at = 5 where seq = 2", "entry 2 was changed"),
        ("update entries set epoch = 7 where seq = 2", "entry 2 was changed"),
        ("delete from entries where seq = 3", "entry 3 is missing"),
        ("delete from entries where seq = 4", "ends at entry 3"),
        ("update entries set seq = 9 where seq = 4", "entry 4 is missing"),
        ("update runs set plan = 'p2'", "not the one it was started with"),
        ("update plans set body = cast('{}' as blob)", "plan was changed"),
        ("update plans set body = '{}'", "plan was changed"),
    ],
)
def test_every_change_is_found(journal: SqlJournal, engine: sa.Engine, statement: str, said: str) -> None:
    with engine.execution_options(writes=True).begin() as db:
        db.execute(sa.text(statement))
    assert any(said in words.en for words in journal.audit("r1"))
    assert all(words.zh for words in journal.audit("r1"))


@pytest.mark.parametrize(
    "statement",
    ["update plans set body = '{}'", "update plans set body = 'x'", "update entries set event = '{' where seq = 2"],
)
def test_what_cannot_be_read_any_more_is_refused_with_the_way_to_audit(
    journal: SqlJournal, engine: sa.Engine, statement: str
) -> None:
    with engine.execution_options(writes=True).begin() as db:
        db.execute(sa.text(statement))
    with pytest.raises(Refused, match="cannot be read") as refused:
        situation(journal, find_run(journal, "r1"))
    assert "rollbook audit r1" in refused.value.hint.en


def test_two_processes_cannot_number_an_entry_twice(journal: SqlJournal, engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.IntegrityError), engine.execution_options(writes=True).begin() as db:
        db.execute(sa.text("insert into entries select run, seq, epoch, at, event, previous, hash from entries"))
