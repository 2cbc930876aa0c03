"""Conditions in the cells of a deployment document: what is a limit and what is a time that it must last."""

from __future__ import annotations

import pytest

from rollbook.documents.blocks import Line
from rollbook.documents.deployment.conditions import condition_of
from rollbook.documents.notes import Notes
from rollbook.model.conditions import Compare, Expr, Or, TypedLiteral
from rollbook.values import At


def limits(expr: Expr) -> list[tuple[str, object]]:
    """Operator and value of each comparison."""
    if isinstance(expr, Or):
        return [limit for term in expr.terms for limit in limits(term)]
    assert isinstance(expr, Compare), expr
    assert isinstance(expr.right, TypedLiteral)
    return [(expr.op, expr.right.value)]


@pytest.mark.parametrize(
    ("text", "found", "lasting"),
    [
        ("p99 over 3 s", [(">", 3.0)], None),
        ("error rate over 2 % or p99 over 3 s", [(">", 0.02), (">", 3.0)], None),
        ("error rate > 1% for 5 minutes", [(">", 0.01)], 300.0),
        ("error rate over 1 % over 5 minutes", [(">", 0.01)], 300.0),
        ("p99 over 3 s for 5 min", [(">", 3.0)], 300.0),
        ("错误率 > 1% 持续 5 分钟", [(">", 0.01)], 300.0),
        ("P99 超过 2 秒", [(">", 2.0)], None),
        ("availability drops below 99.9%", [("<", 0.999)], None),
        ("5xx ratio exceeds 0.5 percent", [(">", 0.005)], None),
    ],
)
def test_a_limit_is_not_taken_for_the_time_it_must_last(
    text: str, found: list[tuple[str, object]], lasting: float | None
) -> None:
    read = condition_of(Line(text, At(1, 1)), Notes("d.md"), "or")
    assert read.condition is not None
    assert limits(read.condition.expr) == found
    assert read.seconds == lasting
