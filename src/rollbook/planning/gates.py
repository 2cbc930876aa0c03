"""Gates of a plan: approvals by environment, choices, outages to agree to (M2, M14, M15)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rollbook.model.gates import Approver, Gate
from rollbook.model.plan import Blocker
from rollbook.model.words import environment_identity
from rollbook.model.workflow import Approval, Approvers, Step
from rollbook.planning.context import Context
from rollbook.planning.decisions import ApprovalMode
from rollbook.values import Words


def approval_gate(step: Step, mode: ApprovalMode, context: Context, reason: Words = Words("", "")) -> Gate:
    """The gate of an approval step for the run's environment."""
    approval = step.approval or Approval()
    entries = _entries(approval, context.scope.counterpart)
    roles = tuple(dict.fromkeys(role for entry in entries for role in entry.roles))
    joined = any(e.joined_by == "and" for e in entries)
    return Gate(
        f"approval.{step.number}", "approval", step.title, step.number,
        mode="optional" if mode == "optional" else "required",
        approvers=tuple(Approver(role, context.site.people_of(role)) for role in roles),
        need=approval.need if approval.need is not None else ("all" if joined else "any"),
        timeout_s=approval.timeout_s, channels=approval.channels, reason=context.said(reason), line=step.at.line,
    )  # fmt: skip


def _entries(approval: Approval, environment: str) -> tuple[Approvers, ...]:
    """The lines about this environment, else those about any; identities compare (M1)."""
    wanted = environment_identity(environment)
    own = tuple(a for a in approval.approvers if a.environment and environment_identity(a.environment) == wanted)
    return own or tuple(a for a in approval.approvers if not a.environment)


def everyone_named(step: Step, context: Context) -> tuple[Approver, ...]:
    """The roles of every environment: who must say yes where the document names nobody for this one (M15)."""
    roles = dict.fromkeys(r for a in (step.approval or Approval()).approvers for r in a.roles)
    return tuple(Approver(role, context.site.people_of(role)) for role in roles)


def protecting_gate(step: Step, context: Context) -> Gate:
    """The gate of an environment that the deployment document protects, where the template's decision asks for none:
    the template's approvers, else the sign-off roles other than the author's (M2)."""
    from rollbook.planning.deployment.checklist import sign_off_roles

    reason = Words("the deployment document protects this environment", "部署文档要求保护此环境")
    gate = approval_gate(step, "required", context, reason)
    roles = sign_off_roles(context.ground) if context.ground else ()
    signers = tuple(Approver(role, context.site.people_of(role)) for role in roles)
    return msgspec.structs.replace(gate, approvers=gate.approvers or signers or everyone_named(step, context))


def outage_gate(step: int, approvers: tuple[Approver, ...], context: Context) -> Gate:
    """One server and no way to start the new release beside the old one: people agree to be down (M33)."""
    reason = Words("the only server leaves traffic: the service is down until it is back",
                   "唯一的服务器将移出流量：恢复之前服务中断")  # fmt: skip
    title = Words("outage", "服务中断")
    return Gate("outage", "outage", context.said(title), step, approvers=approvers, reason=context.said(reason))


def blockers_of(gates: Iterable[Gate], context: Context) -> tuple[Blocker, ...]:
    """Gates that nobody could ever open."""
    return tuple(b for gate in gates if gate.kind == "approval" for b in _unopenable(gate, context))


def no_adapter(context: Context) -> tuple[Blocker, ...]:
    """A site of a kind that nothing here can act on yet: it can be planned against, not run."""
    site = context.site
    if site.kind == "embedded":
        return ()
    text = Words(f"no adapter for {site.kind} sites yet", f"尚无 {site.kind} 站点的适配器")
    hint = Words("run on the embedded site with --site embedded", "可用 --site embedded 在内置站点上运行")
    return (Blocker("no-adapter", context.said(text), context.said(hint), site.path),)


def _unopenable(gate: Gate, context: Context) -> Iterable[Blocker]:
    people = {p for a in gate.approvers for p in a.people}
    environment = context.scope.environment
    if not gate.approvers:
        text = Words(f"step {gate.step} names no approver for {environment or 'this run'}",
                     f"步骤{gate.step}没有为 {environment or '本次运行'} 指定审批人")  # fmt: skip
        hint = Words("name the roles under the approvers", "请在审批人员中写明角色")
        yield Blocker("no-approver", context.said(text), context.said(hint), context.file, gate.line)
    elif not people - {context.site.initiator}:
        roles = ", ".join(a.role for a in gate.approvers)
        text = Words(f"nobody on this site may approve: {roles}", f"此站点没有人可以审批：{roles}")
        hint = Words("give the roles to people in the site file", "请在站点文件的 [people] 中分配这些角色")
        yield Blocker("nobody-has-role", context.said(text), context.said(hint), context.file, gate.line)
