"""Steps of the plan: decision, items, checks, gate and rollback of each."""

from __future__ import annotations

import msgspec

from rollbook.model.gates import Gate
from rollbook.model.plan import Decision, PlanItem, PlanStep
from rollbook.model.workflow import Step
from rollbook.planning.conditions import Place, Where, plan_checks
from rollbook.planning.context import Context
from rollbook.planning.gates import approval_gate, everyone_named, protecting_gate
from rollbook.planning.items import plan_items
from rollbook.planning.layout import Layout
from rollbook.planning.loops import apart
from rollbook.planning.rollback import action_for
from rollbook.planning.scope import fill
from rollbook.values import Words


def plan_steps(layout: Layout, context: Context) -> tuple[tuple[PlanStep, ...], tuple[Gate, ...]]:
    """Every step in document order, and their gates."""
    gates = {g.step: g for g in layout.course.choices}
    steps = []
    for step in context.workflow.steps:
        gate = _approval(step, layout, context.for_step(step.number))
        if gate is not None:
            gates[step.number] = gate
        steps.append(_plan_step(step, gates.get(step.number), layout, context.for_step(step.number)))
    return tuple(steps), tuple(gates[n] for n in sorted(gates))


def _plan_step(step: Step, gate: Gate | None, layout: Layout, context: Context) -> PlanStep:
    decision, reason = _decision(step, gate, layout, context)
    _note_settings(step, context)
    live = decision != "skip"
    inside = step.number in layout.rotation.inside
    if live:
        apart(step, layout.drafts[step.number], context.findings)
    place = Place(step.number, _where(step, layout), inside)
    action, words = action_for(step, layout, context)
    return PlanStep(
        step.number, step.title, step.kind, decision, reason,
        items=plan_items(step, layout.drafts[step.number], context, inside) if live else _skipped(step, layout),
        checks=plan_checks(step.success, place, f"{step.number}.?", context) if live else (),
        rollback=action, rollback_text=words, gate=gate.id if gate and live else "", line=step.at.line,
        notices=tuple(fill(n.text, context.scope, n.at, context.findings) for n in step.notices),
    )  # fmt: skip


def _note_settings(step: Step, context: Context) -> None:
    """Labelled lines that nothing acts on are said, never dropped."""
    for label, value in (*step.settings, *(step.approval.settings if step.approval else ())):
        context.note(f"step {step.number}: “{label}: {value}” is kept and not acted upon",
                     f"步骤{step.number}：“{label}：{value}”已保留，但不起作用")  # fmt: skip


def _decision(step: Step, gate: Gate | None, layout: Layout, context: Context) -> tuple[Decision, str]:
    reason = layout.course.skipped.get(step.number)
    if reason is not None and not (gate and gate.kind == "approval"):
        return "skip", context.said(reason)
    if gate is not None:
        return "pending", gate.reason
    return "run", context.said(layout.course.branches.get(step.number, Words("", "")))


def _skipped(step: Step, layout: Layout) -> tuple[PlanItem, ...]:
    """A skipped step's bullets, for readers: what is not run. Their bindings are not asked for."""
    executed = [d for d in layout.drafts[step.number] if not d.title]
    return tuple(
        PlanItem(f"{step.number}.{n}", d.item.text, d.item.phrase, "manual", (), line=d.item.at.line,
                 from_step=step.number)
        for n, d in enumerate(executed, 1)
    )  # fmt: skip


def _where(step: Step, layout: Layout) -> Where:
    """Probes before the servers are back; real traffic in the step that returns them and later."""
    if layout.rotation.is_out_of_traffic(step.number):
        return "probe"
    return "traffic" if layout.is_touched_by(step.number) else ""


def _approval(step: Step, layout: Layout, context: Context) -> Gate | None:
    """The gate of an approval step, also of one that would be skipped while its quorum guards an override (M15)."""
    if step.kind != "approval":
        return None
    guarded = [why for number, why in layout.guarded.items() if number != step.number]
    mode, reason = layout.course.approval.get(step.number, ("none", Words("", "")))
    if mode != "required" and not guarded and context.ground is not None and context.ground.protected:
        return protecting_gate(step, context)
    if mode == "none" and not guarded:
        return None
    if not guarded:
        return approval_gate(step, mode, context, _reason(mode, reason))
    gate = approval_gate(step, "required", context, guarded[0])
    return msgspec.structs.replace(gate, approvers=gate.approvers or everyone_named(step, context))


def _reason(mode: str, reason: Words) -> Words:
    if mode == "optional":
        extra = Words("waits only if a request is pending", "仅当有待处理的审批请求时才等待")
    else:
        extra = Words("waits for approval", "等待审批")
    return Words(f"{extra.en}: {reason.en}", f"{extra.zh}:{reason.zh}") if reason.en else extra
