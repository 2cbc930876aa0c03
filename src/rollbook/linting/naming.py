"""Names of a template: which exist, where they are used, and with which values."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from rollbook.linting.context import comparisons, conditions_of, items_of
from rollbook.model.conditions import Compare, Condition, Name, TypedLiteral
from rollbook.model.words import boolean
from rollbook.model.workflow import Item, Parameter, Workflow
from rollbook.values import At, Json

INTERPOLATION = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
VARIABLES = "variables."


class Use(msgspec.Struct, frozen=True):
    """A name given or compared with a value. `spelling` is how the value reads."""

    name: str
    value: Json
    spelling: str
    at: At

    @property
    def is_boolean(self) -> bool:
        return isinstance(self.value, bool)


def bare(name: str) -> str:
    """ "variables.ask" and "ask" are one name."""
    return name.removeprefix(VARIABLES)


def uses_of(workflow: Workflow) -> Iterator[Use]:
    """Every place that gives a name a value or a type, in reading order: parameters, decisions, conditions."""
    for parameter in workflow.parameters:
        yield from _declared(parameter)
    for step in workflow.steps:
        for branch in step.decision.branches if step.decision else ():
            for effect in branch.effects:
                if effect.kind == "set":
                    yield Use(bare(effect.name), effect.value, _spelt(effect.value), effect.at)
        for condition in conditions_of(step):
            yield from _compared(condition)


def _declared(parameter: Parameter) -> Iterator[Use]:
    """The parameter's own type as a value of that type: boolean, or something else."""
    if parameter.type == "boolean":
        yield Use(parameter.name, True, "boolean", parameter.at)
        values = [*parameter.enum, *([parameter.default] if parameter.has_default else [])]
        yield from (Use(parameter.name, _truth(v), _spelt(v), parameter.at) for v in values if v is not None)
    else:
        yield Use(parameter.name, parameter.type, f"of type {parameter.type}", parameter.at)


def _truth(value: Json) -> Json:
    """A word for true or false (否, no) is that value: a table gives defaults as words."""
    known = boolean(value) if isinstance(value, str) else None
    return value if known is None else known


def _compared(condition: Condition) -> Iterator[Use]:
    for comparison in comparisons(condition.expr):
        match comparison:
            case Compare(left=Name() as name, op="==" | "!=", right=TypedLiteral() as literal) if (
                literal.kind != "null"
            ):
                yield Use(bare(name.path), literal.value, literal.text or _spelt(literal.value), condition.at)


def _spelt(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"“{value}”"


def set_names(workflow: Workflow) -> frozenset[str]:
    """Variables that decisions set."""
    effects = (e for s in workflow.steps if s.decision for b in s.decision.branches for e in b.effects)
    return frozenset(bare(e.name) for e in effects if e.kind == "set")


def interpolated(workflow: Workflow) -> Iterator[tuple[str, At]]:
    """Every `${name}` in prose with its place; code belongs to its shell (M4)."""
    for step in workflow.steps:
        for item in (*items_of(step), *step.notices):
            yield from _in_item(item)
        for condition in conditions_of(step):
            yield from ((name, condition.at) for name in INTERPOLATION.findall(condition.text))
    for criterion in workflow.criteria:
        yield from ((name, criterion.at) for name in INTERPOLATION.findall(criterion.text))


def _in_item(item: Item) -> Iterator[tuple[str, At]]:
    if not item.code:
        yield from ((name, item.at) for name in INTERPOLATION.findall(item.text))


def compared(workflow: Workflow) -> Iterator[tuple[str, At]]:
    """Every name in a condition with its place."""
    for step in workflow.steps:
        for condition in conditions_of(step):
            for comparison in comparisons(condition.expr):
                for side in (comparison.left, comparison.right):
                    if isinstance(side, Name):
                        yield side.path, condition.at


def loop_names(workflow: Workflow) -> frozenset[str]:
    """Loop variables, such as `server` of "for each server"."""
    return frozenset(group.loop for step in workflow.steps for group in step.groups if group.loop)
