"""rollback-gap: the rollback strategy says nothing about some steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from rollbook.linting.context import Context, items_of
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import RollbackRange, Step
from rollbook.problems import Edit, Related, source_lines
from rollbook.values import At, Words

PAGE = Page(
    summary=Words(
        "The rollback strategy says nothing about some steps.",
        "回滚策略没有提到某些步骤。",
    ),
    why=Words(
        "When a step fails at night nobody should have to guess what the document wanted. A step that no range of the "
        "rollback strategy names has no answer. Rollbook never rolls back because a report or a notification failed; "
        "for "
        "other steps without a range it chooses what cannot hurt the service, which may not be what you want.",
        "深夜里步骤失败时，不应该让人猜文档想要什么。没有被回滚策略任何范围提到的步骤就没有答案。Rollbook 不会因为报"
        "告或通知失败而回滚；"
        "对其他没有范围的步骤，它会选择不伤害服务的做法，但那未必是你想要的。",
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

### 3. Notify [action]
**Actions**:
- update the deployment record

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

### 3. 通知 [action]
**执行内容**:
- 更新部署记录

## 回滚策略
1. 如果在步骤2之前失败 → 直接终止，无需回滚
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

### 3. Notify [action]
**Actions**:
- update the deployment record

## Rollback strategy
1. If it fails before step 2 → stop, nothing to roll back
2. If step 2-3 fails → restore the old version
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

### 3. 通知 [action]
**执行内容**:
- 更新部署记录

## 回滚策略
1. 如果在步骤2之前失败 → 直接终止，无需回滚
2. 如果在步骤2-3失败 → 恢复旧版本服务
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Each stretch of neighbouring steps that no range covers, where there is a strategy at all."""
    workflow = context.workflow
    if not workflow or not workflow.rollback or not context.knows_rollback:
        return
    for covered, stretch in groupby(workflow.steps, key=lambda step: _is_covered(step, workflow.rollback)):
        if not covered:
            yield _finding(tuple(stretch), workflow.rollback, context)


def _is_covered(step: Step, ranges: Iterable[RollbackRange]) -> bool:
    return any(r.first <= step.number <= r.last for r in ranges)


def _finding(stretch: tuple[Step, ...], ranges: tuple[RollbackRange, ...], context: Context) -> Finding:
    first, last = stretch[0], stretch[-1]
    numbers = f"{first.number}" if first is last else f"{first.number}-{last.number}"
    return Finding(
        first.at,
        Words(
            f"the rollback strategy does not cover step{'s' if first is not last else ''} {numbers}",
            f"回滚策略没有覆盖步骤 {numbers}",
        ),
        Words(
            "name them in a range; for a step that only reports, say that nothing is rolled back",
            "把它们写进某个范围；只做通知或记录的步骤，写明无需回滚即可",
        ),
        (Related(ranges[-1].at, Words("the last range ends here", "最后一个范围到此为止")),),
        edits=_edits(numbers, ranges[-1], context) if _only_report(stretch, context) else (),
    )


def _only_report(stretch: tuple[Step, ...], context: Context) -> bool:
    """Such steps never roll back, whatever the document says (M17): writing that down changes nothing."""
    items = [tuple(items_of(step)) for step in stretch]
    return all(bullets and all(context.meanings.reports(item) for item in bullets) for bullets in items)


def _edits(numbers: str, last: RollbackRange, context: Context) -> tuple[Edit, ...]:
    """A further bullet behind the last range; none where that is no bullet of one line."""
    lines = source_lines(context.document.source.text)
    line, below = lines[last.at.line - 1], lines[last.at.line : last.at.line + 1]
    bullet = re.match(r"(\s*)(?:(\d+)([.)、]\s*)|([-*+]\s+))", line)
    if not bullet or (below and below[0].strip()):
        return ()
    indent, number, sign, mark = bullet.groups()
    marker = mark or f"{int(number) + 1}{sign}"
    said = Words(
        f"If step {numbers} fails → stop, nothing to roll back", f"如果在步骤{numbers}失败 → 直接终止，无需回滚"
    )
    return (Edit(At(last.at.line, len(line) + 1), "", f"\n{indent}{marker}{said.said(context.document.language)}"),)


RULE = Rule("rollback-gap", "RB204", "warning", PAGE, check)
