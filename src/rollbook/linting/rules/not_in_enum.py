"""not-in-enum: a condition or approver list names a value that the parameter can never have."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context, comparisons, conditions_of
from rollbook.linting.naming import bare
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.conditions import Name, TypedLiteral
from rollbook.model.words import environment_identity
from rollbook.model.workflow import Parameter, Workflow
from rollbook.planning.parameters import is_environment
from rollbook.values import At, Json, Words

PAGE = Page(
    summary=Words(
        "A condition or approver list names a value that the parameter can never have.",
        "条件或审批人员列表用到了参数不可能取的值。",
    ),
    why=Words(
        "A comparison with a value outside the parameter's list never holds, so its branch is dead; approvers of an "
        "environment that does not exist approve nothing. Usually one of the two is misspelt.",
        "与参数取值列表之外的值比较永远不会成立，那个分支就是死的；为不存在的环境列出的审批人员也批准不了任何事。通常"
        "是其中一处写错了。",
    ),
    bad=Words(
        """\
# Release
## Parameters
```yaml
parameters:
  environment:
    type: string
    enum: [development, staging, production]
```
## Steps
### 1. Test [action]
**Actions**:
- run pytest

**Skip condition**:
- `environment` == "sandbox"
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  environment:
    type: string
    enum: [development, staging, production]
```
## 工作流步骤
### 1. 测试 [action]
**执行内容**:
- 执行 pytest

**跳过条件**:
- `environment` == "sandbox"
""",
    ),
    good=Words(
        """\
# Release
## Parameters
```yaml
parameters:
  environment:
    type: string
    enum: [development, staging, production]
```
## Steps
### 1. Test [action]
**Actions**:
- run pytest

**Skip condition**:
- `environment` == "development"
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  environment:
    type: string
    enum: [development, staging, production]
```
## 工作流步骤
### 1. 测试 [action]
**执行内容**:
- 执行 pytest

**跳过条件**:
- `environment` == "development"
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Equalities with, and approvers for, values outside an enum; environments by identity (M1)."""
    for parameter in context.workflow.parameters if context.workflow else ():
        if context.workflow and parameter.enum:
            for value, at in _values_named(parameter, context.workflow):
                if not _may_be(parameter, value):
                    yield _finding(parameter, value, at)


def _values_named(parameter: Parameter, workflow: Workflow) -> Iterator[tuple[Json, At]]:
    for step in workflow.steps:
        for condition in conditions_of(step):
            for comparison in comparisons(condition.expr):
                left, right = comparison.left, comparison.right
                if isinstance(left, Name) and bare(left.path) == parameter.name and isinstance(right, TypedLiteral):
                    yield right.value, condition.at
        if is_environment(parameter.name) and step.approval:
            yield from ((a.environment, a.at) for a in step.approval.approvers if a.environment)


def _may_be(parameter: Parameter, value: Json) -> bool:
    if is_environment(parameter.name):
        return environment_identity(str(value)) in {environment_identity(str(e)) for e in parameter.enum}
    return isinstance(value, bool) or str(value).casefold() in {str(e).casefold() for e in parameter.enum}


def _finding(parameter: Parameter, value: Json, at: At) -> Finding:
    options = [str(e) for e in parameter.enum]
    return Finding(
        at,
        Words(f"`{parameter.name}` is never “{value}”", f"`{parameter.name}` 不可能是“{value}”"),
        Words(f"it is one of {', '.join(options)}", f"它只能是 {'、'.join(options)} 之一"),
    )


RULE = Rule("not-in-enum", "RB220", "warning", PAGE, check)
