"""unused-parameter: a parameter that nothing in the template mentions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollbook.linting.context import Context, asked_in, items_of, leaves
from rollbook.linting.naming import loop_names
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Workflow
from rollbook.problems import source_lines
from rollbook.values import At, Words

PAGE = Page(
    summary=Words("A parameter that nothing in the template mentions.", "模板中没有任何地方用到的参数。"),
    why=Words(
        "Whoever fills in a parameter expects it to change something. One that no step, condition or message "
        "mentions is "
        "either forgotten or misspelt where it was meant. It may still be right when a step function takes an "
        "argument of "
        "that name; therefore this is a note.",
        "填写参数的人期望它起作用。没有任何步骤、条件或消息提到的参数，要么是遗忘了，要么是在该用的地方写错了名字。如"
        "果步骤函数有同名的参数，"
        "它也可能是对的，所以这里只是提示。",
    ),
    bad=Words(
        """\
# Release
## Parameters
```yaml
parameters:
  region:
    type: string
    required: true
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
  region:
    type: string
    required: true
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
  region:
    type: string
    required: true
```
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image for ${region}
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  region:
    type: string
    required: true
```
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 为 ${region} 构建 Docker 镜像
""",
    ),
)
KNOWN_TO_EVERY_RUN = ("environment", "version", "servers")
"""Read by every run whether the prose mentions them or not: where, what, onto which servers."""


def check(context: Context) -> Iterator[Finding]:
    """Parameters whose name (or whose singular, a loop variable) stands nowhere outside their own definition, and that
    no bound function takes."""
    workflow = context.workflow
    if not workflow or not workflow.parameters:
        return
    used = {*KNOWN_TO_EVERY_RUN, *_names_in(_body(workflow)), *_arguments(workflow, context)}
    loops = loop_names(workflow)
    for parameter in workflow.parameters:
        if parameter.name not in used and not any(parameter.name.startswith(loop) for loop in loops):
            yield _finding(parameter.name, parameter.at)


def _arguments(workflow: Workflow, context: Context) -> Iterator[str]:
    """Names of arguments of the functions that the template's phrases are bound to."""
    for phrase in _phrases(workflow):
        if found := context.meanings.found(phrase):
            yield from found.annotations


def _phrases(workflow: Workflow) -> Iterator[str]:
    for step in workflow.steps:
        yield from (item.phrase for item in items_of(step))
        for condition in step.success:
            yield from (phrase for leaf in leaves(condition.expr) for phrase in asked_in(leaf))


def _body(workflow: Workflow) -> str:
    """Everything from the first step on, up to the usage examples: those only give values."""
    start = min((s.at.line for s in workflow.steps), default=1) - 1
    end = min((e.at.line for e in workflow.examples if e.at.line > start), default=None)
    return "\n".join(source_lines(workflow.source.text)[start:end])


def _names_in(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d][\w-]*", text)) | frozenset(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text))


def _finding(name: str, at: At) -> Finding:
    return Finding(
        at,
        Words(f"parameter `{name}` is not used", f"参数 `{name}` 没有被用到"),
        Words(f"write ${{{name}}} where its value belongs, or remove it", f"在需要它的地方写 ${{{name}}}，或者删除它"),
    )


RULE = Rule("unused-parameter", "RB207", "note", PAGE, check)
