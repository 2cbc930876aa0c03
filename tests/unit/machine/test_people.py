"""Gates and verbs: whose word counts, what may be asked when (M14, M15, M40, M44)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from plans import release_plan
from rollbook.machine.state import run_state
from rollbook.machine.verbs import VERBS, refusal
from rollbook.model import events as ev
from rollbook.model.plan import Plan
from walking import Walk, failing


def waiting(**gate: object) -> Walk:
    return Walk(with_gate(release_plan(2, approval=True), **gate)).on()


def with_gate(plan: Plan, **changes: object) -> Plan:
    return replace(plan, gates=tuple(replace(g, **changes) for g in plan.gates))


def test_m14_a_required_approval_waits_with_nothing_touched() -> None:
    walk = waiting()
    assert run_state(walk.state) == "waiting"
    assert not any(t.touched for t in walk.state.targets)


def test_m44_the_initiator_never_alone() -> None:
    walk = waiting()
    walk.approve("s5", "operator", "tech lead").on()
    assert run_state(walk.state) == "waiting"
    assert walk.approve("s5", "wang", "ops lead").on().state.end == "succeeded"


def test_m44_one_approver_of_several_is_enough_where_the_document_says_so() -> None:
    assert waiting(need="any").approve("s5", "li", "tech lead").on().state.end == "succeeded"


def test_m44_a_stranger_does_not_count() -> None:
    assert run_state(waiting().approve("s5", "somebody", "intern").on().state) == "waiting"


def test_f11_one_person_with_two_roles_speaks_for_both_and_counts_once() -> None:
    both = ("tech lead", "ops lead")
    assert waiting(need="all").approve("s5", "li", *both).on().state.end == "succeeded"
    twice = waiting(need=2).approve("s5", "li", *both).approve("s5", "li", *both).on()
    assert run_state(twice.state) == "waiting"
    assert twice.approve("s5", "wang", "ops lead").on().state.end == "succeeded"


def test_a_reject_fails_the_run_before_anything_was_touched() -> None:
    walk = waiting()
    walk.say(ev.GateAnswered("s5", "reject", "wang", ("ops lead",)))
    assert walk.on().state.end == "failed"
    assert "s10/run/10.1" in walk.tasks()


def test_m14_an_approval_that_nobody_answers_ends_failed_and_reporting_still_runs() -> None:
    walk = waiting()
    walk.say(ev.TimerFired("s5"))
    assert walk.on().state.end == "failed"
    assert "s10/run/10.1" in walk.tasks()


def test_m14_an_optional_approval_without_a_request_is_skipped_with_that_reason() -> None:
    walk = waiting(mode="optional")
    assert walk.state.end == "succeeded"
    assert ev.Decided("s5", "skip", "no pending request") in walk.events


def test_m14_an_optional_approval_with_a_pending_request_waits() -> None:
    walk = Walk(with_gate(release_plan(2, approval=True), mode="optional"), request=True).on()
    assert run_state(walk.state) == "waiting"
    walk.say(ev.GateAnswered("s5", "reject", "li", ("tech lead",)))
    assert walk.on().state.end == "failed"


def test_m44_changed_step_code_voids_the_approval() -> None:
    walk = waiting().approve("s5", "li", "tech lead").until("w1.s6/app-1/6.1")
    walk.say(ev.EngineStarted(2, "another", changed=("rollbook.steps.traffic:leave@1",)))
    assert [g.id for g in walk.on().state.gates] == ["changed"]
    assert walk.approve("changed", "wang", "ops lead").on().state.end == "succeeded"


def test_m44_changed_step_code_does_not_keep_a_decided_run_from_telling() -> None:
    walk = waiting().approve("s5", "li", "tech lead").until("s10/run/10.1")
    walk.say(ev.EngineStarted(2, "another", changed=("rollbook.steps.traffic:leave@1",)))
    assert walk.on().state.end == "succeeded"


@pytest.mark.parametrize("step", ["5", "8", "9"])
def test_m15_skipping_an_approval_a_rejoin_or_a_judge_needs_the_quorum(step: str) -> None:
    walk = waiting()
    walk.ask("skip", step)
    assert f"skip:{step}" in [g.id for g in walk.state.gates]
    assert int(step) not in walk.state.skipped
    walk.approve(f"skip:{step}", "li", "tech lead")
    assert int(step) in walk.state.skipped


def test_m15_skipping_other_steps_is_the_initiators_to_say() -> None:
    walk = Walk(release_plan(2)).until("s1/run/1.1").ask("skip", "3")
    walk.say(ev.Finished("s1/run/1.1"))
    walk.on()
    assert walk.state.end == "succeeded"
    assert not [t for t in walk.tasks() if t.startswith("s3")]


def test_m15_acting_steps_are_not_skipped_in_the_middle_of_a_wave() -> None:
    walk = Walk(release_plan(2)).until("w1.s6/app-1/6.2")
    assert refusal(walk.program, walk.state, "skip", "7") is not None
    walk.ask("skip", "7")
    assert 7 not in walk.state.skipped


def states() -> dict[str, Walk]:
    ended = Walk(release_plan(2)).on()
    return {
        "running": Walk(release_plan(2)).until("s3/run/3.1"),
        "waiting": waiting(),
        "paused": Walk(release_plan(2)).until("s3/run/3.1").ask("pause"),
        "rolling_back": Walk(release_plan(2), failing("w1.s7/app-1/7.3")).until("restore/app-1/restore.2"),
        "frozen": Walk(release_plan(2), failing("w1.s7/app-1/7.3", "restore/app-1/restore.4")).on(),
        "succeeded": ended,
        "failed": Walk(release_plan(2), failing("s3/run/3.2")).on(),
        "rolled_back": Walk(release_plan(2), failing("w1.s7/app-1/7.3")).on(),
        "aborted": Walk(release_plan(2)).until("s3/run/3.1").ask("abort").on(),
    }


@pytest.mark.parametrize("word", list(states()))
def test_m40_every_verb_in_every_state_is_done_or_refused_with_a_reason(word: str) -> None:
    for verb in VERBS:
        walk = states()[word]
        assert run_state(walk.state) == word
        answer = refusal(walk.program, walk.state, verb, "8" if verb == "skip" else "")
        before = walk.state
        walk.ask(verb, "8" if verb == "skip" else "")
        assert (walk.state == before) == (answer is not None), (verb, word)
        if answer is not None:
            assert answer.en
            assert answer.zh


def test_m40_abort_is_refused_while_rolling_back() -> None:
    walk = states()["rolling_back"]
    assert refusal(walk.program, walk.state, "abort") is not None


def test_m40_pause_lets_judging_go_on() -> None:
    walk = Walk(release_plan(2)).until("w1.s8.judge/8.?1/8.?1").ask("pause")
    walk.say(ev.Judged("w1.s8.judge/8.?1/8.?1", "fail", "5 %"))
    assert walk.on().state.end == "rolled_back"
