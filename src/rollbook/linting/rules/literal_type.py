"""literal-type: a value in a bullet is of another kind than the bound step function takes."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.binding.library import Found
from rollbook.binding.matching import match, misfits
from rollbook.linting.context import Context, items_of
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Item
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A value in a bullet is of another kind than the bound step function takes.",
        "条目中的值与所绑定的步骤函数需要的类型不同。",
    ),
    why=Words(
        "The braces of a phrase become arguments by their annotation: `limit: Duration` takes `30 seconds`, not `30%`. "
        "The bullet binds, so that it looks right, and is refused when a plan is made.",
        "短语中的花括号按注解成为参数：`limit: Duration` 接受“30秒”，不接受“30%”。条目能够绑定，看起来没有问题，但生"
        "成计划时会被拒绝。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Stop [action]
**Actions**:
- wait for in-flight requests (at most 30%)
""",
        """\
# 发布
## 工作流步骤
### 1. 停止 [action]
**执行内容**:
- 等待现有请求完成（最多30%）
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Stop [action]
**Actions**:
- wait for in-flight requests (at most 30 seconds)
""",
        """\
# 发布
## 工作流步骤
### 1. 停止 [action]
**执行内容**:
- 等待现有请求完成（最多30秒）
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Bound bullets with a literal that its brace's annotation does not accept."""
    if not context.workflow or not context.library:
        return
    for step in context.workflow.steps:
        for item in items_of(step):
            found = match(context.library, item.phrase, item.literals, ("step", "check"))
            if found:
                yield from _misfits(item, found)


def _misfits(item: Item, found: Found) -> Iterator[Finding]:
    for name, kind, literal in misfits(found, item.literals):
        yield Finding(
            item.at,
            Words(f"“{literal.text}” is not a {kind}", f"“{literal.text}”不是 {kind}"),
            Words(
                f"{{{name}}} of “{found.pattern}” must be a {kind}",
                f"“{found.pattern}”中的 {{{name}}} 必须是 {kind}",
            ),
        )


RULE = Rule("literal-type", "RB305", "error", PAGE, check)
