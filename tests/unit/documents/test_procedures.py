"""Any other Markdown is a procedure: SOPs, runbooks and checklists of any house, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.documents import read
from rollbook.model.workflow import Procedure, Step
from shapes import source_of


def steps_of(text: str) -> tuple[Step, ...]:
    document = read(source_of(text)).document
    assert isinstance(document, Procedure)
    return document.steps


def texts(step: Step) -> list[str]:
    return [item.text for group in step.groups for item in group.items]


@pytest.mark.parametrize("name", ["incident.zh.md", "sop-restart.en.md", "checklist.zh.md"])
def test_our_procedures_read_without_problems(examples: Path, name: str) -> None:
    reading = read(source_of((examples / name).read_text(encoding="utf-8")))
    assert (reading.kind, reading.problems) == ("procedure", ())


def test_headings_are_stages_and_numbers_may_restart() -> None:
    steps = steps_of("# T\n## A\n1. a\n2. b\n## B\n1. c\n")
    assert [(s.number, s.title, texts(s)) for s in steps] == [(1, "A", ["a", "b"]), (2, "B", ["c"])]


def test_task_lists_keep_what_is_ticked() -> None:
    items = steps_of("# T\n- [ ] a\n- [x] b\n- c\n")[0].groups[0].items
    assert [item.checkbox for item in items] == [False, True, None]


def test_commands_are_items_and_drawings_are_not() -> None:
    text = "# T\n## A\n```bash\n# look\nuptime\n```\n```\n┌─┐\n└─┘\n```\n```json\n{}\n```\n```sh\n# a comment\n```\n"
    step = steps_of(text)[0]
    assert [(i.text, i.code_language) for g in step.groups for i in g.items] == [("uptime", "bash")]


def test_a_command_below_a_numbered_step_belongs_to_it() -> None:
    item = steps_of("# T\n1. do it:\n\n   ```sh\n   true\n   ```\n2. done\n")[0].groups[0].items[0]
    assert [(child.code, child.code_language) for child in item.children] == [("true", "sh")]


def test_sections_that_only_inform_hold_no_items() -> None:
    steps = steps_of("# T\n## Purpose\n- why\n## 参考资料\n- 链接\n## Do\n- it\n## Scope\n1. still a step\n")
    assert [texts(step) for step in steps] == [["it"], ["still a step"]]


def test_what_is_for_the_case_of_failure_is_no_part_of_the_course() -> None:
    reading = read(source_of("# T\n## Do\n- it\n## Rollback\n1. undo it\n## 应急预案\n- 打电话\n"))
    assert isinstance(reading.document, Procedure)
    assert [step.title for step in reading.document.steps] == ["Do"]
    assert [unread.what for unread in reading.document.unread] == ["Rollback", "应急预案"]


def test_a_document_that_is_all_rollback_has_its_steps() -> None:
    assert texts(steps_of("# T\n## Rollback\n1. undo it\n")[0]) == ["undo it"]


def test_a_numbered_heading_with_prose_only_is_a_step() -> None:
    steps = steps_of("# T\n## Step 1: Look\nOpen the dashboard.\n## 步骤2：等\n等十分钟。\n## Notes\nNothing.\n")
    assert [texts(step) for step in steps] == [["Open the dashboard."], ["等十分钟。"]]


def test_rows_of_a_task_table_are_items() -> None:
    text = "# T\n| 序号 | 检查项 | 完成 |\n|--|--|--|\n| 1 | 备份 | [ ] |\n| 2 | 通知 | ✅ |\n"
    items = steps_of(text)[0].groups[0].items
    assert [(item.text, item.checkbox) for item in items] == [("备份", False), ("通知", True)]


def test_rows_of_a_table_of_symptoms_are_not() -> None:
    assert len(steps_of("# T\n- x\n\n| 症状 | 操作 |\n|--|--|\n| 慢 | 重启 |\n")[0].groups[0].items) == 1


def test_success_conditions_and_decisions_are_read_where_a_label_says_so() -> None:
    text = (
        "# T\n## 一、看\n- a\n\n**成功条件**:\n- 错误率 < 1%\n\n"
        "## 二、判断\n**判断逻辑**:\n- 如果 `x` 为 true: 进入步骤4\n## 三、做\n- b\n## 四、完\n- c\n"
    )
    steps = steps_of(text)
    assert len(steps[0].success) == 1
    assert steps[1].decision is not None
    assert steps[1].decision.branches[0].effects[0].value == 4


def test_jumps_follow_the_numbers_of_the_headings() -> None:
    text = "# T\n## 准备\n- p\n## 1. A\n**Decision logic**:\n- if `x` is true: go to step 2\n## 2. B\n- b\n"
    steps = steps_of(text)
    assert steps[1].decision is not None
    assert steps[1].decision.branches[0].effects[0].value == 3
    assert steps[2].title == "2. B"


def test_other_labels_are_kept_as_settings() -> None:
    step = steps_of("# T\n## A\n**负责人**: 张三\n\n- a\n")[0]
    assert step.settings == (("负责人", "张三"),)


def test_a_deployment_document_is_recognised_by_its_sections(seed_d: Path) -> None:
    assert read(source_of(seed_d.read_text(encoding="utf-8"))).kind == "deployment"


def test_lines_that_number_themselves_are_items_in_their_order() -> None:
    (stage,) = steps_of(
        "# 手册\n## 执行\n请两人操作。\n\n步骤 1：停止写入\n步骤２：恢复备份\n第三步：核对\n- 检查行数\n"
    )
    assert texts(stage) == ["停止写入", "恢复备份", "核对", "检查行数"]
    assert stage.description == "请两人操作。"


def test_prose_about_a_step_is_no_item() -> None:
    (stage,) = steps_of("# SOP\n## Do\nStep 2 takes an hour.\nStep 3 is optional\n\n- [ ] Begin\n")
    assert texts(stage) == ["Begin"]
