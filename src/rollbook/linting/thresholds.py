"""Limits in conditions: which measure, which direction, how strict."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rollbook.linting.context import comparisons
from rollbook.linting.meanings import Meanings
from rollbook.model.conditions import Condition, Quantity, TypedLiteral
from rollbook.values import At


class Threshold(msgspec.Struct, frozen=True):
    """`measure` is its identity; `upper`: trouble lies above `value` (seconds, fraction of 1, number)."""

    measure: str
    upper: bool
    value: float
    text: str
    at: At


def thresholds_of(condition: Condition | None, meanings: Meanings | None = None) -> Iterator[Threshold]:
    """The numbers that a condition of trouble (`error rate > 1%`) states. With `meanings`, two phrases that are bound
    to one function are one measure."""
    for comparison in comparisons(condition.expr) if condition else ():
        left, right = comparison.left, comparison.right
        if isinstance(left, Quantity) and isinstance(right, TypedLiteral) and comparison.op in ("<", "<=", ">", ">="):
            if isinstance(right.value, bool) or not isinstance(right.value, int | float):
                continue
            text = f"{left.text} {comparison.op} {right.text}"
            at = condition.at if condition else At()
            yield Threshold(_measure(left, meanings), comparison.op[0] == ">", float(right.value), text, at)


def is_looser(one: Threshold, other: Threshold) -> bool:
    """Whether `one` lets more pass before there is trouble."""
    return one.value > other.value if one.upper else one.value < other.value


def _measure(quantity: Quantity, meanings: Meanings | None) -> str:
    found = meanings.found(quantity.phrase) if meanings else None
    return found.binding if found else quantity.phrase
