"""The schema in a run: recorded before it is touched, taken back last, and only after a person's yes (M31)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from plans import migrating_plan
from rollbook.machine.commands import Command, Perform, RecordSchema
from rollbook.machine.state import run_state
from rollbook.machine.verbs import refusal
from rollbook.model import events as ev
from rollbook.model.plan import Plan
from walking import Walk

UP, LOOK, DOWN = "s4/run/4.1", "restore/run/schema.1", "restore/run/schema.2"
LOST = "takes back V002, V001. Lost: V001: table orders with 12 rows"
QUESTION = f"schema:{DOWN}"


def bad(command: Command) -> ev.Event | None:
    """The new release is found bad on its servers; the look finds two versions to reverse."""
    if not isinstance(command, Perform):
        return None
    if command.task.startswith("criteria"):
        return ev.Judged(command.task, "fail", "2 % > 1 %")
    return (
        ev.Finished(command.task, LOST, {"migrations.reversible": ["V002", "V001"]}) if command.task == LOOK else None
    )


def rolled(plan: Plan | None = None) -> Walk:
    return Walk(plan or migrating_plan(), bad).on()


def test_m31_what_is_applied_is_journaled_before_the_first_migration_and_once() -> None:
    kinds = [type(e).__name__ + getattr(e, "task", "") for e in rolled().events]
    assert kinds.count("SchemaRecorded") == 1
    assert kinds.index("SchemaRecorded") < kinds.index("Intended" + UP)


def test_m31_a_database_that_does_not_say_what_is_applied_freezes_the_run_untouched() -> None:
    def silent(command: Command) -> ev.Event | None:
        return ev.Unknown(command.task, "lost") if isinstance(command, RecordSchema) else None

    walk = Walk(migrating_plan(), silent).on()
    assert run_state(walk.state) == "frozen"
    assert UP not in walk.tasks()
    walk.outcome = lambda _: None
    assert walk.ask("retry").on().state.end == "succeeded"
    assert walk.tasks().count(UP) == 1


def test_f09_a_migration_that_nobody_knows_the_outcome_of_is_not_tried_again_by_itself() -> None:
    def lost(command: Command) -> ev.Event | None:
        return ev.Unknown(command.task, "lost") if isinstance(command, Perform) and command.task == UP else None

    walk = Walk(migrating_plan(), lost).on()
    assert run_state(walk.state) == "frozen"
    assert walk.tasks().count(UP) == 1
    assert [e.why for e in walk.events if isinstance(e, ev.Froze)] == ["the database does not say what is applied"]


def test_m31_servers_come_first_then_a_person_is_asked_with_the_list() -> None:
    walk = rolled()
    assert [g.id for g in walk.state.gates] == [QUESTION]
    assert run_state(walk.state) == "rolling_back"
    assert [e.why for e in walk.events if isinstance(e, ev.GateOpened)] == [LOST]
    restored = [i for i, e in enumerate(walk.events) if isinstance(e, ev.ServerRestored)]
    looked = next(i for i, e in enumerate(walk.events) if isinstance(e, ev.Intended) and e.task == LOOK)
    assert len(restored) == 2
    assert max(restored) < looked
    assert DOWN not in walk.tasks()


def test_m31_a_yes_takes_it_back_and_the_run_ends() -> None:
    walk = rolled().approve(QUESTION, "li").on()
    assert walk.tasks()[-2:] == [DOWN, "s10/run/10.1"]
    assert walk.state.end == "rolled_back"


def test_m31_a_no_leaves_it_and_the_run_ends() -> None:
    walk = rolled()
    walk.say(ev.GateAnswered(QUESTION, "reject", "li"))
    assert walk.on().state.end == "rolled_back"
    assert DOWN not in walk.tasks()


def test_m31_where_the_document_says_so_without_a_condition_nobody_is_asked() -> None:
    walk = rolled(migrating_plan(asks=False))
    assert walk.state.end == "rolled_back"
    assert DOWN in walk.tasks()


def test_m31_where_no_document_speaks_of_it_the_schema_stays() -> None:
    walk = rolled(replace(migrating_plan(), take_back=()))
    assert walk.state.end == "rolled_back"
    assert not any(t.startswith("restore/run/") for t in walk.tasks())


def test_m31_what_may_not_be_reversed_is_asked_nobody() -> None:
    def stays(command: Command) -> ev.Event | None:
        look = isinstance(command, Perform) and command.task == LOOK
        return ev.Finished(command.task, "the schema stays", {"migrations.reversible": []}) if look else bad(command)

    walk = Walk(migrating_plan(), stays).on()
    assert walk.state.end == "rolled_back"
    assert DOWN not in walk.tasks()


def test_m31_a_run_that_never_migrated_asks_nothing() -> None:
    def unbuilt(command: Command) -> ev.Event | None:
        build = isinstance(command, Perform) and command.task == "s3/run/3.1"
        return ev.Failed(command.task, "no") if build else None

    walk = Walk(migrating_plan(), unbuilt).on()
    assert walk.state.end == "failed"
    assert LOOK not in walk.tasks()


def test_m31_a_failed_migration_is_asked_about_although_no_server_was_touched() -> None:
    def broken(command: Command) -> ev.Event | None:
        migrates = isinstance(command, Perform) and command.task == UP
        return ev.Failed(command.task, "statement 3 failed") if migrates else bad(command)

    walk = Walk(migrating_plan(), broken).on()
    assert [g.id for g in walk.state.gates] == [QUESTION]
    assert walk.approve(QUESTION, "li").on().state.end == "rolled_back"


@pytest.mark.parametrize("outcome", [ev.Failed(DOWN, "cannot drop"), ev.Unknown(DOWN, "lost")])
def test_m31_a_schema_that_does_not_come_back_freezes_and_is_not_tried_again_by_itself(outcome: ev.Event) -> None:
    walk = rolled()
    walk.outcome = lambda c: outcome if isinstance(c, Perform) and c.task == DOWN else bad(c)
    walk.approve(QUESTION, "li").on()
    assert run_state(walk.state) == "frozen"
    assert walk.tasks().count(DOWN) == 1
    assert refusal(walk.program, walk.state, "retry") is None
    assert walk.ask("retry").on().tasks().count(DOWN) == 2
    walk.outcome = bad
    assert walk.ask("retry").on().state.end == "rolled_back"


def test_m31_a_person_answers_for_a_schema_that_does_not_come_back() -> None:
    walk = rolled()
    walk.outcome = lambda c: ev.Failed(DOWN, "cannot drop") if isinstance(c, Perform) and c.task == DOWN else bad(c)
    walk.approve(QUESTION, "li").on()
    assert walk.ask("skip").on().state.end == "rolled_back"


@pytest.mark.parametrize("task", [LOOK, DOWN])
def test_f08_an_engine_that_dies_on_the_way_back_is_followed_by_one_that_goes_on(task: str) -> None:
    walk = Walk(migrating_plan(asks=False), bad).until(task)
    walk.say(ev.EngineStarted(2, "other"))
    assert walk.on().state.end == "rolled_back"
    assert walk.tasks().count(task) == 2


def test_m31_rolling_back_a_succeeded_run_asks_too() -> None:
    walk = Walk(migrating_plan()).on()
    assert walk.state.end == "succeeded"
    walk.outcome = bad
    walk.ask("rollback").on()
    assert [g.id for g in walk.state.gates] == [QUESTION]
    assert walk.approve(QUESTION, "li").on().state.end == "rolled_back"


def test_m44_where_the_document_has_an_approval_its_quorum_decides_about_the_schema() -> None:
    walk = Walk(migrating_plan(approval=True), bad).on()
    walk.approve("s5", "li", "tech lead").on()
    assert [g.id for g in walk.state.gates] == [QUESTION]
    assert DOWN not in walk.approve(QUESTION, "operator").on().tasks()
    assert DOWN in walk.approve(QUESTION, "wang", "ops lead").on().tasks()
