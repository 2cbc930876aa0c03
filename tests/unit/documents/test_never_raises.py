"""Reading never raises: whatever a text holds comes back as a model and problems with places in the document."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollbook.documents import Reading, read
from rollbook.documents.conditions import read_condition
from rollbook.documents.printing import print_workflow
from rollbook.model.literals import find_literals, normalised
from rollbook.model.phrases import phrase_of, plain_text
from rollbook.model.workflow import Workflow
from shapes import source_of, unplaced, without

pytestmark = pytest.mark.slow

SCRAPS = st.sampled_from(
    [
        "# T",
        "## 参数定义",
        "## Parameters",
        "## 工作流步骤",
        "## Steps",
        "### 1. A [action]",
        "### 2. B [condition]",
        "### 步骤3：C（审批）",
        "### 4. D [parallel]",
        "### x [banana]",
        "**描述**: a",
        "**执行内容**:",
        "**Actions**:",
        "**成功条件**:",
        "**Skip conditions**:",
        "**判断逻辑**:",
        "**审批人员**:",
        "**配置**:",
        "**未知**:",
        "对每个 server 执行:",
        "- a",
        "  - b",
        "    - c",
        "1. d",
        "2、e",
        "- [ ] f",
        "- [x] `g`",
        "- production: A + B",
        "- 审批超时: 24小时",
        "- 审批方式: 至少一人批准",
        "- 错误率 < 1%",
        "- a < b <",
        "- ✅ ok",
        "```",
        "```yaml",
        "```bash",
        "~~~",
        "if x == 1:",
        "    需要审批 → 进入步骤5",
        "elif y:",
        "else:",
        "    go to step 1, skip step 9",
        "    set variables.x = ${y}",
        "parameters:",
        "  environment:",
        "    type: string",
        "    type: [",
        "    enum: [a, 1, true]",
        "    default: &a 1",
        "    min: x",
        "  environment: *a",
        "  - !!python/name:os.system",
        "template_id: x",
        "---",
        "===",
        "> quote",
        "| a | b |",
        "|---|---|",
        "| 1 | 2 |",
        "<!-- c -->",
        "<details>",
        "## 回滚策略",
        "1. 步骤6之前 → 终止",
        "- step 6-7 → restore",
        "- otherwise → abort",
        "- 月圆 → 恢复",
        "## 成功标准",
        "## 使用示例",
        "### 例一",
        "## 监控指标",
        "- `a.b`: c",
        "",
        "",
        "\t- t",
        "\t\tcode",
        "# ",
        "#",
        "**",
        "`",
        "：",
        "－",
        "［",
        "\ufeff",
        "\u2028",
        "a\x0bb",
        "[x]: y",
        "\\*a\\*",
        "- - - x",
        "* * *",
    ]
)
NOISE = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)
TEXTS = st.lists(st.one_of(SCRAPS, SCRAPS, SCRAPS, NOISE), max_size=40).map("\n".join)
MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read_safely(text: str) -> Reading:
    reading = read(source_of(text))
    last = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    assert reading.document is not None
    for problem in reading.problems:
        assert 0 <= problem.at.line <= last, problem
        assert problem.at.column >= (1 if problem.at.line else 0), problem
        assert all((*problem.summary, *problem.hint)), problem
    return reading


@MANY
@given(TEXTS)
def test_any_text_reads_to_a_document_and_problems(text: str) -> None:
    read_safely(text)


@MANY
@given(st.data())
def test_any_damage_to_the_seed_reads_too(seed_w: Path, data: st.DataObject) -> None:
    lines = seed_w.read_text(encoding="utf-8").split("\n")
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at : at + data.draw(st.integers(0, 3))] = [data.draw(st.one_of(SCRAPS, NOISE))]
    read_safely("\n".join(lines))


@MANY
@given(TEXTS)
def test_what_is_printed_reads_to_what_was_printed(text: str) -> None:
    reading = read(source_of(text))
    if not isinstance(reading.document, Workflow) or any(p.severity == "error" for p in reading.problems):
        return
    first = read(source_of(print_workflow(reading.document))).document
    assert isinstance(first, Workflow)
    second = read(source_of(print_workflow(first))).document
    assert without(unplaced(first), ("unread",)) == without(unplaced(second), ("unread",))


@MANY
@given(
    st.one_of(
        NOISE,
        st.lists(
            st.sampled_from(["a", " < ", "1%", " 且 ", " or ", "(", ")", "不", "为", "`x`", '"', "5分钟", " not "]),
            max_size=12,
        ).map("".join),
    )
)
def test_any_line_is_a_condition_a_phrase_and_literals(text: str) -> None:
    condition = read_condition(text)
    assert condition.text == text
    phrase, literals = phrase_of(text)
    assert phrase.count("{}") >= len(literals)
    found = find_literals(normalised(text))
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert plain_text(plain_text(text)) == plain_text(text)
