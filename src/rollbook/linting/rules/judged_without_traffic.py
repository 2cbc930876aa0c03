"""judged-without-traffic: a quantity of real requests is judged while the servers get none."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context, leaves
from rollbook.linting.meanings import Meanings
from rollbook.linting.rotation import Rotation, rotation_of
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.conditions import Compare, Condition, Expr, Quantity, Says
from rollbook.problems import Related
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A quantity of real requests is judged while the servers are out of traffic.",
        "服务器还没有恢复流量，就要判断真实请求的指标。",
    ),
    why=Words(
        "A server that was removed from the load balancer answers nobody, so its error rate is zero of zero: the "
        "condition would pass for any release. Rollbook judges it on probe requests instead and says so in the plan; "
        "only after the servers are back does the number mean what readers think it means.",
        "已从负载均衡移除的服务器不应答任何请求，错误率是零分之零：无论发布什么版本，条件都会通过。Rollbook 会改用探"
        "测请求判断，并在计划中"
        "说明；只有服务器恢复流量之后，这个数字才是读者以为的意思。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Drain [action]
**Actions**:
- remove the servers from the load balancer

### 2. Verify [action]
**Actions**:
- verify the API health endpoint

**Success conditions**:
- error rate < 1%

### 3. Return [action]
**Actions**:
- add the servers back to the load balancer
""",
        """\
# 发布
## 工作流步骤
### 1. 摘除 [action]
**执行内容**:
- 从负载均衡器移除

### 2. 验证 [action]
**执行内容**:
- 验证 API 健康端点

**成功条件**:
- 错误率 < 1%

### 3. 恢复 [action]
**执行内容**:
- 将服务器重新加入负载均衡池
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Drain [action]
**Actions**:
- remove the servers from the load balancer

### 2. Verify [action]
**Actions**:
- verify the API health endpoint

### 3. Return [action]
**Actions**:
- add the servers back to the load balancer

**Success conditions**:
- error rate < 1%
""",
        """\
# 发布
## 工作流步骤
### 1. 摘除 [action]
**执行内容**:
- 从负载均衡器移除

### 2. 验证 [action]
**执行内容**:
- 验证 API 健康端点

### 3. 恢复 [action]
**执行内容**:
- 将服务器重新加入负载均衡池

**成功条件**:
- 错误率 < 1%
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Success conditions about real requests in steps between the drain and the rejoin."""
    workflow = context.workflow
    rotation = rotation_of(workflow, context.meanings) if workflow else None
    if not workflow or not rotation or not rotation.back:
        return
    for step in workflow.steps[rotation.out.index : rotation.back.index]:
        for condition in step.success:
            if any(_needs_traffic(leaf, context.meanings) for leaf in leaves(condition.expr)):
                yield _finding(condition, rotation)


def _needs_traffic(leaf: Expr, meanings: Meanings) -> bool:
    match leaf:
        case Compare(left=Quantity() as measured) | Compare(right=Quantity() as measured):
            return meanings.needs_traffic(measured.text, measured.phrase)
        case Says():
            return meanings.needs_traffic(leaf.text, leaf.phrase)
    return False


def _finding(condition: Condition, rotation: Rotation) -> Finding:
    out, back = rotation.out, rotation.back
    assert back
    return Finding(
        condition.at,
        Words(
            f"this is judged before the servers return to traffic in step {back.step.number}",
            f"服务器到步骤 {back.step.number} 才恢复流量，这里就要判断“{condition.text}”",
        ),
        Words(
            f"move the condition to step {back.step.number} or later, or say that probe requests are meant",
            f"把条件移到步骤 {back.step.number} 或之后，或写明指的是探测请求",
        ),
        (Related(out.item.at, Words("servers leave traffic here", "服务器从这里离开流量")),),
    )


RULE = Rule("judged-without-traffic", "RB203", "warning", PAGE, check)
