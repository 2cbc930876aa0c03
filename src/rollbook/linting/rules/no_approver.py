"""no-approver: an approval step names nobody who could approve."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.courses import approvals_met, environment_parameter
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.words import environment_identity
from rollbook.model.workflow import Step, Workflow
from rollbook.values import Words

PAGE = Page(
    summary=Words("An approval step names nobody who could approve.", "审批步骤没有写明谁可以批准。"),
    why=Words(
        "A run waits at an approval until somebody whom the document names agrees. With nobody named, or nobody for "
        "one "
        "of the environments that meet the step, it cannot be started.",
        "执行会停在审批处，直到文档指定的人同意。没有指定任何人，或者没有为会经过该步骤的某个环境指定人，就无法开始执"
        "行。",
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
    """Approval steps without a single role, and environments that meet one which names nobody for them."""
    for step in context.workflow.steps if context.workflow else ():
        listed = step.approval.approvers if step.approval else ()
        if step.kind == "approval" and not any(approvers.roles for approvers in listed):
            yield _nobody(step)
    if context.workflow and context.knows_parameters:
        yield from _forgotten(context.workflow)


def _forgotten(workflow: Workflow) -> Iterator[Finding]:
    parameter = environment_parameter(workflow)
    if not parameter or not any(step.kind == "approval" for step in workflow.steps):
        return
    for environment in map(str, parameter.enum):
        for step in approvals_met(workflow, environment):
            listed = [a.environment for a in step.approval.approvers if a.roles] if step.approval else []
            known = {environment_identity(name) for name in listed if name}
            if listed and all(listed) and environment_identity(environment) not in known:
                yield _nobody_for(step, environment)


def _nobody(step: Step) -> Finding:
    return Finding(
        step.at,
        Words(
            f"step {step.number} asks for approval and names nobody who may give it",
            f"步骤 {step.number} 要求审批，却没有写明谁可以批准",
        ),
        Words("list the approvers, by environment if they differ", "列出审批人员，必要时按环境分别列出"),
    )


def _nobody_for(step: Step, environment: str) -> Finding:
    return Finding(
        step.at,
        Words(
            f"step {step.number} names nobody who may approve for {environment}",
            f"步骤 {step.number} 没有写明谁可以为 {environment} 批准",
        ),
        Words(
            f"list approvers for {environment}, or let a decision or skip condition pass the step there",
            f"为 {environment} 列出审批人员，或用判断、跳过条件在该环境略过此步骤",
        ),
    )


RULE = Rule("no-approver", "RB210", "warning", PAGE, check)
