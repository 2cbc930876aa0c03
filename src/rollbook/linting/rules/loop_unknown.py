"""loop-unknown: "for each X" where X is the singular of no array parameter (M8)."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.naming import loop_names
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Workflow
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "“For each X” where X is the singular of no array parameter.",
        "“对每个 X 执行”中的 X 不是任何数组参数的单数形式。",
    ),
    why=Words(
        "The bullets below “for each server” run once for each element of the array parameter `servers`. Where no "
        "array "
        "parameter fits the word, nobody can tell how often and for what they should run.",
        "“对每个 server 执行”之下的条目，会对数组参数 `servers` 的每个元素执行一次。没有与这个词相配的数组参数，就无"
        "法知道要对什么执行、执行多少次。",
    ),
    bad=Words(
        """\
# Release
## Parameters
```yaml
parameters:
  regions:
    type: array
    required: true
```
## Steps
### 1. Restart [parallel]
**Parallel tasks**:
For each planet:
- start the new version
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  regions:
    type: array
    required: true
```
## 工作流步骤
### 1. 重启 [parallel]
**并行任务**:
对每个 planet 执行:
- 启动新版本服务
""",
    ),
    good=Words(
        """\
# Release
## Parameters
```yaml
parameters:
  regions:
    type: array
    required: true
```
## Steps
### 1. Restart [parallel]
**Parallel tasks**:
For each region:
- start the new version
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  regions:
    type: array
    required: true
```
## 工作流步骤
### 1. 重启 [parallel]
**并行任务**:
对每个 region 执行:
- 启动新版本服务
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """What planning would refuse about loop variables."""
    workflow = context.workflow
    if workflow and context.knows_parameters and not _all_plain(workflow):
        from rollbook.planning.findings import Findings
        from rollbook.planning.loops import loops_known

        findings = Findings(context.document.source.path)
        loops_known(workflow, findings)
        yield from (Finding(problem.at, problem.summary, problem.hint) for problem in findings.problems)


def _all_plain(workflow: Workflow) -> bool:
    """Whether every loop is `server` over `servers`: then planning's grammar of plurals need not be loaded."""
    arrays = {parameter.name for parameter in workflow.parameters if parameter.type == "array"}
    return all(f"{loop}s" in arrays for loop in loop_names(workflow))


RULE = Rule("loop-unknown", "RB453", "error", PAGE, check)
