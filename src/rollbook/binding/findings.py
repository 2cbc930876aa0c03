"""Problems of binding: rule names with their codes, and how one is made."""

from __future__ import annotations

from typing import Final

from rollbook.problems import Problem, Severity
from rollbook.values import At, Words

CODES: Final = {
    "unbound": "RB301",
    "two-bindings": "RB302",
    "step-does-not-load": "RB303",
    "step-signature": "RB304",
    "literal-type": "RB305",
}


def problem(
    rule: str, file: str, at: At | int, summary: Words, hint: Words = Words("", ""), severity: Severity = "error"
) -> Problem:
    """A problem of this package; `at` may be a line alone."""
    place = at if isinstance(at, At) else At(at, 1 if at else 0)
    return Problem(rule, CODES[rule], severity, file, place, summary, hint)
