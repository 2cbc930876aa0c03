"""unknown-name: a placeholder or condition names something that nothing defines (M4)."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.naming import compared, interpolated, loop_names, set_names
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Workflow
from rollbook.planning.scope import Scope, bare
from rollbook.planning.words import word_set
from rollbook.values import At, Words

PAGE = Page(
    summary=Words(
        "A placeholder or condition names something that nothing defines.",
        "占位符或条件用到了没有定义的名称。",
    ),
    why=Words(
        "`${x}` is filled in from the parameters, from variables that a decision sets, or from what the run itself "
        "knows "
        "(`status`, `total_duration`, `failed_step` …). Any other name would stay unfilled in front of everybody, so "
        "no "
        "plan is made from it.",
        "`${x}` 的值来自参数、判断中设置的变量，或执行本身知道的信息（`status`、`total_duration`、`failed_step` "
        "等）。别的名称无从填写，"
        "因此不会据此生成计划。",
    ),
    bad=Words(
        """\
# Release
## Parameters
```yaml
parameters:
  version:
    type: string
```
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image ${verson}
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
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像 ${verson}
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
### 1. Build [action]
**Actions**:
- build the Docker image ${version}
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
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像 ${version}
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Names of `${…}` and of conditions that are no parameter, variable, loop variable or late variable."""
    workflow = context.workflow
    if not workflow or not context.knows_parameters:
        return
    scope = _scope(workflow)
    for name, at in interpolated(workflow):
        if not _known(name, scope):
            yield _finding(f"${{{name}}}", name, scope, at)
    for name, at in compared(workflow):
        if not _known(name, scope):
            yield _finding(name, name, scope, at)


def _scope(workflow: Workflow) -> Scope:
    declared = frozenset(p.name for p in workflow.parameters) | loop_names(workflow)
    return Scope(parameters={}, declared=declared, assigned=set_names(workflow))


def _known(name: str, scope: Scope) -> bool:
    """The name itself, or a part of it: `server.name`, `servers[0]`."""
    return scope.knows(name) or scope.knows(name.partition("[")[0]) or scope.knows(bare(name).partition(".")[0])


def _finding(spelling: str, name: str, scope: Scope, at: At) -> Finding:
    from difflib import get_close_matches

    near = get_close_matches(bare(name), sorted(scope.declared | scope.assigned | word_set("late")), n=1, cutoff=0.5)
    return Finding(
        at,
        Words(f"`{spelling}` is neither a parameter nor a variable", f"`{spelling}` 既不是参数也不是变量"),
        Words(f"did you mean `{near[0]}`?", f"是不是 `{near[0]}`？")
        if near
        else Words("define it under the parameters", "请在参数定义中写明它"),
    )


RULE = Rule("unknown-name", "RB411", "error", PAGE, check)
