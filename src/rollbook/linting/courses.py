"""Which approvals a run for one environment certainly meets: decisions walked while the environment settles them."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.model.workflow import Decision, Effect, Parameter, Step, Workflow
from rollbook.planning.parameters import is_environment
from rollbook.planning.scope import Scope, bare
from rollbook.planning.truth import truth
from rollbook.values import Json


def approvals_met(workflow: Workflow, environment: str) -> Iterator[Step]:
    """Approval steps that a run for `environment` cannot avoid. Where a condition depends on anything else, nothing
    is certain any more, and the walk ends."""
    scope = _scope(workflow, environment)
    skipped: set[int] = set()
    waived = False
    for index, step in enumerate(workflow.steps):
        answers = [truth(condition.expr, scope) for condition in step.skip]
        if step.number in skipped or True in answers:
            continue
        if None in answers and step.kind == "approval":
            return
        if step.decision:
            effects = _effects(step.decision, scope)
            if effects is None:
                return
            skipped |= _left_out(effects, workflow.steps[index + 1 :])
            waived = any(e.kind == "approval" and e.value == "none" for e in effects)
            scope = scope.with_variables({**scope.variables, **_assigned(effects)})
        elif step.kind == "approval" and not waived:
            yield step


def environment_parameter(workflow: Workflow) -> Parameter | None:
    return next((p for p in workflow.parameters if is_environment(p.name)), None)


def _scope(workflow: Workflow, environment: str) -> Scope:
    """Only the environment is known: other parameters have no value yet."""
    parameter = environment_parameter(workflow)
    name = parameter.name if parameter else ""
    return Scope({name: environment}, environment_name=name, environment=environment, counterpart=environment)


def _effects(decision: Decision, scope: Scope) -> tuple[Effect, ...] | None:
    """Of the branch that is taken; none when no branch is; None when that is not known."""
    for branch in decision.branches:
        answer = truth(branch.condition.expr, scope) if branch.condition else True
        if answer is None:
            return None
        if answer:
            return branch.effects
    return ()


def _left_out(effects: tuple[Effect, ...], later: tuple[Step, ...]) -> set[int]:
    numbers = [step.number for step in later]
    skipped: set[int] = {e.value for e in effects if e.kind == "skip"}
    for target in (e.value for e in effects if e.kind == "goto" and e.value in numbers):
        skipped |= set(numbers[: numbers.index(target)])
    return skipped


def _assigned(effects: tuple[Effect, ...]) -> dict[str, Json]:
    return {bare(e.name): e.value for e in effects if e.kind == "set"}
