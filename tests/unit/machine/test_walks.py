"""Runs as transcripts: order, failure, rollback and their limits."""

from __future__ import annotations

import pytest

from plans import code, release_plan
from rollbook.machine.commands import Command, LookAt, Perform, RecordPrior, Survey
from rollbook.machine.state import run_state
from rollbook.model import events as ev
from walking import Walk, failing


def test_a_good_release_runs_the_rotation_once_per_wave_and_succeeds() -> None:
    walk = Walk(release_plan(2)).on()
    assert walk.state.end == "succeeded"
    drains = [t for t in walk.tasks() if t.endswith("6.1")]
    assert drains == ["w1.s6/app-1/6.1", "w2.s6/app-2/6.1"]
    assert walk.tasks().index("w1.s9/app-1/9.1") < walk.tasks().index("w2.s6/app-2/6.1")


def test_m16_criteria_are_judged_after_the_last_wave_and_before_reporting() -> None:
    tasks = Walk(release_plan(2)).on().tasks()
    assert tasks.index("w2.s9/app-2/9.1") < tasks.index("criteria/criteria.1/criteria.1") < tasks.index("s10/run/10.1")


def test_m09_conditions_on_all_servers_are_judged_again_on_all_after_the_last_wave() -> None:
    tasks = Walk(release_plan(2)).on().tasks()
    assert {"w1.s8.judge/8.?1/8.?1", "w2.s8.judge/8.?1/8.?1", "all.s8.judge/8.?1/8.?1"} <= set(tasks)


def test_m16_a_failed_criterion_rolls_back() -> None:
    def trips(command: Command) -> ev.Event | None:
        criterion = isinstance(command, Perform) and command.task.startswith("criteria")
        return ev.Judged(command.task, "fail", "2 % > 1 %") if criterion else None

    walk = Walk(release_plan(2), trips).on()
    assert walk.state.end == "rolled_back"
    assert [t for t in walk.tasks() if t.endswith("restore.1")] == [
        "restore/app-2/restore.1",
        "restore/app-1/restore.1",
    ]


def test_m39_a_failure_before_the_rotation_ends_failed_with_nothing_touched() -> None:
    walk = Walk(release_plan(2), failing("s3/run/3.2")).on()
    assert walk.state.end == "failed"
    assert not any(isinstance(e, ev.PriorRecorded) for e in walk.events)


def test_m17_reporting_runs_whatever_the_outcome_and_its_failure_changes_nothing() -> None:
    walk = Walk(release_plan(2), failing("s3/run/3.2", "s10/run/10.1")).on()
    assert "s10/run/10.1" in walk.tasks()
    assert walk.state.end == "failed"
    assert Walk(release_plan(2), failing("s10/run/10.1")).on().state.end == "succeeded"


def test_m38_the_prior_state_is_recorded_before_the_first_touch_and_once() -> None:
    walk = Walk(release_plan(2)).on()
    kinds = [(type(e).__name__, getattr(e, "task", getattr(e, "server", ""))) for e in walk.events]
    assert kinds.index(("PriorRecorded", "app-1")) < kinds.index(("Intended", "w1.s6/app-1/6.1"))
    assert sum(k == ("PriorRecorded", "app-1") for k in kinds) == 1


def test_a_server_that_cannot_be_seen_ends_the_run_before_its_first_step() -> None:
    def unseen(command: Command) -> ev.Event | None:
        return ev.Failed(command.key, "unreachable") if isinstance(command, LookAt) else None

    walk = Walk(release_plan(2), unseen).on()
    assert walk.state.end == "failed"
    assert walk.tasks() == ["s10/run/10.1"]


def test_m38_without_a_prior_state_nothing_is_touched() -> None:
    def unseen(command: Command) -> ev.Event | None:
        return ev.Failed(command.task, "unreachable") if isinstance(command, RecordPrior) else None

    walk = Walk(release_plan(2), unseen).on()
    assert walk.state.end == "failed"
    assert not any(t.touched for t in walk.state.targets)


def test_m39_the_failing_waves_servers_come_back_first_then_earlier_waves_rolling() -> None:
    walk = Walk(release_plan(3), failing("w3.s7/app-3/7.3")).on()
    assert walk.state.end == "rolled_back"
    begun = next(e for e in walk.events if isinstance(e, ev.RollbackBegun))
    assert begun.servers == ("app-3", "app-2", "app-1")
    first, second = (walk.tasks().index(f"restore/{s}/restore.1") for s in ("app-2", "app-1"))
    assert walk.tasks().index("restore/app-2/restore.7") < second
    assert walk.tasks().index("restore/app-3/restore.7") < first


def test_m33_a_server_out_of_rotation_is_repaired_before_another_is_drained() -> None:
    walk = Walk(release_plan(3, max_failures=1), failing("w1.s7/app-1/7.3")).on()
    assert walk.state.end == "succeeded"
    assert walk.tasks().index("restore/app-1/restore.7") < walk.tasks().index("w2.s6/app-2/6.1")


def test_f10_a_failure_budget_of_zero_means_zero() -> None:
    assert Walk(release_plan(3, max_failures=0), failing("w1.s7/app-1/7.3")).on().state.end == "rolled_back"


def test_f10_the_budget_spans_all_waves() -> None:
    walk = Walk(release_plan(3, max_failures=1), failing("w1.s7/app-1/7.3", "w2.s7/app-2/7.3")).on()
    assert walk.state.end == "rolled_back"


def test_f06_connection_lost_while_draining_drains_no_second_server() -> None:
    def lost(command: Command) -> ev.Event | None:
        if isinstance(command, Perform) and command.task == "w1.s6/app-1/6.1":
            return ev.Unknown(command.task, "connection lost")
        return ev.Surveyed(command.task, command.server, reachable=False) if isinstance(command, Survey) else None

    walk = Walk(release_plan(3), lost).on()
    assert run_state(walk.state) == "frozen"
    assert not [t for t in walk.tasks() if "app-2" in t]


def test_m38_an_unknown_outcome_is_looked_at_and_done_again_when_the_server_is_seen() -> None:
    seen: list[str] = []

    def lost_once(command: Command) -> ev.Event | None:
        if isinstance(command, Perform) and command.task == "w1.s6/app-1/6.1" and not seen:
            seen.append(command.task)
            return ev.Unknown(command.task, "connection lost")
        return None

    walk = Walk(release_plan(2), lost_once).on()
    assert walk.state.end == "succeeded"
    assert [e.attempt for e in walk.events if isinstance(e, ev.Intended) and e.task == seen[0]] == [1, 2]


def test_a_rollback_that_cannot_restore_freezes_and_says_which_server() -> None:
    walk = Walk(release_plan(2), failing("w1.s7/app-1/7.3", "restore/app-1/restore.4")).on()
    assert run_state(walk.state) == "frozen"
    assert next(e for e in walk.events if isinstance(e, ev.Froze)).server == "app-1"
    assert len([t for t in walk.tasks() if t == "restore/app-1/restore.4"]) == 3


def test_a_frozen_run_goes_on_after_retry_and_ends_rolled_back() -> None:
    broken = ["restore/app-1/restore.4"]

    def outcome(command: Command) -> ev.Event | None:
        return failing("w1.s7/app-1/7.3", *broken)(command)

    walk = Walk(release_plan(2), outcome).on()
    broken.clear()
    assert walk.ask("retry").on().state.end == "rolled_back"


def test_a_person_may_answer_for_a_server_that_the_engine_could_not_restore() -> None:
    walk = Walk(release_plan(2), failing("w1.s7/app-1/7.3", "restore/app-1/restore.4")).on()
    assert walk.ask("skip").on().state.end == "rolled_back"
    assert walk.state.targets[0].by_hand


def test_m13_no_data_holds_and_is_never_success() -> None:
    def silent(command: Command) -> ev.Event | None:
        judge = isinstance(command, Perform) and command.task == "w1.s8.judge/8.?1/8.?1"
        return ev.Judged(command.task, "no_data") if judge else None

    walk = Walk(release_plan(2, approval=True), silent).on().approve("s5", "li", "tech lead").on()
    assert walk.state.gates[0].id == "hold:w1.s8.judge/8.?1/8.?1"
    assert walk.state.end == ""


def test_m19_a_crash_inside_a_once_item_asks_whether_it_happened() -> None:
    plan = with_once(release_plan(2))
    walk = Walk(plan).until("s3/run/3.1")
    walk.say(ev.EngineStarted(2, "another"))
    walk.on()
    assert [g.id for g in walk.state.gates] == ["doubt:s3/run/3.1"]
    walk.say(ev.GateAnswered("doubt:s3/run/3.1", "happened", "operator"))
    assert walk.on().state.end == "succeeded"
    assert walk.tasks().count("s3/run/3.1") == 1


def test_m19_a_crash_inside_a_once_item_that_did_not_happen_runs_it_again() -> None:
    walk = Walk(with_once(release_plan(2))).until("s3/run/3.1")
    walk.say(ev.EngineStarted(2, "another"))
    walk.on().say(ev.GateAnswered("doubt:s3/run/3.1", "not_happened", "operator"))
    assert walk.on().state.end == "succeeded"
    assert walk.tasks().count("s3/run/3.1") == 2


def test_m19_a_crash_inside_an_idempotent_item_does_it_again_without_asking() -> None:
    walk = Walk(release_plan(2)).until("w1.s7/app-1/7.3")
    walk.say(ev.EngineStarted(2, "another"))
    assert walk.on().state.end == "succeeded"
    assert walk.tasks().count("w1.s7/app-1/7.3") == 2


def test_f07_abort_sees_every_running_command_dead_before_anything_is_undone() -> None:
    walk = Walk(release_plan(2)).until("w1.s7/app-1/7.3")
    walk.ask("abort").on()
    names = [type(e).__name__ for e in walk.events]
    assert walk.tasks(ev.Cancelled) == ["w1.s7/app-1/7.3"]
    assert names.index("Cancelled") < names.index("RollbackBegun")
    assert walk.state.end == "aborted"


def test_abort_before_anything_was_touched_ends_aborted() -> None:
    assert Walk(release_plan(2)).until("s3/run/3.1").ask("abort").on().state.end == "aborted"


def test_f02_rolling_back_twice_equals_once() -> None:
    walk = Walk(release_plan(2)).on().ask("rollback").on()
    assert walk.state.end == "rolled_back"
    restored = walk.tasks().count("restore/app-1/restore.4")
    walk.ask("rollback").on()
    assert walk.state.end == "rolled_back"
    assert walk.tasks().count("restore/app-1/restore.4") == restored == 1


def test_m33_one_server_starts_the_new_release_beside_the_old() -> None:
    tasks = Walk(release_plan(1)).on().tasks()
    assert tasks.index("w1.s9/app-1/9.1") < tasks.index("w1.s6/app-1/6.1")


@pytest.mark.parametrize("task", ["w1.s6/app-1/6.2", "w1.s9/app-1/9.1", "w2.s7/app-2/7.1"])
def test_pause_stops_new_work_and_resume_goes_on(task: str) -> None:
    walk = Walk(release_plan(2)).until(task).ask("pause")
    walk.say(ev.Finished(task))
    before = len(walk.tasks())
    assert run_state(walk.on().state) == "paused"
    assert len([t for t in walk.tasks()[before:] if "judge" not in t]) == 0
    assert walk.ask("resume").on().state.end == "succeeded"


def with_once(plan):  # type: ignore[no-untyped-def]
    from msgspec.structs import replace

    steps = tuple(
        replace(s, items=(code("3.1", "build", "once", 3), *s.items[1:])) if s.number == 3 else s for s in plan.steps
    )
    return replace(plan, steps=steps)
