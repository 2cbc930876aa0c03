"""Steps: headings, items, groups and decisions in the ways people write them."""

from __future__ import annotations

import pytest

from rollbook.documents import read
from rollbook.documents.steps import step_heading
from rollbook.model.workflow import Step
from shapes import source_of


def step_of(body: str, kind: str = "action") -> Step:
    reading = read(
        source_of(
            f"# T\n\n## Steps\n\n### 1. A [{kind}]\n\n{body}\n\n### 2. B [action]\n- x\n\n### 3. C [action]\n- y\n"
        )
    )
    assert reading.problems == ()
    return reading.document.steps[0]


@pytest.mark.parametrize(
    ("text", "number", "title", "kind"),
    [
        ("1. Build [action]", 1, "Build", "action"),
        ("步骤1：代码检查（动作）", 1, "代码检查", "action"),
        ("步骤 12 - 部署 【并行】", 12, "部署", "parallel"),
        ("第三步 等待审批 [审批]", 3, "等待审批", "approval"),
        ("Step 4: Decide [condition]", 4, "Decide", "condition"),
        ("Step 5 Wait [approval]", 5, "Wait", "approval"),
        ("[action] Build", None, "Build", "action"),
        ("6) Build `[action]`", 6, "Build", "action"),
        ("**7. Build** [Action]", 7, "Build", "action"),
        ("8. Deploy (blue/green) [parallel]", 8, "Deploy (blue/green)", "parallel"),
        ("3.1 环境列表", None, "3.1 环境列表", ""),
        ("2024 review", None, "2024 review", ""),
        ("2 检查 [动作]", 2, "检查", "action"),
        ("Notes", None, "Notes", ""),
        ("9. X [banana]", 9, "X", "banana"),
    ],
)
def test_a_heading_is_taken_apart(text: str, number: int | None, title: str, kind: str) -> None:
    found = step_heading(text)
    assert (found.number, found.title, found.kind) == (number, title, kind)


def test_a_step_without_a_number_follows_the_one_before() -> None:
    document = read(source_of("# T\n## Steps\n### 4. A [action]\n- x\n### B [action]\n- y\n")).document
    assert [(s.number, s.title) for s in document.steps] == [(4, "A"), (5, "B")]


def test_a_kind_may_be_a_label_or_follow_from_the_step() -> None:
    text = (
        "# T\n## 参数\n```yaml\nparameters:\n  a:\n    type: string\n```\n## 步骤\n"
        '### 1. A\n**类型**: parallel\n**任务**:\n- x\n### 2. B\n**判断逻辑**:\n- 如果 a == "x": 进入步骤3\n'
        "### 3. C\n**审批人**: 张三\n### 4. D\n- y\n"
    )
    assert [s.kind for s in read(source_of(text)).document.steps] == ["parallel", "condition", "approval", "action"]


def test_nested_items_are_children() -> None:
    item = step_of("**Actions**:\n- a\n  - b\n    - c\n- d").groups[0].items[0]
    assert [child.text for child in item.children] == ["b"]
    assert [child.text for child in item.children[0].children] == ["c"]


def test_code_is_bound_only_when_it_is_the_whole_item() -> None:
    items = step_of("**Actions**:\n- `make all`\n- run `make all`\n- [ ] `make check`\n").groups[0].items
    assert [item.code for item in items] == ["make all", "", "make check"]


def test_a_block_of_commands_is_an_item() -> None:
    items = step_of("**Actions**:\n\n```bash\n# first\nmake all\n```\n\n- then look\n").groups[0].items
    assert [(item.text, item.code_language) for item in items] == [("make all", "bash"), ("then look", "")]


@pytest.mark.parametrize(
    "line",
    [
        "对每个 server 执行:",
        "对每个server执行：",
        "针对每台 server:",
        "For each server:",
        "on every `server` :",
        "For each server do:",
    ],
)
def test_a_loop_may_be_opened_in_many_ways(line: str) -> None:
    groups = step_of(f"**Parallel tasks**:\n\n{line}\n- a\n- b\n", "parallel").groups
    assert [(group.loop, len(group.items)) for group in groups] == [("server", 2)]


def test_bullets_of_a_parallel_step_run_side_by_side() -> None:
    groups = step_of("**Parallel tasks**:\n- a\n- b\n", "parallel").groups
    assert [[item.text for item in group.items] for group in groups] == [["a"], ["b"]]


@pytest.mark.parametrize(
    "body",
    [
        "**Parallel tasks**:\n- left\n  - a\n  - b\n- right\n  - c\n",
        "**Parallel tasks**:\n- left:\n  - a\n  - b\n- right:\n  - c\n",
        "**Parallel tasks**:\n\nleft:\n- a\n- b\n\nright:\n- c\n",
        "**Parallel tasks**:\n\n**left**:\n- a\n- b\n\n**right**:\n- c\n",
        "#### Parallel tasks\n\n##### left\n- a\n- b\n\n##### right\n- c\n",
    ],
)
def test_groups_of_a_parallel_step_have_names(body: str) -> None:
    groups = step_of(body, "parallel").groups
    assert [(g.name, [item.text for item in g.items]) for g in groups] == [("left", ["a", "b"]), ("right", ["c"])]


@pytest.mark.parametrize(
    "body",
    [
        "```\nif x == 'a':\n    approval required → go to step 2\nelse:\n    no approval needed, skip step 2\n```",
        "if x == 'a': approval required -> go to step 2\nelse: no approval needed; skip step 2",
        "- if x == 'a':\n  - approval required\n  - go to step 2\n- else:\n  - no approval needed\n  - skip step 2",
        "```\n如果 x == 'a'：\n    需要审批 → 进入步骤2\n否则：\n    无需审批，跳过步骤2\n```",
        "- 若 x == 'a' 则需要审批，进入步骤2\n- 否则无需审批，跳过步骤2",
        "- 当 x == 'a' 时：需要审批，然后跳转到步骤 2\n- 其他情况：免审批，直接跳过步骤2",
    ],
)
def test_a_decision_may_be_written_in_many_ways(body: str) -> None:
    decision = step_of(f"**Decision logic**:\n\n{body}\n", "condition").decision
    assert decision is not None
    found = [(branch.condition is None, [(e.kind, e.value) for e in branch.effects]) for branch in decision.branches]
    assert found == [
        (False, [("approval", "required"), ("goto", 2)]),
        (True, [("approval", "none"), ("skip", 2)]),
    ]
    assert decision.branches[0].condition is not None
    assert decision.branches[0].condition.text == "x == 'a'"


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("设置 variables.x = true", "variables.x", True),
        ("set variables.x = optional", "variables.x", "optional"),
        ("set variables.x to 3", "variables.x", 3),
        ("将 variables.x 设为 'true'", "variables.x", "true"),
        ("variables.x = 0.5", "variables.x", 0.5),
    ],
)
def test_a_branch_may_set_variables(text: str, name: str, value: object) -> None:
    decision = step_of(f"**Decision logic**:\n- if x == 'a': {text}\n", "condition").decision
    assert decision is not None
    effect = decision.branches[0].effects[0]
    assert (effect.kind, effect.name, effect.value) == ("set", name, value)
    assert type(effect.value) is type(value)


def test_free_text_of_a_branch_is_logged_whole() -> None:
    decision = step_of("**Decision logic**:\n- if x == 'a': tell Ann, then Bob → wait\n", "condition").decision
    assert decision is not None
    assert [(e.kind, e.value) for e in decision.branches[0].effects] == [("log", "tell Ann, then Bob → wait")]


def test_a_timeout_and_other_labels_are_kept() -> None:
    step = step_of("**超时**: 15分钟\n**重试**: 3次\n**执行内容**:\n- a\n")
    assert step.timeout_s == 900
    assert step.settings == (("重试", "3次"),)


def test_labels_right_below_a_list_stand_on_their_own() -> None:
    step = step_of(
        "**Actions**:\n- a\n- b\nOwner: docs team\n- c\n**Success conditions**:\n- d\nSkip if: `x` is true\n"
    )
    assert [item.text for item in step.groups[0].items] == ["a", "b", "c"]
    assert step.settings == (("Owner", "docs team"),)
    assert [condition.text for condition in step.success] == ["d"]
    assert [condition.text for condition in step.skip] == ["`x` is true"]


def test_many_labels_without_blank_lines_are_read_without_recursion() -> None:
    body = "**Actions**:\n" + "- a\nOwner: x\n" * 3000 + "".join(f"【备注】\n{n}、b\n" for n in range(3000))
    reading = read(source_of(f"# T\n\n## Steps\n\n### 1. A [action]\n\n{body}"))
    assert len(reading.document.steps[0].groups[0].items) == 3000
