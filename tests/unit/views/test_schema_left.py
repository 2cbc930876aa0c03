"""What a run that went back left of its migrations is said with the command that takes it back (M31)."""

from __future__ import annotations

from msgspec.structs import replace

from plans import migrating_plan
from rollbook.machine.commands import Command, Perform
from rollbook.model import events as ev
from rollbook.model.events import Entry
from rollbook.model.plan import Plan
from rollbook.views.fold import fold
from rollbook.views.run import text_of
from rollbook.views.run_view import RunView
from walking import Outcome, Walk

STAYS = replace(migrating_plan(), take_back=())
UP = "s4/run/4.1"


def bad(command: Command) -> ev.Event | None:
    task = command.task if isinstance(command, Perform) else ""
    if task == UP:
        return ev.Finished(UP, "", {"migrations.applied": ["V001", "V002"]})
    if task == "restore/run/schema.1":
        return ev.Finished(task, "takes back V002, V001", {"migrations.reversible": ["V002", "V001"]})
    if task == "restore/run/schema.2":
        return ev.Finished(task, "reversed", {"migrations.reversed": ["V002", "V001"]})
    return ev.Judged(task, "fail", "2 % > 1 %") if task.startswith("criteria") else None


def seen(plan: Plan, outcome: Outcome) -> RunView:
    walk = Walk(plan, outcome).on()
    created = ev.RunCreated("r1", "p", plan.environment, plan.version, "operator", "test")
    events = [created, *walk.events]
    entries = [Entry("r1", n, 1, float(n), e, "", str(n)) for n, e in enumerate(events, 1)]
    return fold(plan, walk.state, entries)


def test_what_stays_is_said_with_the_next_command() -> None:
    lines = list(text_of(seen(STAYS, bad), "en"))
    assert lines[-2:] == [
        "the schema stays migrated: V001, V002",
        "  to take it back: rollbook migrate down deploy.md -p environment=production --to V000",
    ]


def test_in_chinese_too() -> None:
    assert "数据库结构保持迁移后的状态：V001, V002" in list(text_of(seen(STAYS, bad), "zh"))


def test_a_migration_that_failed_half_way_may_have_left_something() -> None:
    def broken(command: Command) -> ev.Event | None:
        return ev.Failed(UP, "statement 3") if isinstance(command, Perform) and command.task == UP else None

    lines = list(text_of(seen(STAYS, broken), "en"))
    assert lines[-2:] == [
        "a migration was begun; what it applied stays",
        "  see it: rollbook migrate status deploy.md -p environment=production",
    ]


def test_nothing_is_said_where_nothing_stays() -> None:
    assert seen(migrating_plan(asks=False), bad).schema is None
    assert seen(STAYS, lambda _: None).schema is None
