"""example-mismatch: a usage example that the template itself would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Example, Parameter, Workflow
from rollbook.planning.findings import Findings
from rollbook.planning.parameters import read
from rollbook.planning.requests import Request, read_request
from rollbook.problems import ProblemsFound
from rollbook.values import At, Json, Words

PAGE = Page(
    summary=Words(
        "A usage example that the template itself would refuse.",
        "模板自己会拒绝的使用示例。",
    ),
    why=Words(
        "People start from the examples. One with a parameter that the template does not have, a value that it does "
        "not "
        "allow, or a step that is not there, is refused for everybody who copies it, and for `--example`.",
        "人们从示例开始使用模板。示例里有模板没有的参数、不允许的取值或不存在的步骤，照抄的人都会被拒绝，`--example` "
        "也一样。",
    ),
    bad=Words(
        """\
# Release
## Parameters
```yaml
parameters:
  environment:
    type: string
    required: true
    enum: [development, staging, production]
```
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image

## Usage examples
### Basic
```
run the release.md template
parameters:
- environment: sandbox
```
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  environment:
    type: string
    required: true
    enum: [development, staging, production]
```
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像

## 使用示例
### 基础使用
```
执行 release.md 模板
参数:
- environment: sandbox
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
    required: true
    enum: [development, staging, production]
```
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image

## Usage examples
### Basic
```
run the release.md template
parameters:
- environment: staging
```
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  environment:
    type: string
    required: true
    enum: [development, staging, production]
```
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像

## 使用示例
### 基础使用
```
执行 release.md 模板
参数:
- environment: staging
```
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Every example read and held against the template as a request would be, without making a plan of it."""
    for example in context.workflow.examples if context.workflow and context.knows_parameters else ():
        assert context.workflow
        try:
            request = read_request(example.text, context.document.source.path, max(1, example.at.line))
        except ProblemsFound as found:
            yield from (_finding(example, problem.at, problem.summary) for problem in found.problems)
            continue
        yield from _unfit_values(example, request, context.workflow)
        yield from _missing_steps(example, request, context.workflow)


def _unfit_values(example: Example, request: Request, workflow: Workflow) -> Iterator[Finding]:
    declared = {parameter.name: parameter for parameter in workflow.parameters}
    for name, value in request.parameters.items():
        reasons = _reasons(declared[name], value) if name in declared else [_unknown(name)]
        yield from (_finding(example, _at(name, example), reason) for reason in reasons)
    changes_only = request.overrides or not request.parameters
    for parameter in () if changes_only else workflow.parameters:
        if parameter.required and not parameter.has_default and parameter.name not in request.parameters:
            yield _finding(example, example.at, _missing(parameter.name))


def _reasons(parameter: Parameter, value: Json) -> list[Words]:
    findings = Findings()
    read(parameter, value, {}, findings)
    return [problem.summary for problem in findings.problems]


def _missing_steps(example: Example, request: Request, workflow: Workflow) -> Iterator[Finding]:
    for override in request.overrides:
        if not workflow.step(override.step):
            yield _finding(example, override.at, _no_step(override.step))


def _at(name: str, example: Example) -> At:
    """The example's line that gives the parameter."""
    for offset, line in enumerate(example.text.splitlines()):
        if found := re.match(rf"[^\w]*(?={re.escape(name)}\W)", line):
            return At(example.at.line + offset, found.end() + 1)
    return example.at


def _unknown(name: str) -> Words:
    return Words(f"the template has no parameter “{name}”", f"模板没有参数“{name}”")


def _no_step(number: int) -> Words:
    return Words(f"the template has no step {number}", f"模板没有步骤 {number}")


def _missing(name: str) -> Words:
    return Words(f"the required parameter “{name}” is missing", f"缺少必填参数“{name}”")


def _finding(example: Example, at: At, reason: Words) -> Finding:
    title = example.title or Words("usage example", "使用示例").zh
    return Finding(
        at,
        Words(f"the example “{title}” would be refused: {reason.en}", f"示例“{title}”会被拒绝：{reason.zh}"),
        Words("change the example, or what the template allows", "修改示例，或修改模板允许的内容"),
    )


RULE = Rule("example-mismatch", "RB215", "warning", PAGE, check)
