"""Bullets that nothing executes: skip conditions, approval settings, rollback ranges, metrics. What became of them."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.model.plan import Plan, RollbackRule
from rollbook.model.words import environment_identity
from rollbook.model.workflow import Approval, Step, Workflow
from rollbook.values import Words
from rollbook.views.notes import Note, gate_note
from rollbook.views.run_view import GateView, RunView, StepView
from rollbook.views.wording import length, metric

HOLDS = Words("the case: the step was skipped", "成立：步骤已跳过")
NOT_THE_CASE = Words("not the case", "不成立")
ELSEWHERE = Words("another environment", "其他环境")
NOT_NEEDED = Words("not needed", "未触发")
NOT_MEASURED = Words("not measured", "未采集")
NOBODY = Words("nobody was asked", "未征询")

UNBROKEN = ("succeeded", "running", "waiting", "paused")
Noted = Iterator[tuple[int, Note]]


def said_notes(workflow: Workflow, plan: Plan, view: RunView, language: str) -> Noted:
    """Line and note of every such bullet of a template."""
    steps = {step.number: step for step in view.steps}
    for step in workflow.steps:
        if step.number in steps:
            yield from _skips(step, steps[step.number], language)
        if step.approval:
            yield from _approval(step.approval, _gate_of(step, plan, view), plan, language)
    yield from ((rule.line, _rollback(rule, view, language)) for rule in plan.rollback if rule.line)
    for measured in workflow.metrics:
        value = view.metrics.get(measured.name)
        missing = Note("none", NOT_MEASURED.said(language))
        yield measured.at.line, missing if value is None else Note("yes", metric(measured.name, value))


def _skips(step: Step, seen: StepView, language: str) -> Noted:
    """Of several skip conditions the reason names the one that held."""
    for condition in step.skip:
        held = seen.state == "skipped" and (condition.text in seen.reason or len(step.skip) == 1)
        said = Note("yes", HOLDS.said(language)) if held else Note("skipped", NOT_THE_CASE.said(language))
        yield condition.at.line, said


def _approval(approval: Approval, gate: GateView | None, plan: Plan, language: str) -> Noted:
    """The approvers of this environment answered or did not; the settings hold for that answer."""
    met = gate if gate and gate.opened is not None else None
    note = gate_note(met, language) if met else Note("skipped", NOBODY.said(language))
    for line in (approval.timeout_at.line, approval.need_at.line):
        if line:
            yield line, Note(note.mark, _waited(met) if line == approval.timeout_at.line else "")
    for approvers in approval.approvers:
        here = not approvers.environment or environment_identity(approvers.environment) == plan.site.environment
        yield approvers.at.line, note if here else Note("skipped", ELSEWHERE.said(language))


def _waited(gate: GateView | None) -> str:
    """How long the gate waited for its last answer."""
    if gate is None or gate.opened is None or not gate.answers:
        return ""
    return length(gate.answers[-1].at - gate.opened)


def _gate_of(step: Step, plan: Plan, view: RunView) -> GateView | None:
    gate = next((planned.gate for planned in plan.steps if planned.number == step.number), "")
    return next((seen for seen in view.gates if gate and seen.id == gate), None)


def _rollback(rule: RollbackRule, view: RunView, language: str) -> Note:
    """The range of the step that failed was applied; the others were not needed."""
    broke = view.cause.step if view.cause and view.state not in UNBROKEN else 0
    if not broke or not rule.first <= broke <= rule.last:
        return Note("skipped", NOT_NEEDED.said(language))
    back = [server.name for server in view.servers if server.state == "restored"]
    done = view.over and view.state != "frozen"
    return Note("yes" if done else "running", ", ".join(back))
