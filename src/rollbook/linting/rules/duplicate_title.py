"""duplicate-title: two steps with one title."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Step
from rollbook.problems import Related
from rollbook.values import Words

PAGE = Page(
    summary=Words("Two steps have the same title.", "两个步骤的标题相同。"),
    why=Words(
        "Messages, reports and people speak of steps by their titles. With two of one title nobody knows which one "
        "failed "
        "without looking up the number.",
        "消息、报告和人都用标题称呼步骤。两个步骤同名时，不查编号就不知道是哪一个失败了。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Verify [action]
**Actions**:
- run pytest

### 2. Verify [action]
**Actions**:
- verify the API health endpoint
""",
        """\
# 发布
## 工作流步骤
### 1. 验证 [action]
**执行内容**:
- 执行 pytest

### 2. 验证 [action]
**执行内容**:
- 验证 API 健康端点
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Test [action]
**Actions**:
- run pytest

### 2. Verify the service [action]
**Actions**:
- verify the API health endpoint
""",
        """\
# 发布
## 工作流步骤
### 1. 单元测试 [action]
**执行内容**:
- 执行 pytest

### 2. 验证服务 [action]
**执行内容**:
- 验证 API 健康端点
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Every step whose title an earlier step of the template has."""
    seen: dict[str, Step] = {}
    for step in context.workflow.steps if context.workflow else ():
        first = seen.setdefault(step.title.strip().casefold(), step)
        if first is not step and step.title.strip():
            yield Finding(
                step.at,
                Words(
                    f"steps {first.number} and {step.number} are both called “{step.title}”",
                    f"步骤 {first.number} 和 {step.number} 都叫“{step.title}”",
                ),
                Words("give each a title of its own", "给它们各起一个标题"),
                (Related(first.at, Words("the first one", "第一个")),),
            )


RULE = Rule("duplicate-title", "RB217", "note", PAGE, check)
