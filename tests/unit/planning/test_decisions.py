"""Which steps run, are skipped or wait: decisions, skip conditions, choices, jumps (M4, M14, M15)."""

from __future__ import annotations

import pytest

from rollbook.documents import read
from rollbook.model.plan import Plan
from rollbook.model.site import Site
from rollbook.planning.plan import make_plan
from shapes import source_of
from templates import BACK, BUILD, DECIDE, HEAD, JUDGE, OUT, RELEASE, REPLACE, TELL, line_of, plan_of, rules_of

SKIPPABLE = BUILD + "\n**Skip conditions**:\n- Parameter `skip_tests` is true\n"


def course(plan: Plan) -> dict[int, str]:
    return {s.number: s.decision for s in plan.steps}


def test_a_branch_that_is_true_decides_and_the_plan_says_which() -> None:
    plan = plan_of(environment="production")
    assert course(plan)[3] == "pending"
    assert plan.steps[1].reason.startswith('environment == "production" →')


def test_m14_required_optional_and_no_approval_are_all_effects() -> None:
    required, optional, none = (plan_of(environment=e) for e in ("production", "staging", "development"))
    assert [g.mode for g in required.gates] == ["required"]
    assert [g.mode for g in optional.gates] == ["optional"]
    assert none.gates == ()
    assert "no approval needed" in none.steps[2].reason or "skip step 3" in none.steps[2].reason


def test_m14_an_approval_effect_decides_without_a_jump_or_a_skip_condition() -> None:
    text = RELEASE.replace("no approval needed → skip step 3", "no approval needed")
    assert course(plan_of(text))[3] == "skip"


def test_without_any_decision_an_approval_is_required() -> None:
    text = HEAD + BUILD + DECIDE[DECIDE.index("### 3") :] + OUT + REPLACE + JUDGE + BACK
    assert [g.mode for g in plan_of(text, environment="staging").gates] == ["required"]


def test_a_skip_condition_that_is_true_skips_with_its_reason() -> None:
    plan = plan_of(RELEASE.replace(BUILD, SKIPPABLE), skip_tests=True)
    assert course(plan)[1] == "skip"
    assert "skip_tests" in plan.steps[0].reason
    assert course(plan_of(RELEASE.replace(BUILD, SKIPPABLE), skip_tests=False))[1] == "run"


def test_a_skipped_steps_bullets_are_shown_and_need_no_binding() -> None:
    text = RELEASE.replace(BUILD, SKIPPABLE.replace("Build the Docker image", "Ask the oracle"))
    step = plan_of(text, skip_tests=True).steps[0]
    assert [i.text for i in step.items] == ["Ask the oracle", "Push the image to the registry"]


VARIABLES = (
    DECIDE.replace("approval required → go to step 3", "set variables.agree = true")
    .replace("    optional approval\n", "    set variables.agree = optional\n")
    .replace("no approval needed → skip step 3", "set variables.agree = false")
    + "\n**Skip conditions**:\n- `variables.agree` is false\n"
)


@pytest.mark.parametrize(
    ("environment", "decision"), [("production", "pending"), ("staging", "pending"), ("development", "skip")]
)
def test_a_variable_that_a_branch_sets_decides_later_steps(environment: str, decision: str) -> None:
    text = RELEASE.replace(DECIDE, VARIABLES)
    assert course(plan_of(text, environment=environment))[3] == decision


def test_m04_a_name_that_nothing_declares_is_an_error_at_its_line() -> None:
    text = RELEASE.replace('if environment == "production"', 'if region == "eu"')
    assert rules_of(text) == [("unknown-name", line_of(text, "region"))]
    typo = RELEASE.replace("${version} on", "${versoin} on")
    assert rules_of(typo) == [("unknown-name", line_of(typo, "versoin"))]


def test_m04_late_variables_stay_and_are_listed() -> None:
    plan = plan_of()
    assert plan.late == ("status", "total_duration")
    assert plan.steps[-1].notices == ("v3 on desk-1, desk-2, desk-3: ${status} after ${total_duration}",)


OPAQUE = DECIDE.replace('if environment == "production"', "if the customers are nervous")


def test_a_condition_nobody_can_evaluate_is_a_choice_for_a_person() -> None:
    plan = plan_of(RELEASE.replace(DECIDE, OPAQUE), environment="development")
    (gate,) = [g for g in plan.gates if g.kind == "choice"]
    assert gate.step == 2
    assert [(c.skips, c.approval) for c in gate.choices] == [((), "required"), ((3,), "none")]
    assert course(plan)[2] == "pending"
    assert course(plan)[3] == "pending"


def test_a_skip_condition_nobody_can_evaluate_is_a_choice_too() -> None:
    text = RELEASE.replace(BUILD, BUILD + "\n**Skip conditions**:\n- It was built yesterday by hand\n")
    (gate,) = plan_of(text).gates
    assert [(c.name, c.skips) for c in gate.choices] == [("skip", (1,)), ("run", ())]


def test_a_jump_to_nowhere_is_an_error_at_its_line() -> None:
    text = RELEASE.replace("go to step 3", "go to step 33")
    found = rules_of(text, environment="production")
    assert ("jump-to-nowhere", line_of(text, "step 33")) in found


def test_a_jump_backwards_is_an_error_so_there_is_no_cycle() -> None:
    text = RELEASE.replace("go to step 3", "go to step 1")
    assert rules_of(text, environment="production") == [("backward-jump", line_of(text, "go to step 1"))]


@pytest.mark.parametrize("target", [5, 6, 8])
def test_m15_a_jump_into_or_over_the_rotation_is_an_error(target: int) -> None:
    text = RELEASE.replace("skip step 3", f"go to step {target}")
    assert rules_of(text) == [("jump-across-rotation", line_of(text, f"go to step {target}"))]


def test_m15_a_jump_to_the_rotations_first_step_is_fine() -> None:
    assert course(plan_of(RELEASE.replace("skip step 3", "go to step 4")))[4] == "run"


def test_m15_skipping_a_rejoin_or_judge_by_request_needs_the_approvals_quorum() -> None:
    plan = plan_of(request="based on x.md template but change: skip step 6 (in a hurry)")
    (gate,) = plan.gates
    assert (gate.kind, gate.mode, gate.step) == ("approval", "required", 3)
    assert [a.role for a in gate.approvers] == ["release manager", "operations lead"]
    assert course(plan)[6] == "skip"


def test_m15_an_approval_cannot_be_skipped_by_request() -> None:
    plan = plan_of(environment="production", request="based on x.md template but change: skip step 3")
    assert [(g.kind, g.mode) for g in plan.gates] == [("approval", "required")]


def test_m15_a_guarded_skip_without_any_approval_step_blocks_the_plan() -> None:
    text = HEAD + BUILD + OUT + REPLACE + JUDGE + BACK + TELL
    plan = plan_of(text, request="based on x.md template but change: skip step 6")
    assert [b.rule for b in plan.blockers] == ["skip-needs-quorum"]


def test_m15_servers_that_leave_and_never_return_block_the_plan() -> None:
    plan = plan_of(request="based on x.md template but change: skip step 7")
    assert "rotation-open" in [b.rule for b in plan.blockers]


def test_m15_servers_that_leave_again_behind_the_last_return_block_the_plan() -> None:
    text = HEAD + BACK.replace("### 7.", "### 3.") + OUT
    assert "rotation-open" in [b.rule for b in plan_of(text).blockers]


@pytest.mark.parametrize("step", [4, 5])
def test_m15_a_step_that_changes_servers_is_not_skipped_alone(step: int) -> None:
    request = f"based on x.md template\nbut change:\n- skip step {step}"
    assert rules_of(request=request) == [("jump-across-rotation", 3)]


def test_m15_a_skip_condition_does_not_cross_the_rotations_border_either() -> None:
    text = RELEASE.replace(OUT, OUT + "\n**Skip conditions**:\n- Parameter `skip_tests` is true\n")
    assert rules_of(text, skip_tests=True) == [("jump-across-rotation", line_of(text, "### 4."))]
    assert rules_of(text, skip_tests=False) == []


def test_m15_the_whole_rotation_may_be_skipped() -> None:
    plan = plan_of(environment="production", request="based on x.md template but change: skip steps 4 to 7")
    assert {s.zone for s in plan.program} == {"before", "criteria", "reporting"}
    assert [g.mode for g in plan.gates] == ["required"]


def test_m15_skipping_other_steps_needs_nobody() -> None:
    plan = plan_of(request="based on x.md template but change: skip step 1")
    assert plan.gates == ()
    assert plan.blockers == ()


def test_a_decision_without_otherwise_may_hold_none_of_its_branches() -> None:
    """“If somebody is missing, call 112” is no gate that only yes can pass."""
    text = "# Drill\n\n## 1. Count\n\n- Count the people\n\n**Decision logic**:\n\nIf somebody is missing, call 112.\n"
    document = read(source_of(text)).document
    assert document is not None
    plan = make_plan([document], {}, Site.embedded(), manual=True)
    (gate,) = [gate for gate in plan.gates if gate.kind == "choice"]
    assert [choice.text for choice in gate.choices] == ["somebody is missing → call 112.", "none of these"]
    assert [choice.skips for choice in gate.choices] == [(), ()]
