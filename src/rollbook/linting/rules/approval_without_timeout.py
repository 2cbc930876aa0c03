"""approval-without-timeout: an approval step may wait for ever."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.values import Words

PAGE = Page(
    summary=Words("An approval step does not say how long it waits.", "审批步骤没有写明等待多久。"),
    why=Words(
        "A run that waits for approval holds its targets: no other run may touch the same servers. Without a limit a "
        "forgotten request blocks them until somebody aborts it.",
        "等待审批的执行占用着它的目标：别的执行不能动同样的服务器。没有时限，一个被遗忘的请求会一直占用它们，直到有人"
        "中止。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Approve [approval]
**Approvers**:
- production: tech lead
""",
        """\
# 发布
## 工作流步骤
### 1. 审批 [approval]
**审批人员**:
- production: 技术负责人
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Approve [approval]
**Configuration**:
- approval timeout: 4 hours

**Approvers**:
- production: tech lead
""",
        """\
# 发布
## 工作流步骤
### 1. 审批 [approval]
**配置**:
- 审批超时: 4小时

**审批人员**:
- production: 技术负责人
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Steps of kind approval without a timeout, their own or the step's."""
    for step in context.workflow.steps if context.workflow else ():
        if step.kind == "approval" and not step.timeout_s and not (step.approval and step.approval.timeout_s):
            yield Finding(
                step.at,
                Words(
                    f"step {step.number} waits for approval without a time limit",
                    f"步骤 {step.number} 的审批没有时限",
                ),
                Words("add “approval timeout: 24 hours”", "增加“审批超时: 24小时”"),
            )


RULE = Rule("approval-without-timeout", "RB211", "note", PAGE, check)
