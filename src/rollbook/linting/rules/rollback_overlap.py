"""rollback-overlap: two ranges of the rollback strategy ask for different things for one step."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import RollbackRange, Workflow
from rollbook.problems import Related
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "Two ranges of the rollback strategy ask for different things for one step.",
        "回滚策略的两个范围对同一步骤有不同的要求。",
    ),
    why=Words(
        "When the step fails, the strategy gives two answers. Rollbook takes the first range that covers a step; the "
        "reader at night may take the other one.",
        "该步骤失败时，策略给出两个答案。Rollbook 采用第一个覆盖该步骤的范围，深夜值守的人可能采用另一个。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image

### 2. Deploy [action]
**Actions**:
- start the new version

## Rollback strategy
1. If step 1-2 fails → stop, nothing to roll back
2. If step 2 fails → restore the old version
""",
        """\
# 发布
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像

### 2. 部署 [action]
**执行内容**:
- 启动新版本服务

## 回滚策略
1. 如果在步骤1-2失败 → 直接终止，无需回滚
2. 如果在步骤2失败 → 恢复旧版本服务
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image

### 2. Deploy [action]
**Actions**:
- start the new version

## Rollback strategy
1. If it fails before step 2 → stop, nothing to roll back
2. If step 2 fails → restore the old version
""",
        """\
# 发布
## 工作流步骤
### 1. 构建 [action]
**执行内容**:
- 构建 Docker 镜像

### 2. 部署 [action]
**执行内容**:
- 启动新版本服务

## 回滚策略
1. 如果在步骤2之前失败 → 直接终止，无需回滚
2. 如果在步骤2失败 → 恢复旧版本服务
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Pairs of ranges with different actions that share a step; reported at the later one."""
    workflow = context.workflow
    for first, second in combinations(workflow.rollback, 2) if workflow else ():
        if workflow and first.action != second.action and (shared := _shared(workflow, first, second)):
            yield Finding(
                second.at,
                Words(
                    f"step {shared[0]} already has a different answer in an earlier range",
                    f"步骤 {shared[0]} 在前面的范围中已有不同的处理方式",
                ),
                Words("give every step to one range", "让每个步骤只属于一个范围"),
                (Related(first.at, Words("the earlier range", "前面的范围")),),
            )


def _shared(workflow: Workflow, first: RollbackRange, second: RollbackRange) -> list[int]:
    low, high = max(first.first, second.first), min(first.last, second.last)
    return [step.number for step in workflow.steps if low <= step.number <= high]


RULE = Rule("rollback-overlap", "RB209", "warning", PAGE, check)
