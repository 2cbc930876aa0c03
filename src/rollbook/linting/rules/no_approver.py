"""no-approver: an approval step names nobody who could approve."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.values import Words

PAGE = Page(
    summary=Words("An approval step names nobody who could approve.", "审批步骤没有写明谁可以批准。"),
    why=Words(
        "A run waits at an approval until somebody whom the document names agrees. With nobody named it can only wait "
        "until the time is over, unless the site file happens to say who may.",
        "执行会停在审批处，直到文档指定的人同意。没有指定任何人，就只能等到超时，除非站点文件恰好写明了谁可以批准。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Approve [approval]
**Configuration**:
- approval timeout: 4 hours
- approval mode: at least one person
""",
        """\
# 发布
## 工作流步骤
### 1. 审批 [approval]
**配置**:
- 审批超时: 4小时
- 审批方式: 至少一人批准
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Approve [approval]
**Configuration**:
- approval timeout: 4 hours
- approval mode: at least one person

**Approvers**:
- production: tech lead
""",
        """\
# 发布
## 工作流步骤
### 1. 审批 [approval]
**配置**:
- 审批超时: 4小时
- 审批方式: 至少一人批准

**审批人员**:
- production: 技术负责人
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Steps of kind approval without a single role."""
    for step in context.workflow.steps if context.workflow else ():
        listed = step.approval.approvers if step.approval else ()
        if step.kind == "approval" and not any(approvers.roles for approvers in listed):
            yield Finding(
                step.at,
                Words(
                    f"step {step.number} asks for approval and names nobody who may give it",
                    f"步骤 {step.number} 要求审批，却没有写明谁可以批准",
                ),
                Words(
                    "list the approvers, by environment if they differ", "列出审批人员；不同环境不同的，按环境分别列出"
                ),
            )


RULE = Rule("no-approver", "RB210", "warning", PAGE, check)
