"""jump-across-rotation: a branch leaves out part of the stretch in which servers leave and rejoin traffic (M15)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rollbook.binding.matching import match
from rollbook.linting.context import Context, items_of
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Effect, Step, Workflow
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.planning.items import Draft
    from rollbook.planning.rotation import Rotation

PAGE = Page(
    summary=Words(
        "A branch leaves out part of the stretch in which servers leave and rejoin traffic.",
        "某个分支漏掉了服务器离开与恢复流量之间的一部分步骤。",
    ),
    why=Words(
        "Between the step that takes servers out and the step that puts them back every step counts: jumping into it "
        "starts "
        "a version on servers that still serve, jumping out of it leaves servers without traffic. Such a jump is "
        "refused.",
        "从让服务器离开流量的步骤，到让它们恢复的步骤，其间每一步都不能少：跳进去会在仍在服务的服务器上启动新版本，跳"
        "出来会让服务器没有流量。"
        "这样的跳转会被拒绝。",
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
    go to step 2
else:
    go to step 3
```

### 2. Drain [action]
**Actions**:
- remove from the load balancer

### 3. Deploy [action]
**Actions**:
- start the new version

### 4. Return [action]
**Actions**:
- add the servers back to the load balancer
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

### 2. 摘除 [action]
**执行内容**:
- 从负载均衡器移除

### 3. 部署 [action]
**执行内容**:
- 启动新版本服务

### 4. 恢复 [action]
**执行内容**:
- 将服务器重新加入负载均衡池
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
    go to step 3
```

### 2. Test [action]
**Actions**:
- run pytest

### 3. Release [action]
**Actions**:
- remove from the load balancer
- start the new version
- add the servers back to the load balancer
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

### 3. 发布 [action]
**执行内容**:
- 从负载均衡器移除
- 启动新版本服务
- 将服务器重新加入负载均衡池
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Forward jumps and skips of any branch, held against the rotation as planning sees it."""
    workflow = context.workflow
    jumps = tuple(_jumps(workflow)) if workflow and context.library else ()
    if not workflow or not any(group.items for _, _, left_out in jumps for step in left_out for group in step.groups):
        return
    rotation = _rotation(workflow, context)
    for effect, step, left_out in jumps:
        target = effect.value if effect.kind == "goto" else None
        if rotation.is_crossed([gone.number for gone in left_out], step.number, target):
            yield _finding(effect, rotation)


def _jumps(workflow: Workflow) -> Iterator[tuple[Effect, Step, tuple[Step, ...]]]:
    """Every goto and skip to a later step, the step that holds it, and the steps that it leaves out."""
    for index, step in enumerate(workflow.steps):
        later = workflow.steps[index + 1 :] if step.decision else ()
        numbers = [s.number for s in later]
        for effect in (e for branch in (step.decision.branches if step.decision else ()) for e in branch.effects):
            if effect.kind in ("goto", "skip") and effect.value in numbers:
                target = numbers.index(effect.value)
                yield effect, step, later[:target] if effect.kind == "goto" else later[target : target + 1]


def _rotation(workflow: Workflow, context: Context) -> Rotation:
    """As planning lays it out; loaded only here, for few templates jump over steps that act."""
    from rollbook.planning.rotation import rotation_of

    drafts = {step.number: tuple(_drafts(step, context)) for step in workflow.steps}
    return rotation_of([step.number for step in workflow.steps], drafts)


def _drafts(step: Step, context: Context) -> Iterator[Draft]:
    from rollbook.planning.items import Draft

    assert context.library
    for item in items_of(step):
        yield Draft(item, match(context.library, item.phrase, item.literals, ("step", "check")))


def _finding(effect: Effect, rotation: Rotation) -> Finding:
    return Finding(
        effect.at,
        Words(
            f"this leaves out part of the rotation (steps {rotation.first}-{rotation.last})",
            f"这会漏掉轮换区间（步骤 {rotation.first}-{rotation.last}）的一部分",
        ),
        Words(
            "servers that leave traffic must come back: jump to its first step, or past its last from outside",
            "离开流量的服务器必须恢复：请跳到该区间的第一步，或从区间之外整个跳过",
        ),
    )


RULE = Rule("jump-across-rotation", "RB433", "error", PAGE, check)
