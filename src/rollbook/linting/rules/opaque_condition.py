"""opaque-condition: a condition that cannot be read, so that a person has to answer it."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context, conditions_of, leaves
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.conditions import Opaque
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A condition cannot be read, so a person has to answer it in every run.",
        "条件无法读懂，因此每次执行都要由人来回答。",
    ),
    why=Words(
        "What the grammar cannot read is never taken for true: the run waits for a person at that place. That may be "
        "what "
        "you want; if not, write a comparison, a parameter, or a statement that a check knows.",
        "语法读不懂的条件不会被当成“真”：执行会停在那里等人回答。这也许正是你想要的；如果不是，请写成比较、参数，或某"
        "个检查认识的陈述。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Test [action]
**Actions**:
- run pytest

**Skip condition**:
- (((version ~~ 2 and
""",
        """\
# 发布
## 工作流步骤
### 1. 测试 [action]
**执行内容**:
- 执行 pytest

**跳过条件**:
- (((version ~~ 2 and
""",
    ),
    good=Words(
        """\
# Release
## Parameters
```yaml
parameters:
  version:
    type: string
```
## Steps
### 1. Test [action]
**Actions**:
- run pytest

**Skip condition**:
- `version` == "2"
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  version:
    type: string
```
## 工作流步骤
### 1. 测试 [action]
**执行内容**:
- 执行 pytest

**跳过条件**:
- `version` == "2"
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Skip and success conditions and branches with an unreadable part."""
    for step in context.workflow.steps if context.workflow else ():
        for condition in conditions_of(step):
            for leaf in leaves(condition.expr):
                if isinstance(leaf, Opaque):
                    yield Finding(
                        condition.at,
                        Words(
                            f"“{leaf.text}” cannot be read as a condition; a person will be asked",
                            f"“{leaf.text}”无法读作条件，执行时会询问人",
                        ),
                        Words(
                            'write a comparison such as `environment == "production"` or “error rate < 1%”',
                            '写成比较，例如 `environment == "production"` 或“错误率 < 1%”',
                        ),
                    )


RULE = Rule("opaque-condition", "RB216", "warning", PAGE, check)
