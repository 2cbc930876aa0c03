"""Limits that a document states for what it measures (M6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rollbook.binding.library import Library
from rollbook.binding.matching import match
from rollbook.model.conditions import Compare, Expr, Operator, Quantity, TypedLiteral, children
from rollbook.model.phrases import phrase_of
from rollbook.model.plan import Limit
from rollbook.model.workflow import Workflow
from rollbook.planning.context import Context

NUMERIC = ("duration", "percent", "size", "number")


def stated_limits(workflow: Workflow, library: Library) -> dict[str, tuple[Limit, ...]]:
    """Binding of a measure → every limit that success conditions and criteria give it, with the place it stands."""
    limits: dict[str, tuple[Limit, ...]] = {}
    for expr, line in _expressions(workflow):
        for compare in _comparisons(expr):
            if not isinstance(compare.left, Quantity) or not isinstance(compare.right, TypedLiteral):
                continue
            found = match(library, compare.left.phrase, phrase_of(compare.left.text)[1], ("measure",))
            if found is None or compare.right.kind not in NUMERIC:
                continue
            limit = Limit(compare.op, float(compare.right.value), compare.right.unit, f"{workflow.source.path}:{line}")
            limits[found.binding] = (*limits.get(found.binding, ()), limit)
    return limits


def _expressions(workflow: Workflow) -> Iterator[tuple[Expr, int]]:
    for step in workflow.steps:
        for condition in step.success:
            yield condition.expr, condition.at.line
    for criterion in workflow.criteria:
        yield criterion.expr, criterion.at.line


def _comparisons(expr: Expr) -> Iterator[Compare]:
    if isinstance(expr, Compare):
        yield expr
    for term in children(expr):
        yield from _comparisons(term)


def limit_of(compare: Compare, context: Context) -> Limit | None:
    """The limit a comparison states itself; a `${parameter}` counts when its value is a number."""
    right = compare.right
    if not isinstance(right, TypedLiteral):
        return None
    value = context.scope.value(str(right.value)) if right.kind == "param" else right.value
    if right.kind not in (*NUMERIC, "param") or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Limit(compare.op, float(value), right.unit)


def tightest(limits: Iterable[Limit], op: Operator) -> Limit | None:
    """The strictest of `limits` in the direction of `op`: the smallest upper bound, the greatest lower bound."""
    upper = op in ("<", "<=")
    same_way = [x for x in limits if (x.op in ("<", "<=")) == upper and x.op not in ("==", "!=")]
    if not same_way:
        return None
    return min(same_way, key=lambda x: (x.value, x.op)) if upper else max(same_way, key=lambda x: (x.value, x.op))
