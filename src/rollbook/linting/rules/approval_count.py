"""approval-count: the roles listed for an approval and the number of approvals asked for contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.workflow import Approval, Approvers
from rollbook.problems import Related
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "The roles listed for an approval and the number of approvals asked for contradict each other.",
        "审批列出的角色与要求的批准人数相互矛盾。",
    ),
    why=Words(
        'Roles joined by "+" or "and" read as if each of them had to agree; "at least one person" says that any of '
        "them "
        "is enough. Whoever relies on the first reading believes that operations looked at the release, and it may go "
        "out without them. Rollbook obeys the stated number, so say which is meant.",
        "用“+”或“和”连接的角色读起来是每一位都要同意，而“至少一人批准”说任意一位即可。按前一种理解的人会以为运维已经"
        "看过这次发布，"
        "其实发布可能没有经过他们。Rollbook 按写明的人数执行，因此请写清楚是哪一种。",
    ),
    bad=Words(
        """\
# Release
## Steps
### 1. Approve the release [approval]
**Configuration**:
- approval timeout: 4 hours
- approval mode: at least one person

**Approvers**:
- production: tech lead + operations lead
""",
        """\
# 发布
## 工作流步骤
### 1. 发布审批 [approval]
**配置**:
- 审批超时: 4小时
- 审批方式: 至少一人批准

**审批人员**:
- production: 技术负责人 + 运维负责人
""",
    ),
    good=Words(
        """\
# Release
## Steps
### 1. Approve the release [approval]
**Configuration**:
- approval timeout: 4 hours
- approval mode: at least one person

**Approvers**:
- production: tech lead or operations lead
""",
        """\
# 发布
## 工作流步骤
### 1. 发布审批 [approval]
**配置**:
- 审批超时: 4小时
- 审批方式: 全部批准

**审批人员**:
- production: 技术负责人 + 运维负责人
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Roles joined by "and" where fewer approvals are enough, or by "or" where all are needed."""
    for step in context.workflow.steps if context.workflow else ():
        if not step.approval:
            continue
        for approvers in step.approval.approvers:
            if len(approvers.roles) > 1:
                yield from _contradiction(step.approval, approvers)


def _contradiction(approval: Approval, approvers: Approvers) -> Iterator[Finding]:
    listed, joined = len(approvers.roles), approvers.joined_by
    enough = 1 if approval.need == "any" else approval.need
    if joined == "and" and isinstance(enough, int) and enough < listed:
        yield _finding(approval, approvers, _too_few(approvers, enough))
    if joined == "or" and enough == "all":
        yield _finding(approval, approvers, _too_many(approvers))


def _too_few(approvers: Approvers, enough: int) -> Words:
    where = approvers.environment
    return Words(
        f"{len(approvers.roles)} approvers are listed together{where and f' for {where}'}, "
        f"but {_number_en(enough)} enough",
        f"{where and where + ' '}同时列出了 {len(approvers.roles)} 个审批角色，但 {enough} 人批准即可",
    )


def _too_many(approvers: Approvers) -> Words:
    return Words(
        f"the approvers are listed as alternatives ({' or '.join(approvers.roles)}), but all must approve",
        f"审批角色写成了任选其一（{'或'.join(approvers.roles)}），但要求全部批准",
    )


def _number_en(enough: int) -> str:
    return "one is" if enough == 1 else f"{enough} are"


def _finding(approval: Approval, approvers: Approvers, summary: Words) -> Finding:
    return Finding(
        approvers.at,
        summary,
        Words(
            'join the roles with "or" if any of them may approve, or ask for "all" if each must',
            "任一角色即可时用“或”连接；每个角色都要批准时写“全部批准”",
        ),
        (Related(approval.need_at, Words("how many must approve is said here", "这里写明需要多少人批准")),)
        if approval.need_at.line
        else (),
    )


RULE = Rule("approval-count", "RB201", "warning", PAGE, check)
