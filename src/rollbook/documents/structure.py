"""Structural rules of a template: what cannot be planned however well each part reads."""

from __future__ import annotations

from rollbook.documents.notes import Notes
from rollbook.model.workflow import Effect, Step, Workflow


def check_structure(workflow: Workflow, notes: Notes) -> None:
    """Notes every structural problem of the template at once."""
    if not workflow.steps:
        notes.problem("no-steps", workflow.metadata_at)
    _check_numbers(workflow.steps, notes)
    check_jumps(workflow.steps, notes)


def _check_numbers(steps: tuple[Step, ...], notes: Notes) -> None:
    """Numbers are unique; out of order they only mislead the reader."""
    first: dict[int, Step] = {}
    for i, step in enumerate(steps):
        if step.number in first:
            notes.problem("duplicate-step", step.at, number=step.number, line=first[step.number].at.line)
        elif i and step.number < steps[i - 1].number:
            notes.problem("numbered-restart", step.at, number=step.number, before=steps[i - 1].number)
        first.setdefault(step.number, step)
        if step.kind == "condition" and step.decision is None:
            notes.problem("no-decision", step.at, number=step.number)


def check_jumps(steps: tuple[Step, ...], notes: Notes) -> None:
    """Notes every jump of a decision that leads nowhere or back."""
    order = {step.number: i for i, step in reversed(list(enumerate(steps)))}
    for step in steps:
        for branch in step.decision.branches if step.decision else ():
            for effect in branch.effects:
                if effect.kind in ("goto", "skip"):
                    _check_jump(step, effect, order, notes)


def _check_jump(step: Step, effect: Effect, order: dict[int, int], notes: Notes) -> None:
    """Jumps only forward, and only to a step there is."""
    if effect.value not in order:
        numbers = ", ".join(str(n) for n in sorted(order))
        notes.problem("jump-to-nowhere", effect.at, number=effect.value, steps=numbers)
    elif order[effect.value] <= order[step.number]:
        notes.problem("backward-jump", effect.at, step=step.number, number=effect.value)
