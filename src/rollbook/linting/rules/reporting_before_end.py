"""reporting-before-end: a step that only reports stands before steps that act."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context, items_of
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Step
from rollbook.problems import Related
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "A step that only reports stands before steps that act.",
        "只做通知或记录的步骤排在了还要操作的步骤之前。",
    ),
    why=Words(
        "Steps that notify, report or record run last, whatever the outcome, so that they tell how it ended and so "
        "that a "
        "mail server that is down never rolls back a good release. Standing in the middle, the step promises an "
        "order that "
        "is not kept.",
        "通知、报告、记录的步骤无论结果如何都在最后执行：这样才能说明结局，邮件服务器故障也不会让好的发布回滚。把它写"
        "在中间，就承诺了一个"
        "不会遵守的顺序。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Notify [action]
**Actions**:
- send the success/failure notification

### 2. Deploy [action]
**Actions**:
- start the new version
""",
        """\
# 发布
## 工作流步骤
### 1. 通知 [action]
**执行内容**:
- 发送成功/失败通知

### 2. 部署 [action]
**执行内容**:
- 启动新版本服务
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Deploy [action]
**Actions**:
- start the new version

### 2. Notify [action]
**Actions**:
- send the success/failure notification
""",
        """\
# 发布
## 工作流步骤
### 1. 部署 [action]
**执行内容**:
- 启动新版本服务

### 2. 通知 [action]
**执行内容**:
- 发送成功/失败通知
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Steps all of whose bullets report, ahead of one that does not."""
    acting: Step | None = None
    for step in reversed(context.workflow.steps if context.workflow else ()):
        items = tuple(items_of(step))
        if not items or not all(context.meanings.reports(item) for item in items):
            acting = acting or step
        elif acting:
            yield _finding(step, acting)


def _finding(step: Step, acting: Step) -> Finding:
    return Finding(
        step.at,
        Words(
            f"step {step.number} only reports and will run after step {acting.number}, not before it",
            f"步骤 {step.number} 只做通知或记录，会在步骤 {acting.number} 之后执行，而不是之前",
        ),
        Words("move it to the end", "把它移到最后"),
        (Related(acting.at, Words("still acts", "这里还有操作")),),
    )


RULE = Rule("reporting-before-end", "RB218", "warning", PAGE, check)
