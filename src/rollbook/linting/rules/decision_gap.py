"""decision-gap: a value that a parameter may have leads into no branch of a decision."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.conditions import Compare, In, Name, TypedLiteral
from rollbook.model.workflow import Decision, Workflow
from rollbook.values import Json, Words

PAGE = Page(
    summary=Words(
        "A value that a parameter may have leads into no branch of a decision.",
        "参数的某个允许值没有进入判断的任何分支。",
    ),
    why=Words(
        "A decision without an else branch says nothing about the values that it does not name. A run with such a "
        "value "
        "passes the decision as if it were not there, which is rarely what was meant.",
        "没有 else 分支的判断，对没有列出的值什么也没说。用这样的值执行，会像没有这个判断一样经过，这很少是本意。",
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
### 1. Decide [condition]
**Decision logic**:
```
if environment == "production":
    set variables.ask = true
elif environment == "staging":
    set variables.ask = false
```
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
### 1. 判断 [condition]
**判断逻辑**:
```
if environment == "production":
    设置 variables.ask = true
elif environment == "staging":
    设置 variables.ask = false
```
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
### 1. Decide [condition]
**Decision logic**:
```
if environment == "production":
    set variables.ask = true
else:
    set variables.ask = false
```
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
### 1. 判断 [condition]
**判断逻辑**:
```
if environment == "production":
    设置 variables.ask = true
else:
    设置 variables.ask = false
```
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Decisions without else whose branches compare one enum parameter by equality and leave values out."""
    workflow = context.workflow
    for step in workflow.steps if workflow else ():
        if workflow and step.decision and all(branch.condition for branch in step.decision.branches):
            for name, missing in _left_out(step.decision, workflow):
                yield Finding(
                    step.decision.at if step.decision.at.line else step.at,
                    Words(
                        f"no branch is for `{name}` = {', '.join(missing)}",
                        f"`{name}` 为 {'、'.join(missing)} 时没有对应的分支",
                    ),
                    Words("add an else branch", "增加 else 分支"),
                )


def _left_out(decision: Decision, workflow: Workflow) -> Iterator[tuple[str, list[str]]]:
    named: dict[str, set[Json]] = {}
    for branch in decision.branches:
        for name, value in _equalities(branch.condition.expr if branch.condition else None):
            named.setdefault(name, set()).add(value)
    for parameter in workflow.parameters:
        missing = [str(v) for v in parameter.enum if v not in named.get(parameter.name, set())]
        if missing and parameter.name in named and len(named) == 1:
            yield parameter.name, missing


def _equalities(expr: object) -> Iterator[tuple[str, Json]]:
    match expr:
        case Compare(left=Name() as name, op="==", right=TypedLiteral() as literal):
            yield name.path, literal.value
        case In(item=Name() as name, options=options):
            yield from ((name.path, option.value) for option in options if isinstance(option, TypedLiteral))


RULE = Rule("decision-gap", "RB221", "warning", PAGE, check)
