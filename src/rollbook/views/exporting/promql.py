"""Conditions of the alert table as PromQL. The metrics' names are those of the Prometheus client libraries; which
measure reads which metric is data (`metrics.json`). A name that is a metric's already is taken as it stands."""

from __future__ import annotations

import pkgutil
import re
import unicodedata
from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from rollbook.model.conditions import And, Compare, Expr, Name, Not, Or, Quantity, TypedLiteral

METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
NUMBERS = ("percent", "duration", "size", "number")


MeasureKind: TypeAlias = Literal["errors", "successes", "quantile", "rate", "gauge", "other"]
REQUESTS, DURATIONS, CODE = "http_requests_total", "http_request_duration_seconds", "code"
SELECTOR = "selector"
"""Names that a site may give otherwise: the counter of requests, the histogram of durations, the label of the status
code; and what chooses the service's own series (`job="shop"`)."""


class Measure(msgspec.Struct, frozen=True):
    """One measure: the words for it, the expression that yields it, its unit in Grafana's spelling. `kind`: what it is
    computed from, which a test needs to know."""

    words: tuple[str, ...]
    expr: str
    unit: str = "short"
    kind: MeasureKind = "other"
    quantile: float = 0.0


class Tables(msgspec.Struct, frozen=True):
    """The whole data file: measures, and what words for channels and severities mean."""

    measures: tuple[Measure, ...]
    channels: dict[str, tuple[str, ...]]
    severities: dict[str, tuple[str, ...]]
    names: dict[str, str] = {}
    """What the site calls metrics and labels; `selector` as the site gives it."""

    @property
    def selector(self) -> str:
        return self.names.get(SELECTOR, "")

    def name(self, usual: str) -> str:
        return self.names.get(usual, usual)


class Bound(msgspec.Struct, frozen=True):
    """One comparison: a measure's expression, the operator and the number it is held against."""

    measure: Measure
    label: str
    op: str
    limit: float


class Unsayable(ValueError):
    """The condition has a part that PromQL cannot be made of; its text is the argument."""


def tables(names: Mapping[str, str] = {}) -> Tables:
    """The data file, with what the site calls its metrics: names for the usual ones, expressions for other measures."""
    known = msgspec.json.decode(pkgutil.get_data(__package__, "metrics.json") or b"{}", type=Tables)
    usual = (REQUESTS, DURATIONS, CODE, SELECTOR)
    own = tuple(Measure((_plain(word),), expr) for word, expr in names.items() if word not in usual)
    return msgspec.structs.replace(known, measures=(*own, *known.measures), names=dict(names))


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
    measure = _measure(label, known)
    named = msgspec.structs.replace(measure, expr=selected(measure, known))
    return Bound(named, label, op, float(right.value))


def selected(measure: Measure, known: Tables) -> str:
    """The measure's expression over the site's metrics, the service's own series alone; one that the site gives
    stands as it is."""
    if measure.kind == "gauge":
        return f"{measure.expr}{{{known.selector}}}" if known.selector else measure.expr
    if measure.kind == "other":
        return measure.expr

    def series(found: re.Match[str]) -> str:
        base = DURATIONS if found[1].startswith(DURATIONS) else REQUESTS
        name = known.name(base) + found[1].removeprefix(base)
        matchers = [*([found[2].replace(CODE, known.name(CODE), 1)] if found[2] else []), known.selector]
        chosen = ",".join(filter(None, matchers))
        return f"{name}{{{chosen}}}" if chosen else name

    return re.sub(rf"((?:{REQUESTS}|{DURATIONS})\w*)(?:\{{([^}}]*)\}})?", series, measure.expr)


def _measure(label: str, known: Tables) -> Measure:
    found = next((m for m in known.measures if _plain(label) in m.words), None)
    if found is None and METRIC.fullmatch(label):
        return Measure((label,), label, kind="gauge")
    if found is None:
        raise Unsayable(label)
    return found


def _said(bound: Bound) -> str:
    return f"{bound.measure.expr} {bound.op} {bound.limit:.12g}"


def _text(operand: Quantity | Name | TypedLiteral) -> str:
    return operand.path if isinstance(operand, Name) else operand.text


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
