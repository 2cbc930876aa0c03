"""outage: every server leaves traffic at once while the document promises availability."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rotation import Place, Rotation, group_of, rotation_of
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Workflow
from rollbook.problems import Related, source_lines
from rollbook.values import At, Words

PAGE = Page(
    summary=Words(
        "Every server leaves traffic at once, yet the document promises that the service stays available.",
        "所有服务器同时离开流量，而文档却承诺服务保持可用。",
    ),
    why=Words(
        "Taken by the letter, a step that drains or stops every server side by side leaves nobody to answer until a "
        "later "
        "step puts the servers back. A promise of availability made elsewhere in the same document cannot hold then. "
        "Rollbook works in waves unless it is told `--strategy all-at-once`; other readers, and people, may not.",
        "按字面执行，一个步骤同时摘除或停止所有服务器，直到后面的步骤把它们加回来之前没有任何服务器应答，文档别处作出"
        "的可用性承诺也就"
        "无法兑现。除非指定 `--strategy all-at-once`，Rollbook 会分波次进行；别的读者，以及人，未必如此。",
    ),
    bad=Words(
        """\
# Release
## Parameters
```yaml
parameters:
  servers:
    type: array
    required: true
```
## Steps
### 1. Stop the service [parallel]
**Parallel tasks**:
For each server:
- remove it from the load balancer
- stop the application service

### 2. Put it back [action]
**Actions**:
- add the servers back to the load balancer

## Rollback strategy
1. If step 1-2 fails → switch back to the old version, keep the service available
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  servers:
    type: array
    required: true
```
## 工作流步骤
### 1. 停止服务 [parallel]
**并行任务**:
对每个 server 执行:
- 从负载均衡器移除
- 停止应用服务

### 2. 恢复流量 [action]
**执行内容**:
- 将服务器重新加入负载均衡池

## 回滚策略
1. 如果在步骤1-2失败 → 切换回旧版本，保持服务可用
""",
    ),
    good=Words(
        """\
# Release
## Parameters
```yaml
parameters:
  servers:
    type: array
    required: true
```
## Steps
### 1. Stop the service [parallel]
**Description**: in batches of at most a quarter of the servers
**Parallel tasks**:
For each server:
- remove it from the load balancer
- stop the application service

### 2. Put it back [action]
**Actions**:
- add the servers back to the load balancer

## Rollback strategy
1. If step 1-2 fails → switch back to the old version, keep the service available
""",
        """\
# 发布
## 参数定义
```yaml
parameters:
  servers:
    type: array
    required: true
```
## 工作流步骤
### 1. 停止服务 [parallel]
**描述**: 分批进行，每批不超过四分之一的服务器
**并行任务**:
对每个 server 执行:
- 从负载均衡器移除
- 停止应用服务

### 2. 恢复流量 [action]
**执行内容**:
- 将服务器重新加入负载均衡池

## 回滚策略
1. 如果在步骤1-2失败 → 切换回旧版本，保持服务可用
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """A rotation that takes out all servers at once, in a document that promises availability and no batches."""
    workflow = context.workflow
    rotation = rotation_of(workflow, context.meanings) if workflow else None
    if not workflow or not rotation or not _all_at_once(workflow, rotation) or _goes_in_batches(context):
        return
    for at, words in _promises(workflow, context):
        yield Finding(
            rotation.out.item.at,
            _summary(rotation),
            Words(
                'say how many may be out at once, such as "in batches of a quarter" or "one at a time", or drop the '
                "promise",
                "写明同时最多可以离开多少台，例如“分批进行，每批四分之一”或“逐台进行”，或者去掉可用性承诺",
            ),
            (Related(at, words),),
        )
        return


def _all_at_once(workflow: Workflow, rotation: Rotation) -> bool:
    """Side by side over the servers, or one bullet about all of them."""
    place = rotation.out
    if group_of(place.step, place.item).loop:
        return place.step.kind == "parallel" or not _returns_in_turn(rotation)
    return any(p.type == "array" for p in workflow.parameters)


def _returns_in_turn(rotation: Rotation) -> bool:
    """Whether one server is back before the next leaves: out and back stand in one group done in turn."""
    out, back = rotation.out, rotation.back
    return bool(back and back.index == out.index and group_of(out.step, back.item) == group_of(out.step, out.item))


def _goes_in_batches(context: Context) -> bool:
    """Whether any line says so, other than those about rolling back."""
    assert context.workflow
    undoing = {r.at.line for r in context.workflow.rollback}
    lines = source_lines(context.document.source.text)
    return any(
        number not in undoing and context.meanings.says("rolling", line) for number, line in enumerate(lines, start=1)
    )


def _promises(workflow: Workflow, context: Context) -> Iterator[tuple[At, Words]]:
    """Places that promise availability: the rollback above all, else criteria and metadata."""
    says = context.meanings.says
    here = Words("availability is promised here", "这里承诺了可用性")
    for rule in workflow.rollback:
        if says("availability", rule.text) or says("no_downtime", rule.text):
            yield rule.at, here
    for criterion in workflow.criteria:
        if says("no_downtime", criterion.text):
            yield criterion.at, here
    if says("no_downtime", str(workflow.metadata.get("description", ""))):
        yield workflow.metadata_at, here


def _summary(rotation: Rotation) -> Words:
    out = rotation.out
    back = rotation.back if rotation.back and rotation.back.index != out.index else None
    return Words(
        f"every server leaves traffic at once in step {out.step.number}{_until_en(back)}, yet availability is promised",
        f"步骤 {out.step.number} 让所有服务器同时离开流量{_until_zh(back)}，而文档承诺了可用性",
    )


def _until_en(back: Place | None) -> str:
    return f" and the first returns in step {back.step.number}" if back else ""


def _until_zh(back: Place | None) -> str:
    return f"，到步骤 {back.step.number} 才有服务器恢复" if back else ""


RULE = Rule("outage", "RB202", "warning", PAGE, check)
