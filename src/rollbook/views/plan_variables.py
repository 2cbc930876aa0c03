"""The environment's variables as a plan shows them: value and source; of a secret, the source alone (M3, M5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rollbook.model.plan import Plan
from rollbook.values import Words
from rollbook.views.columns import in_columns

REFERENCE = "secret:"


class PlannedVariable(NamedTuple):
    """`value` is None for a secret, and for a variable that nothing gives; `source` "" where nothing does."""

    name: str
    value: str | None
    secret: bool
    source: str


def variables_of(plan: Plan) -> tuple[PlannedVariable, ...]:
    """In the order of the document's table; none without a deployment document."""
    if plan.deployment is None:
        return ()
    values, facts = plan.deployment.variables, plan.deployment
    names = dict.fromkeys((*facts.sources, *values))
    return tuple(_variable(name, values.get(name), facts.secrets, facts.sources) for name in names)


def variable_lines(plan: Plan, language: str) -> Iterator[str]:
    rows = [(v.name, _said(v).said(language), f"← {v.source}" if v.source else "") for v in variables_of(plan)]
    yield from in_columns(rows, widest=48)


def _variable(name: str, value: str | None, secrets: Mapping[str, str], sources: Mapping[str, str]) -> PlannedVariable:
    secret = name in secrets or (value or "").startswith(REFERENCE)
    return PlannedVariable(name, None if secret else value, secret, sources.get(name, "") if value else "")


def _said(variable: PlannedVariable) -> Words:
    if variable.value is not None:
        return Words(variable.value, variable.value)
    if variable.secret and variable.source:
        return Words("(secret)", "（密钥）")
    return Words("(secret, not there)", "（密钥，未找到）") if variable.secret else Words("(no value)", "（无取值）")
