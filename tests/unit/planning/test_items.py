"""Bullets become items: arguments, scope, loops, code, children (M4, M8, M9, M11, M17, M18)."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.binding.library import Library
from rollbook.model.plan import Plan, PlanItem
from rollbook.model.site import Limits, Site
from templates import BUILD, HEAD, OUT, RELEASE, REPLACE, line_of, plan_of, problems_of, rules_of


def item(plan: Plan, text: str) -> PlanItem:
    return next(i for i in plan.items().values() if i.text.startswith(text))


def with_bullet(bullet: str) -> str:
    return RELEASE.replace("- Build the Docker image", bullet)


def test_a_literal_becomes_the_argument_of_its_brace() -> None:
    assert item(plan_of(), "Wait for in-flight").bound[0].args == {"limit": 20.0}


def test_a_literal_of_the_wrong_kind_is_an_error() -> None:
    text = RELEASE.replace("at most 20 seconds", "at most 20%")
    assert rules_of(text) == [("literal-type", line_of(text, "20%"))]


def test_m11_a_wait_without_a_limit_takes_the_sites_and_the_plan_shows_it() -> None:
    plan = plan_of(site=Site(limits=Limits(ready_limit_s=45)))
    assert item(plan, "Wait for the service").bound[0].args == {"limit": 45}
    assert any("45s" in note for note in plan.notes)


def test_a_command_counts_as_hung_only_behind_the_longest_wait_it_names() -> None:
    text = RELEASE.replace("at most 20 seconds", "at most 40 minutes")
    assert item(plan_of(text), "Wait for in-flight").limit_s > 2400


def test_a_steps_timeout_bounds_its_commands_and_other_settings_are_said_not_dropped() -> None:
    text = RELEASE.replace(
        "### 1. Build [action]\n", "### 1. Build [action]\n**Timeout**: 15 minutes\n**Colour**: blue\n\n"
    )
    plan = plan_of(text)
    assert {i.limit_s for i in plan.steps[0].items} == {900.0}
    assert any("Colour: blue" in note for note in plan.notes)


def test_m08_a_parallel_step_runs_its_items_in_order_on_each_server() -> None:
    plan = plan_of()
    stage = next(s for s in plan.program if s.step == 4 and s.kind == "work")
    assert [(lane.server, lane.items) for lane in stage.lanes] == [("desk-1", ("4.1", "4.2", "4.3"))]


def test_m08_groups_that_change_the_same_servers_do_not_run_side_by_side() -> None:
    text = RELEASE.replace("For each server:\n", "", 1)
    assert rules_of(text) == [("same-servers-side-by-side", line_of(text, "Wait for in-flight"))]


def test_m08_a_loop_over_another_array_repeats_the_items_for_each_element() -> None:
    text = (HEAD + BUILD).replace("  skip_tests:", "  regions:\n    type: array\n  skip_tests:") + (
        "\n### 2. Purge [parallel]\n**Parallel tasks**:\nFor each region:\n- `purge.sh`\n- `warm.sh`\n"
    )
    plan = plan_of(text, regions=["eu", "us; rm"])
    stage = next(s for s in plan.program if s.step == 2)
    assert [lane.items for lane in stage.lanes] == [("2.1", "2.2"), ("2.3", "2.4")]
    assert plan.items()["2.1"].code == "REGION=eu\npurge.sh"
    assert plan.items()["2.3"].code == "REGION='us; rm'\npurge.sh"


def test_a_problem_of_a_looped_bullet_is_reported_once() -> None:
    text = (HEAD + BUILD).replace("  skip_tests:", "  regions:\n    type: array\n  skip_tests:") + (
        "\n### 2. Purge [parallel]\n**Parallel tasks**:\nFor each region:\n- Ask the oracle\n"
    )
    assert rules_of(text, regions=["eu", "us"]) == [("unbound", line_of(text, "oracle"))]


def test_m08_a_loop_over_nothing_declared_is_an_error() -> None:
    text = RELEASE.replace("For each server:", "For each planet:", 1)
    assert "loop-unknown" in [rule for rule, _ in rules_of(text)]


def test_m09_a_function_of_one_server_runs_once_for_each_also_in_a_plain_step() -> None:
    plan = plan_of()
    assert item(plan, "Verify the API health endpoint").scope == "server"
    stage = next(s for s in plan.program if s.step == 6 and s.kind == "work")
    assert [lane.server for lane in stage.lanes] == ["desk-1"]


def test_m17_reporting_steps_come_last_whatever_their_place() -> None:
    text = RELEASE.replace("### 8. Tell", "### 8. Tell").replace(BUILD, "", 1).replace("## Steps\n", "## Steps\n")
    first = text.replace(
        "### 2. Who must agree", "### 1. Say [action]\n**Actions**:\n- Notify the team\n\n### 2. Who must agree"
    )
    plan = plan_of(first, environment="production")
    assert [s.step for s in plan.program][-2:] == [1, 8]
    assert {s.zone for s in plan.program if s.step in (1, 8)} == {"reporting"}


def test_m18_inline_code_binds_only_when_it_is_the_whole_item() -> None:
    whole = item(plan_of(with_bullet("- `make image`")), "`make image`")
    assert (whole.kind, whole.code, whole.effect) == ("shell", "make image", "once")
    assert [p.rule for p in problems_of(with_bullet("- Run `make image` twice"))] == ["unbound"]


def test_m04_names_inside_code_belong_to_the_shell() -> None:
    assert item(plan_of(with_bullet("- `echo ${HOME} ${version}`")), "`echo").code == "echo ${HOME} ${version}"


def test_an_unbound_bullet_names_the_nearest_phrases_and_a_function_to_paste() -> None:
    (problem,) = problems_of(with_bullet("- Built the Docker images (at most 30 minutes)"))
    assert (problem.rule, problem.at.line) == ("unbound", line_of(with_bullet("- Built the Docker images"), "Built"))
    assert "build the Docker image" in problem.hint.en
    assert "{limit}" in problem.hint.en
    assert "limit: Duration" in problem.hint.zh


def test_all_unbound_bullets_are_reported_at_once() -> None:
    text = with_bullet("- Ask the oracle").replace("- Stop the application", "- Ask it again")
    assert rules_of(text) == [("unbound", line_of(text, "oracle")), ("unbound", line_of(text, "it again"))]


def test_by_hand_unbound_bullets_are_manual_and_the_others_stay_bound() -> None:
    plan = plan_of(with_bullet("- Ask the oracle"), manual=True)
    assert item(plan, "Ask the oracle").binding == "manual"
    assert item(plan, "Push the image").binding.startswith("rollbook.steps.image:push@")


def test_an_unbound_bullet_over_others_only_names_them() -> None:
    plan = plan_of(with_bullet("- The image:\n  - Build the Docker image\n  - `sign.sh`"))
    assert [i.text for i in plan.steps[0].items][:2] == ["Build the Docker image", "`sign.sh`"]


def test_steps_that_act_on_servers_need_some() -> None:
    text = (HEAD + OUT + REPLACE).replace("  servers:\n    type: array\n    required: true\n", "")
    text = text.replace("For each server:", "One by one:")
    assert "no-servers" in _rules_without_servers(text)


def _rules_without_servers(text: str) -> list[str]:
    from rollbook.model.site import Site as AnySite
    from rollbook.planning.plan import make_plan
    from rollbook.problems import ProblemsFound
    from templates import read_template

    with pytest.raises(ProblemsFound) as found:
        make_plan([read_template(text)], {"environment": "staging", "version": "v1"}, AnySite.embedded())
    return [p.rule for p in found.value.problems]


@pytest.mark.parametrize("kind", ["loop", "subprocess"])
def test_loops_and_subprocesses_are_recognised_and_refused(kind: str) -> None:
    text = RELEASE.replace("### 1. Build [action]", f"### 1. Build [{kind}]")
    assert "unsupported-step-kind" in [p.rule for p in problems_of(text)]


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("colour: str", ["step-signature"]),
        ("colour: str | None", ["step-signature"]),
        ("colour: str = 'red'", []),
        ("*, colour: str = 'red'", []),
        ("version: str", []),
    ],
)
def test_an_argument_that_nothing_gives_is_an_error_before_the_run(
    tmp_path: Path, argument: str, expected: list[str]
) -> None:
    head = "from rollbook.binding.markers import pure, step\n"
    body = f'@step("Build the Docker image", effect=pure)\nasync def build({argument}) -> None: ...\n'
    (tmp_path / "rollbook_steps.py").write_text(head + body, encoding="utf-8")
    library = Library.built_in().with_project(tmp_path)
    assert [problem.rule for problem in problems_of(library=library)] == expected
