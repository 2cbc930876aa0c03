"""How long a canary stage must be watched before its condition is decided, and at what traffic its own time is enough
(M13, M34). The figures are those by which a plan judges: twice the limit found with 90 % power."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rollbook.analysis.samples import block_requests, requests_to_find, seconds_to_pass
from rollbook.model.conditions import And, Compare, Expr, Not, Or, Quantity, TypedLiteral
from rollbook.model.deployment import CanaryStage
from rollbook.planning.deployment.watching import PERCENTILE, SLOW, conditions_of

MOST = 1024.0
"""Requests per second beyond which more traffic decides hardly sooner: a test needs its blocks."""
LEAST = 1 / 4
"""Requests per second below which nobody asks for less."""


def tests_of(stages: Sequence[CanaryStage]) -> int:
    """Over how many tests a run splits its chance of a false rollback (M34), at least one."""
    return max(1, sum(2 for stage in stages for c in conditions_of(stage) for _ in comparisons(c.expr)))


def tightest(stage: CanaryStage) -> tuple[float, str] | None:
    """The smallest share of requests that may be bad, of all that the stage is judged by, and its condition's text;
    None where no condition can be judged on requests."""
    read = ((_share(c), condition.text) for condition in conditions_of(stage) for c in comparisons(condition.expr))
    return min(((share, text) for share, text in read if share is not None), default=None)


def comparisons(expr: Expr) -> Iterator[Compare]:
    if isinstance(expr, And | Or):
        for term in expr.terms:
            yield from comparisons(term)
    elif isinstance(expr, Not):
        yield from comparisons(expr.term)
    elif isinstance(expr, Compare):
        yield expr


@lru_cache(maxsize=4096)
def seconds_needed(share: float, requests_per_s: float, alpha: float, samples: int) -> float:
    """Seconds until it is decided; infinite where so little traffic decides nothing."""
    requests = requests_to_find(share, block_requests(requests_per_s), alpha)
    if requests is None:
        return math.inf
    return seconds_to_pass(max(requests, samples), requests_per_s) or math.inf


def rate_needed(share: float, seconds: float, alpha: float, samples: int) -> float | None:
    """Requests per second at which `seconds` are enough, by two digits; None where no traffic makes them enough."""
    high = LEAST
    while seconds_needed(share, high, alpha, samples) > seconds:
        high *= 2
        if high > MOST:
            return None
    low = high / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if seconds_needed(share, middle, alpha, samples) <= seconds else (middle, high)
    return _rounded_up(high)


_HALVINGS = 4


def _rounded_up(rate: float) -> float:
    size = 10.0 ** (math.floor(math.log10(rate)) - 1)
    return math.ceil(rate / size - 1e-9) * size


def _share(comparison: Compare) -> float | None:
    """Of requests that may be bad: a proportion itself; of a response time what its percentile leaves over."""
    left, right = comparison.left, comparison.right
    if not isinstance(left, Quantity) or not isinstance(right, TypedLiteral):
        return None
    if isinstance(right.value, bool) or not isinstance(right.value, int | float):
        return None
    if right.kind == "duration":
        named = PERCENTILE.search(left.text)
        return 1 - float(named[1]) / 100 if named else SLOW
    return float(right.value) if 0 < right.value < 1 else None
