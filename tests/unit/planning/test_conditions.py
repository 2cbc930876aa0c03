"""What judges: bindings, limits, samples and where they look (M6, M9, M13, M36)."""

from __future__ import annotations

import pytest

from rollbook.model.plan import Plan, PlanItem
from rollbook.model.site import Limits, Site
from templates import JUDGE, RELEASE, line_of, plan_of, problems_of, rules_of


def check(plan: Plan, item_id: str) -> PlanItem:
    return plan.items()[item_id]


def judged(condition: str) -> str:
    """The release with one condition in its judging step."""
    return RELEASE.replace("- Response time < 300ms", f"- {condition}")


def test_m13_conditions_look_at_probes_until_servers_return_and_at_traffic_then() -> None:
    plan = plan_of()
    assert check(plan, "6.?2").bound[0].judges == "probe"
    assert check(plan, "7.?1").bound[0].judges == "traffic"
    assert check(plan, "criteria.2").bound[0].judges == "traffic"


def test_m13_samples_and_expected_times_are_stated() -> None:
    site = Site(limits=Limits(probe_samples=200, traffic_samples=900, probe_rate=50, traffic_rate=90))
    probe, traffic = (check(plan_of(site=site), i).bound[0] for i in ("6.?2", "7.?1"))
    assert (probe.samples, probe.expected_s) == (200, 4.0)
    assert (traffic.samples, traffic.expected_s) == (900, 30.0)


def test_m06_a_condition_without_a_number_takes_the_tightest_limit_and_the_plan_names_it() -> None:
    plan = plan_of()
    limit = check(plan, "criteria.2").bound[0].limit
    assert limit is not None
    assert (limit.op, limit.value) == ("<", 0.01)
    assert limit.source == f"release.md:{line_of(RELEASE, 'Error rate < 1%')}"
    assert any("Error rate < 1%" in n or "< 1% (release.md" in n for n in plan.notes)


def test_m06_a_condition_without_a_number_and_no_limit_anywhere_is_an_error() -> None:
    text = judged("Coverage is below the threshold").replace("Coverage", "Test coverage")
    assert rules_of(text) == [("limit-unnamed", line_of(text, "Test coverage"))]


def test_m06_a_bare_response_time_is_the_measure_of_its_p95() -> None:
    assert check(plan_of(), "6.?1").bound[0].binding.startswith("rollbook.steps.figures:response_time@")


def test_a_limit_may_be_a_parameter() -> None:
    text = judged("Response time < ${slow}").replace("  skip_tests:", "  slow:\n    type: string\n  skip_tests:")
    limit = check(plan_of(text, slow="250ms"), "6.?1").bound[0].limit
    assert limit is not None
    assert limit.value == 0.25


@pytest.mark.parametrize("condition", ["Response time < 5%", "Response time < 500", "Error rate < 2s"])
def test_m36_a_limit_of_another_kind_than_the_measure_is_an_error(condition: str) -> None:
    assert rules_of(judged(condition)) == [("literal-type", line_of(judged(condition), condition))]


def test_m36_real_traffic_cannot_be_judged_while_servers_are_out() -> None:
    text = judged("All servers receive traffic normally")
    assert rules_of(text) == [("measure-where", line_of(text, "receive traffic"))]


def test_m09_a_rotations_condition_about_all_servers_is_judged_again_on_all() -> None:
    plan = plan_of()
    again = [s for s in plan.program if s.id.startswith("all.")]
    assert [(s.step, s.servers) for s in again] == [(5, ("desk-1", "desk-2", "desk-3"))]
    per_wave = [s.servers for s in plan.program if s.kind == "judge" and s.step == 5 and s.wave]
    assert per_wave == [("desk-1",), ("desk-2",), ("desk-3",)]


def test_an_unbound_condition_is_an_error_with_a_check_to_paste() -> None:
    (problem,) = problems_of(judged("The queue is drained"))
    assert problem.rule == "unbound"
    assert '@check("The queue is drained")' in problem.hint.en
    assert "-> Verdict" in problem.hint.zh


def test_an_unbound_condition_is_a_persons_to_judge_when_asked_for() -> None:
    item = check(plan_of(judged("The queue is drained"), manual=True), "6.?1")
    assert (item.kind, item.binding) == ("manual", "manual")


def test_a_condition_on_a_parameter_is_settled_in_the_plan() -> None:
    text = judged("`skip_tests` is false")
    assert "skip_tests" not in repr(check(plan_of(text), "6.?1").expr)


def test_m04_a_condition_on_an_unknown_name_is_an_error() -> None:
    text = judged("`skip_testz` is false")
    assert ("unknown-name", line_of(text, "skip_testz")) in rules_of(text)


def test_two_measures_against_each_other_are_a_persons_to_judge() -> None:
    text = judged("Error rate < response time")
    assert check(plan_of(text), "6.?1").kind == "manual"


def test_judging_steps_without_conditions_make_no_stage() -> None:
    text = RELEASE.replace(JUDGE, JUDGE[: JUDGE.index("**Success")])
    assert not any(s.kind == "judge" and s.step == 6 for s in plan_of(text).program)
