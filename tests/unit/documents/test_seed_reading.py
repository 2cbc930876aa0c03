"""The template that the project was built for, read whole: structure, places, and nothing left over."""

from __future__ import annotations

from pathlib import Path

from rollbook.documents import load, read
from rollbook.model.conditions import Compare, Name, Quantity, Says, TypedLiteral
from rollbook.model.workflow import Workflow
from rollbook.values import At


def test_it_has_no_problem_and_nothing_is_left_unread(seed_w: Path) -> None:
    reading = read(load(seed_w))
    assert (reading.kind, reading.problems) == ("template", ())
    assert isinstance(reading.document, Workflow)
    assert reading.document.unread == ()


def test_parameters_have_types_and_lines(seed_w_model: Workflow) -> None:
    found = [(p.name, p.type, p.required, p.at.line) for p in seed_w_model.parameters]
    assert found == [
        ("environment", "string", True, 17),
        ("servers", "array", True, 23),
        ("version", "string", True, 29),
        ("skip_tests", "boolean", False, 35),
    ]
    assert seed_w_model.parameters[0].enum == ("development", "staging", "production")
    assert seed_w_model.parameters[1].example == ["server1", "server2", "server3"]
    assert (seed_w_model.parameters[3].default, seed_w_model.parameters[3].has_default) == (False, True)


def test_steps_have_kinds_and_items(seed_w_model: Workflow) -> None:
    found = [(s.number, s.kind, [len(g.items) for g in s.groups], len(s.success)) for s in seed_w_model.steps]
    assert found == [
        (1, "action", [4], 2),
        (2, "action", [3], 2),
        (3, "action", [4], 3),
        (4, "condition", [], 0),
        (5, "approval", [], 0),
        (6, "parallel", [3], 2),
        (7, "parallel", [4], 2),
        (8, "action", [4], 3),
        (9, "action", [3], 2),
        (10, "action", [3], 0),
    ]
    assert [s.groups[0].loop for s in seed_w_model.steps if s.kind == "parallel"] == ["server", "server"]
    assert len(seed_w_model.steps[9].notices) == 5


def test_every_node_knows_its_line_and_column(seed_w: Path, seed_w_model: Workflow) -> None:
    lines = seed_w.read_text(encoding="utf-8").split("\n")
    items = [item for step in seed_w_model.steps for group in step.groups for item in group.items]
    texts = [(item.text, item.at) for item in items]
    texts += [(c.text, c.at) for step in seed_w_model.steps for c in (*step.success, *step.skip)]
    texts += [
        (c.text, c.at) for c in seed_w_model.criteria if not lines[c.at.line - 1][c.at.column - 1 :].startswith("✅")
    ]
    for text, at in texts:
        assert lines[at.line - 1][at.column - 1 :].startswith(text), (text, at)


def test_a_drain_limit_is_a_typed_literal(seed_w_model: Workflow) -> None:
    item = seed_w_model.steps[5].groups[0].items[1]
    assert item.phrase == "等待现有请求完成(最多{})"
    assert item.literals == (TypedLiteral("duration", 30.0, "30秒"),)
    assert item.at == At(120, 3)


def test_conditions_are_trees(seed_w_model: Workflow) -> None:
    tests, health = seed_w_model.steps[1], seed_w_model.steps[7]
    assert tests.success[0].expr == Compare(
        Quantity("测试通过率", "测试通过率"), ">=", TypedLiteral("percent", 0.95, "95%")
    )
    assert isinstance(tests.success[1].expr, Says)
    assert tests.skip[0].expr == Compare(Name("skip_tests"), "==", TypedLiteral("boolean", True, "true"))
    assert health.success[1].expr == Compare(
        Quantity("响应时间", "响应时间"), "<", TypedLiteral("duration", 0.5, "500ms")
    )


def test_the_decision_has_three_branches_with_their_effects(seed_w_model: Workflow) -> None:
    decision = seed_w_model.steps[3].decision
    assert decision is not None
    found = [[(e.kind, e.value) for e in branch.effects] for branch in decision.branches]
    assert found == [
        [("approval", "required"), ("goto", 5), ("set", True)],
        [("approval", "optional"), ("log", "检查是否有待处理的审批请求"), ("set", "optional")],
        [("approval", "none"), ("skip", 5), ("goto", 6), ("set", False)],
    ]
    assert [branch.condition is None for branch in decision.branches] == [False, False, True]


def test_the_approval_names_roles_by_environment(seed_w_model: Workflow) -> None:
    approval = seed_w_model.steps[4].approval
    assert approval is not None
    assert (approval.timeout_s, approval.need, approval.channels) == (86400.0, "any", ("邮件", "Slack"))
    found = [(a.environment, len(a.roles), a.joined_by) for a in approval.approvers]
    assert found == [("production", 2, "and"), ("staging", 1, "")]


def test_rollback_ranges_criteria_examples_and_metrics_are_read(seed_w_model: Workflow) -> None:
    ranges = [(r.first, r.last, r.action) for r in seed_w_model.rollback]
    assert ranges == [(0, 5, "stop"), (6, 7, "restore"), (8, 9, "switch_back")]
    assert len(seed_w_model.criteria) == 5
    assert [len(e.text.split("\n")) for e in seed_w_model.examples] == [5, 6, 4]
    assert [m.name for m in seed_w_model.metrics] == [
        "deployment.duration",
        "deployment.success_rate",
        "deployment.rollback_count",
        "health_check.response_time",
        "service.error_rate",
    ]


def test_m03_metadata_scalars_stay_text(seed_w_model: Workflow) -> None:
    assert seed_w_model.metadata["version"] == "1.0.0"
    assert seed_w_model.metadata["created_at"] == "2024-01-15"


def test_m07_a_leading_check_mark_is_a_bullet(seed_w_model: Workflow) -> None:
    assert not any("✅" in criterion.text for criterion in seed_w_model.criteria)
