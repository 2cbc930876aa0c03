"""Conditions of the alert table as PromQL. The metrics' names are those of the Prometheus client libraries; which
measure reads which metric is data (`metrics.json`). A name that is a metric's already is taken as it stands."""

from __future__ import annotations

import pkgutil
import re
import unicodedata

import msgspec

from rollbook.model.conditions import And, Compare, Expr, Name, Not, Or, Quantity, TypedLiteral

METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
NUMBERS = ("percent", "duration", "size", "number")


class Measure(msgspec.Struct, frozen=True):
    """One measure: the words for it, the expression that yields it, and its unit in Grafana's spelling."""

    words: tuple[str, ...]
    expr: str
    unit: str = "short"


class Tables(msgspec.Struct, frozen=True):
    """The whole data file: measures, and what words for channels and severities mean."""

    measures: tuple[Measure, ...]
    channels: dict[str, tuple[str, ...]]
    severities: dict[str, tuple[str, ...]]


class Bound(msgspec.Struct, frozen=True):
    """One comparison: a measure's expression, the operator and the number it is held against."""

    measure: Measure
    label: str
    op: str
    limit: float


class Unsayable(ValueError):
    """The condition has a part that PromQL cannot be made of; its text is the argument."""


def tables() -> Tables:
    return msgspec.json.decode(pkgutil.get_data(__package__, "metrics.json") or b"{}", type=Tables)


def named(word: str, known: dict[str, tuple[str, ...]]) -> str:
    """The standard name of a channel or severity; the word itself where it has none."""
    return next((name for name, words in known.items() if _plain(word) in words), _plain(word))


def promql(expr: Expr, known: Tables) -> str:
    """An expression that yields something exactly while the condition holds. Raises Unsayable."""
    if isinstance(expr, And):
        return " and on () ".join(f"({promql(term, known)})" for term in expr.terms)
    if isinstance(expr, Or):
        return " or ".join(f"({promql(term, known)})" for term in expr.terms)
    if isinstance(expr, Not) and isinstance(expr.term, Compare):
        bound = bound_of(expr.term, known)
        return _said(msgspec.structs.replace(bound, op=OPPOSITE[bound.op]))
    if isinstance(expr, Compare):
        return _said(bound_of(expr, known))
    raise Unsayable(getattr(expr, "text", ""))


def bounds(expr: Expr, known: Tables) -> tuple[Bound, ...]:
    """Every comparison of a condition that can be said."""
    if isinstance(expr, And | Or):
        return tuple(bound for term in expr.terms for bound in bounds(term, known))
    try:
        return (bound_of(expr, known),) if isinstance(expr, Compare) else ()
    except Unsayable:
        return ()


def bound_of(compare: Compare, known: Tables) -> Bound:
    """A measure on one side, a number on the other. Raises Unsayable."""
    left, op, right = compare.left, compare.op, compare.right
    if isinstance(left, TypedLiteral):
        left, op, right = right, MIRRORED[op], left  # type: ignore[assignment]
    if not isinstance(left, Quantity | Name) or not isinstance(right, TypedLiteral) or right.kind not in NUMBERS:
        raise Unsayable(f"{_text(compare.left)} {compare.op} {_text(compare.right)}")
    label = _text(left)
    return Bound(_measure(label, known), label, op, float(right.value))


def _measure(label: str, known: Tables) -> Measure:
    found = next((m for m in known.measures if _plain(label) in m.words), None)
    if found is None and METRIC.fullmatch(label):
        return Measure((label,), label)
    if found is None:
        raise Unsayable(label)
    return found


def _said(bound: Bound) -> str:
    return f"{bound.measure.expr} {bound.op} {bound.limit:.12g}"


def _text(operand: Quantity | Name | TypedLiteral) -> str:
    return operand.path if isinstance(operand, Name) else operand.text


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
