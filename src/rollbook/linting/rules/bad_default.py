"""bad-default: a parameter's own default or example is not a value that it may have."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Parameter
from rollbook.planning.findings import Findings
from rollbook.planning.parameters import read
from rollbook.values import Json, Words

PAGE = Page(
    summary=Words(
        "A parameter's own default or example is not a value that it may have.",
        "参数自己的默认值或示例不是它允许的值。",
    ),
    why=Words(
        "People copy examples, and defaults are used without a look. One that breaks the parameter's own type, list of "
        "values, pattern or limits is refused only when somebody runs the document.",
        "人们会照抄示例，默认值则不经查看就被采用。违反参数自身类型、取值列表、模式或上下限的值，要到有人执行文档时才"
        "会被拒绝。",
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
    default: sandbox
```
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  environment:
    type: string
    enum: [development, staging, production]
    default: sandbox
```
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像
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
    default: staging
```
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  environment:
    type: string
    enum: [development, staging, production]
    default: staging
```
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Defaults (errors: a run would use them) and examples (warnings) held against the parameter's definition."""
    for parameter in context.workflow.parameters if context.workflow else ():
        if parameter.has_default and parameter.default is not None:
            for reason in _reasons(parameter, parameter.default):
                yield _finding(parameter, Words("default", "默认值"), reason)
        if parameter.example is not None:
            for reason in _reasons(parameter, parameter.example):
                yield _finding(parameter, Words("example", "示例"), reason)


def _reasons(parameter: Parameter, value: Json) -> list[Words]:
    """Why `value` may not be this parameter's; empty when it may."""
    findings = Findings()
    read(parameter, value, {}, findings)
    return [problem.summary for problem in findings.problems]


def _finding(parameter: Parameter, what: Words, reason: Words) -> Finding:
    return Finding(
        parameter.at,
        Words(
            f"the {what.en} of `{parameter.name}` does not fit: {reason.en}",
            f"`{parameter.name}` 的{what.zh}不合要求：{reason.zh}",
        ),
        Words("change the value, or what the parameter allows", "修改这个值，或修改参数允许的范围"),
        severity="error" if what.en == "default" else None,
    )


RULE = Rule("bad-default", "RB222", "warning", PAGE, check)
