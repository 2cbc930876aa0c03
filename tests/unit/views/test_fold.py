"""A run's view is a fold of its journal: steps, waves, servers, gates, evidence, cause."""

from __future__ import annotations

from msgspec.structs import replace

from journals import BEGAN, entries_of, view_of
from plans import release_plan
from rollbook.machine.state import run_state
from rollbook.model import events as ev
from rollbook.model.plan import PlanStep
from rollbook.views.fold import fold
from rollbook.views.run_view import RunView
from rollbook.views.targets import release_tag
from walking import Walk, failing


def steps_of(view: RunView) -> dict[int, str]:
    return {step.number: step.state for step in view.steps}


def servers_of(view: RunView) -> dict[str, tuple[str, str, str]]:
    return {server.name: (server.before, server.after, server.state) for server in view.servers}


def test_a_finished_run_has_every_step_done_and_every_server_on_the_new_release() -> None:
    view = view_of(Walk(release_plan(3)).on())
    assert view.state == "succeeded"
    assert set(steps_of(view).values()) == {"succeeded"}
    assert servers_of(view) == {f"app-{n}": ("v1", "v2.0.0", "updated") for n in (1, 2, 3)}
    assert [wave.state for wave in view.waves] == ["done"] * 3
    assert view.cause is None


def test_a_run_before_its_rotation_has_touched_nothing() -> None:
    view = view_of(Walk(release_plan(3)).until("s3/run/3.1"))
    assert view.state == "running"
    assert steps_of(view) == {
        1: "succeeded", 3: "running", 6: "pending", 7: "pending", 8: "pending", 9: "pending", 10: "pending",
    }  # fmt: skip
    assert {state for _, _, state in servers_of(view).values()} == {"untouched"}


def test_the_look_before_the_first_step_names_what_untouched_servers_run() -> None:
    view = view_of(Walk(release_plan(2)).until("s3/run/3.1"))
    assert set(servers_of(view).values()) == {("v1", "v1", "untouched")}


def test_a_server_in_the_middle_of_its_wave_is_out_of_rotation_on_its_old_release() -> None:
    view = view_of(Walk(release_plan(2)).until("w1.s6/app-1/6.2"))
    assert servers_of(view)["app-1"] == ("v1", "v1", "out")
    assert servers_of(view)["app-2"][2] == "untouched"
    assert view.waves[0].state == "running"
    assert view.waves[1].state == "pending"


def test_a_failed_release_is_rolled_back_and_says_where_it_broke() -> None:
    broken = ev.Failed("w2.s7/app-2/7.3", "exit code 1", ("first", "last line"), "look at the log")
    walk = Walk(release_plan(3), lambda c: broken if getattr(c, "task", "") == broken.task else None).on()
    view = view_of(walk)
    assert view.state == "rolled_back"
    assert view.cause is not None
    assert (view.cause.step, view.cause.server, view.cause.error) == (7, "app-2", "exit code 1")
    assert view.cause.output == ("first", "last line")
    assert view.cause.hint == "look at the log"
    assert servers_of(view) == {
        "app-1": ("v1", "v1", "restored"),
        "app-2": ("v1", "v1", "restored"),
        "app-3": ("v1", "v1", "untouched"),
    }
    assert steps_of(view)[7] == "failed"
    assert steps_of(view)[9] == "partial"
    assert steps_of(view)[10] == "succeeded"
    assert [wave.state for wave in view.waves] == ["done", "stopped", "pending"]


def test_a_failure_ahead_of_the_rotation_ends_failed_with_nothing_touched() -> None:
    view = view_of(Walk(release_plan(2), failing("s3/run/3.2")).on())
    assert view.state == "failed"
    assert steps_of(view)[3] == "failed"
    assert {state for _, _, state in servers_of(view).values()} == {"untouched"}


def test_m17_a_reporting_step_that_fails_is_shown_failed_and_turns_nothing_back() -> None:
    view = view_of(Walk(release_plan(2), failing("s10/run/10.1")).on())
    assert view.state == "succeeded"
    assert steps_of(view)[10] == "failed"
    assert view.cause is None


def test_an_approval_that_waits_says_for_whom_and_until_when() -> None:
    view = view_of(Walk(release_plan(2, approval=True)).on())
    assert view.state == "waiting"
    assert steps_of(view)[5] == "waiting"
    gate = view.open_gates[0]
    assert gate.approvers == ("tech lead: li", "ops lead: wang")
    assert gate.opened is not None
    assert gate.until == gate.opened + 86400.0


def test_an_approval_names_who_gave_it() -> None:
    walk = Walk(release_plan(2, approval=True)).on()
    walk.say(ev.GateAnswered("s5", "approve", "wang", ("ops lead",), "go"))
    view = view_of(walk.on())
    gate = next(gate for gate in view.gates if gate.id == "s5")
    assert gate.state == "passed"
    assert [(a.person, a.roles, a.comment) for a in gate.answers] == [("wang", ("ops lead",), "go")]


def test_a_reject_is_the_cause() -> None:
    walk = Walk(release_plan(2, approval=True)).on()
    walk.say(ev.GateAnswered("s5", "reject", "wang", ("ops lead",), "not today"))
    view = view_of(walk.on())
    assert view.state == "failed"
    assert view.cause is not None
    assert "wang" in view.cause.error
    assert "not today" in view.cause.error
    assert view.cause.step == 5
    assert steps_of(view)[5] == "failed"


def test_an_approval_that_nobody_answers_is_timed_out() -> None:
    walk = Walk(release_plan(2, approval=True)).on()
    walk.say(ev.TimerFired("s5"))
    view = view_of(walk.on())
    assert next(gate.state for gate in view.gates if gate.id == "s5") == "timed_out"
    assert view.cause is not None
    assert view.cause.step == 5


def test_m14_an_optional_approval_without_request_is_skipped_with_its_reason() -> None:
    plan = release_plan(2, approval=True)
    plan = replace(plan, gates=tuple(replace(gate, mode="optional") for gate in plan.gates))
    view = view_of(Walk(plan).on())
    assert view.state == "succeeded"
    assert next(gate.state for gate in view.gates) == "withdrawn"


def test_a_step_skipped_by_the_plan_says_why() -> None:
    plan = release_plan(2)

    def skipped(step: PlanStep) -> PlanStep:
        return replace(step, decision="skip", reason="tests were skipped") if step.number == 1 else step

    plan = replace(
        plan, steps=tuple(skipped(s) for s in plan.steps), program=tuple(s for s in plan.program if s.step != 1)
    )
    view = view_of(Walk(plan).on())
    assert (view.steps[0].state, view.steps[0].reason) == ("skipped", "tests were skipped")


def test_a_held_condition_opens_a_gate_that_approve_answers() -> None:
    held = ev.Judged("w1.s8.judge/8.?1/8.?1", "no_data", "3 of 300 requests")
    walk = Walk(release_plan(2), lambda c: held if getattr(c, "task", "") == held.task else None).on()
    view = view_of(walk)
    assert view.state == "waiting"
    assert (view.open_gates[0].kind, view.open_gates[0].expects) == ("hold", "approve")
    assert view.proofs["8.?1"][0].mark == "unknown"


def test_every_bullet_has_its_evidence_by_server() -> None:
    view = view_of(Walk(release_plan(3)).on())
    assert [(p.server, p.wave, p.mark) for p in view.proofs["7.3"]] == [
        ("app-1", 1, "yes"), ("app-2", 2, "yes"), ("app-3", 3, "yes"),
    ]  # fmt: skip
    assert view.proofs["criteria.1"][0].mark == "yes"


def test_times_are_those_of_the_journal() -> None:
    walk = Walk(release_plan(1)).on()
    view = view_of(walk)
    assert view.created == BEGAN + 1
    assert view.ended == BEGAN + len(walk.events) + 1
    assert view.head == entries_of(walk)[-1].hash


def test_m15_a_gate_that_needs_the_approvals_quorum_names_who_may_answer() -> None:
    plan = release_plan(2, approval=True)
    walk = Walk(
        plan, lambda c: ev.Judged(c.task, "no_data") if getattr(c, "task", "").startswith("w1.s8.judge") else None
    )
    walk.on()
    for approver in plan.gates[0].approvers:
        walk.approve(plan.gates[0].id, approver.people[0] if approver.people else approver.role, approver.role)
    held = next(gate for gate in view_of(walk.on()).gates if gate.kind == "hold")
    approval = next(gate for gate in view_of(walk).gates if gate.kind == "approval")
    assert held.approvers
    assert (held.approvers, held.need) == (approval.approvers, approval.need)


def test_a_frozen_run_says_why_and_keeps_its_gate() -> None:
    view = view_of(Walk(release_plan(2), failing("w1.s7/app-1/7.3", "restore/app-1/restore.4")).on())
    assert view.state == "frozen"
    assert view.cause is not None
    assert "app-1" in view.cause.error
    assert not view.over


def test_the_state_is_always_the_machines() -> None:
    """Whatever part of a journal is folded, the view says what the machine says."""
    walk = Walk(release_plan(2, approval=True), failing("w2.s7/app-2/7.3"))
    walk.on().approve("s5", "li", "tech lead").on()
    part = Walk(walk.program.plan)
    for event in walk.events:
        part.say(event)
        view = fold(part.program.plan, part.state, entries_of(part))
        assert view.state == run_state(part.state)
        assert len(view.servers) == 2


def test_servers_are_shown_by_release_tags_without_repository() -> None:
    assert [release_tag(name) for name in ("v1", "shop:v1", "registry:5000/shop:v1", "registry:5000/shop", "")] == [
        "v1", "v1", "v1", "registry:5000/shop", "",
    ]  # fmt: skip


def test_a_server_whose_prior_release_is_not_back_yet_is_shown_on_the_new_one() -> None:
    part, whole = (Walk(release_plan(2), failing("w1.s8/app-1/8.1")) for _ in range(2))
    assert servers_of(view_of(part.until("restore/app-1/restore.4")))["app-1"] == ("v1", "v2.0.0", "restoring")
    assert servers_of(view_of(whole.on()))["app-1"] == ("v1", "v1", "restored")
