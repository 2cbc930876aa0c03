"""Rollback ranges and approvals in the many ways people write them."""

from __future__ import annotations

import pytest

from rollbook.documents import read
from rollbook.documents.approvals import split_names
from rollbook.documents.rollback import LAST, action_of
from rollbook.model.workflow import Approval, RollbackRange
from shapes import source_of

STEPS = "# T\n\n## Steps\n\n" + "".join(f"### {n}. Step {chr(64 + n)}x [action]\n- x\n\n" for n in range(1, 10))


def ranges_of(body: str) -> list[tuple[int, int, str]]:
    reading = read(source_of(STEPS + "## Rollback\n\n" + body))
    assert reading.problems == ()
    found: tuple[RollbackRange, ...] = reading.document.rollback
    return [(entry.first, entry.last, entry.action) for entry in found]


@pytest.mark.parametrize(
    ("where", "first", "last"),
    [
        ("如果在步骤6之前失败", 0, 5),
        ("步骤6前失败", 0, 5),
        ("第六步之前", 0, 5),
        ("before step 6", 0, 5),
        ("if it fails prior to step 6", 0, 5),
        ("步骤6及之前", 0, 6),
        ("up to step 6", 0, 6),
        ("步骤6-7失败", 6, 7),
        ("步骤 6 – 7", 6, 7),
        ("步骤6～7", 6, 7),
        ("步骤6至步骤7", 6, 7),
        ("第6步到第7步", 6, 7),
        ("步骤6和7", 6, 7),
        ("steps 6-7", 6, 7),
        ("steps 6 to 7", 6, 7),
        ("between steps 6 and 7", 6, 7),
        ("if step 6 or 7 fails", 6, 7),
        ("step 8 or later", 8, LAST),
        ("from step 8 on", 8, LAST),
        ("步骤8及之后", 8, LAST),
        ("步骤8之后", 9, LAST),
        ("after step 8", 9, LAST),
        ("步骤8", 8, 8),
        ("step 8 fails", 8, 8),
        ("any step", 0, LAST),
        ("任何步骤失败", 0, LAST),
        ("Step Bx fails", 2, 2),
    ],
)
def test_a_range_of_steps(where: str, first: int, last: int) -> None:
    assert ranges_of(f"1. {where} → 恢复旧版本\n") == [(first, last, "restore")]


def test_two_steps_apart_are_two_ranges() -> None:
    assert [entry[:2] for entry in ranges_of("- step 2 or 5 → restore\n")] == [(2, 2), (5, 5)]


def test_otherwise_is_what_the_lines_before_leave_open() -> None:
    found = ranges_of("- before step 3 → abort\n- steps 5-6 → restore\n- otherwise → switch back\n")
    assert found == [(0, 2, "stop"), (5, 6, "restore"), (3, 4, "switch_back"), (7, LAST, "switch_back")]


def test_a_table_holds_ranges_too() -> None:
    body = "| 失败步骤 | 说明 | 处理方式 |\n|--|--|--|\n| 步骤6之前 | x | 直接终止 |\n| 步骤6-9 | y | 恢复旧版本 |\n"
    assert ranges_of(body) == [(0, 5, "stop"), (6, 9, "restore")]


def test_lines_that_lead_to_the_list_are_no_ranges() -> None:
    assert ranges_of("当任何步骤失败时:\n1. 步骤1-9 → 恢复\n") == [(1, 9, "restore")]


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("直接终止，无需回滚", "stop"),
        ("abort, no rollback needed", "stop"),
        ("nothing to undo", "stop"),
        ("恢复旧版本服务", "restore"),
        ("roll back to the previous version", "restore"),
        ("stop the new version and restore the old one", "restore"),
        ("切换回旧版本，保持服务可用", "switch_back"),
        ("restore the old version without downtime", "switch_back"),
        ("给机房打电话", "manual"),
        ("call the vendor", "manual"),
    ],
)
def test_an_action_is_known_by_its_words(text: str, action: str) -> None:
    assert action_of(text) == action


@pytest.mark.parametrize(
    ("text", "names", "joined"),
    [
        ("技术负责人 + 运维负责人", ("技术负责人", "运维负责人"), "and"),
        ("技术负责人和运维负责人", ("技术负责人", "运维负责人"), "and"),
        ("tech lead and ops lead", ("tech lead", "ops lead"), "and"),
        ("技术负责人或运维负责人", ("技术负责人", "运维负责人"), "or"),
        ("tech lead / ops lead", ("tech lead", "ops lead"), "or"),
        ("技术负责人、运维负责人", ("技术负责人", "运维负责人"), ""),
        ("tech lead, ops lead", ("tech lead", "ops lead"), ""),
        ("技术负责人", ("技术负责人",), ""),
        ("Android lead", ("Android lead",), ""),
    ],
)
def test_roles_are_joined_in_many_ways(text: str, names: tuple[str, ...], joined: str) -> None:
    assert split_names(text) == (names, joined)


def approval_of(body: str) -> Approval:
    reading = read(source_of(f"# T\n\n## Steps\n\n### 1. A [approval]\n\n{body}"))
    assert reading.problems == ()
    approval = reading.document.steps[0].approval
    assert approval is not None
    return approval


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("至少一人批准", "any"),
        ("任意一人", "any"),
        ("at least one approver", "any"),
        ("any", "any"),
        ("全部批准", "all"),
        ("会签", "all"),
        ("everyone", "all"),
        ("至少两人批准", 2),
        ("至少 3 人", 3),
        ("two approvers", 2),
        ("at least 2 people", 2),
    ],
)
def test_how_many_must_approve(text: str, need: object) -> None:
    assert approval_of(f"**Configuration**:\n- Approval mode: {text}\n").need == need


def test_approvers_may_stand_in_bullets_below_an_environment() -> None:
    approval = approval_of("**Approvers**:\n- production:\n  - tech lead\n  - ops lead\n- staging: tech lead\n")
    found = [(a.environment, a.roles, a.joined_by) for a in approval.approvers]
    assert found == [("production", ("tech lead", "ops lead"), ""), ("staging", ("tech lead",), "")]


def test_approvers_may_be_for_any_environment() -> None:
    assert [(a.environment, a.roles) for a in approval_of("**审批人**: 张三 + 李四\n").approvers] == [
        ("", ("张三", "李四"))
    ]
    assert [(a.environment, a.roles) for a in approval_of("**审批人**:\n- 张三\n- 李四\n").approvers] == [
        ("", ("张三", "李四"))
    ]
    assert [(a.environment, a.roles) for a in approval_of("**审批人**:\n- 所有环境: 张三\n").approvers] == [
        ("", ("张三",))
    ]


def test_further_configuration_is_kept_as_written() -> None:
    assert approval_of("**配置**:\n- 审批超时: 2小时\n- 升级: 总监\n").settings == (("升级", "总监"),)
