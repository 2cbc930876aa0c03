"""A measured quantity against the number of a condition: holds, does not, or not enough data to say."""

from __future__ import annotations

import math

import msgspec

from rollbook.analysis.samples import UNANSWERED_S
from rollbook.model.conditions import Compare, LiteralKind, Operator, Quantity, TypedLiteral
from rollbook.model.plan import Bound
from rollbook.values import Counts, Json, Verdict, Words

TURNED: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class Comparison(msgspec.Struct, frozen=True):
    """`op value`, what the measured quantity is held against. `kind` is how its numbers are printed."""

    op: Operator
    value: float
    kind: LiteralKind = "number"

    def holds(self, measured: float) -> bool:
        return holds(measured, self.op, self.value)

    @property
    def upper(self) -> bool:
        """Whether small is good."""
        return self.op in ("<", "<=")

    def __str__(self) -> str:
        return f"{self.op} {self.shown(self.value)}"

    def shown(self, value: float) -> str:
        if self.kind == "percent":
            return f"{value * 100:.3g}%"
        if self.kind == "duration" and value >= UNANSWERED_S:
            return "∞"
        if self.kind == "duration":
            return f"{value * 1000:.0f} ms" if value < 10 else f"{value:.0f} s"
        return f"{value:.6g}"


def comparison(bound: Bound, compare: Compare | None) -> Comparison | None:
    """The condition's operator with its number: the plan's where it resolved one (M6), else the literal's own."""
    literal, op = _literal(compare)
    if bound.limit is not None:
        return Comparison(op or bound.limit.op, bound.limit.value, _kind(literal, bound))
    if op is None or literal is None or isinstance(literal.value, bool) or not isinstance(literal.value, int | float):
        return None
    return Comparison(op, float(literal.value), literal.kind)


def quantity_verdict(counts: Counts, limit: Comparison, needed: int, language: str) -> Verdict:
    """Hold one measurement against its limit. Fewer observations than `needed` is no data (M13)."""
    if counts.n < max(1, needed):
        few = Words("{n} of {needed} observations", "{needed} 个观测中只有 {n} 个").said(language)
        detail = counts.detail or few.format(n=counts.n, needed=max(1, needed))
        return Verdict("no_data", detail, {"n": float(counts.n), "limit": limit.value})
    value = value_of(counts)
    return Verdict("pass" if limit.holds(value) else "fail", told(counts, limit, language), numbers(counts, limit))


def value_of(counts: Counts) -> float:
    """The quantity, or the proportion of events. `counts.n` is not 0."""
    return counts.value if counts.value is not None else counts.events / counts.n


def numbers(counts: Counts, limit: Comparison) -> dict[str, float]:
    found = {"n": float(counts.n), "events": float(counts.events), "limit": limit.value}
    return {**found, "value": value_of(counts)} if counts.n else found


def told(counts: Counts, limit: Comparison, language: str) -> str:
    """What was seen, in words: value, how it was counted, and the limit."""
    if counts.allowed is not None:
        return _exceedances(counts, limit).said(language)
    value = limit.shown(value_of(counts))
    if counts.value is None:
        seen = Words(f"{counts.events} of {counts.n} ({value})", f"{counts.n} 个中 {counts.events} 个（{value}）")
    else:
        seen = Words(f"{value} over {counts.n}", f"{counts.n} 次观测为 {value}")
    return f"{seen.said(language)}, {Words('limit', '限值').said(language)} {limit}"


def _exceedances(counts: Counts, limit: Comparison) -> Words:
    share, seen = f"{counts.allowed or 0:.3g}", limit.shown(limit.value)
    return Words(
        f"{counts.events} of {counts.n} slower than {seen}, allowed share {share}",
        f"{counts.n} 个中 {counts.events} 个慢于 {seen}，允许比例 {share}",
    )


def constant_verdict(left: TypedLiteral, op: Operator, right: TypedLiteral) -> Verdict:
    """A comparison of two values that the plan already knew."""
    return Verdict("pass" if holds(left.value, op, right.value) else "fail", f"{left.text} {op} {right.text}")


def holds(left: Json, op: Operator, right: Json) -> bool:
    """Equality of numbers allows for rounding; an order of unlike kinds never holds."""
    numeric = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (left, right))
    if op in ("==", "!="):
        same = math.isclose(left, right, rel_tol=1e-9) if numeric else left == right
        return same == (op == "==")
    if not numeric and not (isinstance(left, str) and isinstance(right, str)):
        return False
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op])


def _literal(compare: Compare | None) -> tuple[TypedLiteral | None, Operator | None]:
    """The literal that a quantity is compared with, and the operator as read from the quantity's side."""
    if compare is None:
        return None, None
    turned = isinstance(compare.right, Quantity) and not isinstance(compare.left, Quantity)
    other, op = (compare.left, TURNED[compare.op]) if turned else (compare.right, compare.op)
    return (other if isinstance(other, TypedLiteral) else None), op


def _kind(literal: TypedLiteral | None, bound: Bound) -> LiteralKind:
    if literal is not None and literal.kind in ("percent", "duration"):
        return literal.kind
    if bound.limit is not None and bound.limit.unit in ("percent", "duration"):
        return "percent" if bound.limit.unit == "percent" else "duration"
    return "percent" if bound.limit is not None and 0 < bound.limit.value < 1 and bound.judges else "number"
