"""empty-step: a step of kind action or parallel without a bullet."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.values import Words

PAGE = Page(
    summary=Words("A step that should act has no bullets.", "应当执行操作的步骤没有任何条目。"),
    why=Words(
        "Bullets are what a run carries out. A step with a description alone looks like work in the document and does "
        "nothing in the run.",
        "执行的是条目。只有描述的步骤在文档里看起来有事要做，执行时却什么也不做。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Deploy [action]
**Description**: deploy the new version to all servers
""",
        """\
# 发布
## 工作流步骤
### 1. 部署 [action]
**描述**: 部署新版本到所有服务器
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Deploy [action]
**Description**: deploy the new version to all servers
**Actions**:
- start the new version
""",
        """\
# 发布
## 工作流步骤
### 1. 部署 [action]
**描述**: 部署新版本到所有服务器
**执行内容**:
- 启动新版本服务
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Action and parallel steps with neither items nor conditions to judge."""
    for step in context.workflow.steps if context.workflow else ():
        acts = step.kind in ("action", "parallel")
        if acts and not any(group.items for group in step.groups) and not step.success and not step.notices:
            yield Finding(
                step.at,
                Words(f"step {step.number} has nothing to do", f"步骤 {step.number} 没有要做的事"),
                Words(
                    "list what is to be done as bullets under “Actions”",
                    "在“执行内容”下用条目列出要做的事",
                ),
            )


RULE = Rule("empty-step", "RB223", "warning", PAGE, check)
