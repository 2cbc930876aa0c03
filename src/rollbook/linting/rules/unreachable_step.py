"""unreachable-step: every branch of a decision jumps over a step."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Branch, Step
from rollbook.problems import Related
from rollbook.values import Words

PAGE = Page(
    summary=Words("Every branch of a decision jumps over a step.", "判断的每个分支都跳过了某个步骤。"),
    why=Words(
        "A step that no branch can reach never runs, however the decision falls. Either a branch names the wrong "
        "step or "
        "the step is left over.",
        "任何分支都到不了的步骤，无论怎样判断都不会执行。要么某个分支写错了步骤号，要么这个步骤是多余的。",
    ),
    bad=Words(
        """\
# Release
## Parameters
```yaml
parameters:
  environment:
    type: string
```
## Steps
### 1. Decide [condition]
**Decision logic**:
```
if environment == "production":
    go to step 3
else:
    skip step 2, go to step 3
```

### 2. Test [action]
**Actions**:
- run pytest

### 3. Deploy [action]
**Actions**:
- start the new version
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  environment:
    type: string
```
## 工作流步骤
### 1. 判断 [condition]
**判断逻辑**:
```
if environment == "production":
    进入步骤3
else:
    跳过步骤2，直接进入步骤3
```

### 2. 测试 [action]
**执行内容**:
- 执行 pytest

### 3. 部署 [action]
**执行内容**:
- 启动新版本服务
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
```
## Steps
### 1. Decide [condition]
**Decision logic**:
```
if environment == "production":
    go to step 2
else:
    skip step 2, go to step 3
```

### 2. Test [action]
**Actions**:
- run pytest

### 3. Deploy [action]
**Actions**:
- start the new version
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  environment:
    type: string
```
## 工作流步骤
### 1. 判断 [condition]
**判断逻辑**:
```
if environment == "production":
    进入步骤2
else:
    跳过步骤2，直接进入步骤3
```

### 2. 测试 [action]
**执行内容**:
- 执行 pytest

### 3. 部署 [action]
**执行内容**:
- 启动新版本服务
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Steps that all branches of one decision (with an else branch) skip or jump over."""
    steps = context.workflow.steps if context.workflow else ()
    for index, decider in enumerate(steps):
        branches = decider.decision.branches if decider.decision else ()
        if any(branch.condition is None for branch in branches):
            missed = set.intersection(*(_passed_over(branch, steps[index + 1 :]) for branch in branches))
            yield from (_finding(step, decider) for step in steps[index + 1 :] if step.number in missed)


def _passed_over(branch: Branch, later: tuple[Step, ...]) -> set[int]:
    """Numbers of the later steps that a branch skips, or jumps over to a step that exists."""
    skipped: set[int] = {e.value for e in branch.effects if e.kind == "skip"}
    for target in (e.value for e in branch.effects if e.kind == "goto"):
        numbers = [step.number for step in later]
        skipped |= set(numbers[: numbers.index(target)]) if target in numbers else set()
    return skipped


def _finding(step: Step, decider: Step) -> Finding:
    return Finding(
        step.at,
        Words(
            f"step {step.number} never runs: every branch of step {decider.number} passes over it",
            f"步骤 {step.number} 永远不会执行：步骤 {decider.number} 的每个分支都越过了它",
        ),
        Words("let a branch lead to it, or remove it", "让某个分支进入它，或者删除它"),
        (Related(decider.at, Words("the decision", "判断在这里")),),
    )


RULE = Rule("unreachable-step", "RB208", "warning", PAGE, check)
