"""Is load spread as the weights intend? A chi-square test against the intended shares (M9).

Counts of n independent requests over servers with shares p follow a multinomial law; Pearson's statistic
X² = Σ (observed - n·p)² / (n·p) then follows chi-square with k - 1 degrees of freedom (Pearson 1900), good once every
expected count is at least 5 (Cochran 1954). Round robin is more even than that, which only makes X² smaller. With
many requests differences too small to matter become significant, so a difference must also exceed a tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from rollbook.values import VerdictState

TOLERANCE = 0.2
LEAST_EXPECTED = 5.0
TINY = 1e-300


class Evenness(NamedTuple):
    """`p`: chance of a spread at least this uneven under the weights. `deviation`: largest |observed - expected| as a
    share of the expected; `tolerance`: what of it is too little to matter."""

    state: VerdictState
    p: float
    deviation: float
    tolerance: float = TOLERANCE


def evenness(
    counts: Sequence[int], weights: Sequence[float], sample: int = 0, alpha: float = 0.01, tolerance: float = TOLERANCE
) -> Evenness:
    """Judge `counts` per server against `weights` (same order, positive). Fewer than `sample` requests, or fewer than
    five expected on any server, is no data; so is an empty pool. One server alone is even."""
    total, weight = sum(counts), sum(weights)
    if not counts or weight <= 0 or total < max(1, sample):
        return Evenness("no_data", 1.0, 0.0, tolerance)
    expected = [total * w / weight for w in weights]
    if min(expected) < LEAST_EXPECTED:
        return Evenness("no_data", 1.0, 0.0, tolerance)
    statistic = sum((o - e) ** 2 / e for o, e in zip(counts, expected, strict=True))
    deviation = max(abs(o - e) / e for o, e in zip(counts, expected, strict=True))
    p = chi_square_tail(statistic, len(counts) - 1)
    uneven = p < alpha and deviation > tolerance
    return Evenness("fail" if uneven else "pass", p, deviation, tolerance)


def chi_square_tail(x: float, degrees: int) -> float:
    """P(X ≥ x) for chi-square with `degrees` of freedom: the regularised upper incomplete gamma Q(degrees/2, x/2)."""
    a, z = degrees / 2, x / 2
    if degrees <= 0 or z < TINY:
        return 1.0
    return max(0.0, min(1.0, 1.0 - _lower_series(a, z) if z < a + 1 else _upper_fraction(a, z)))


def _lower_series(a: float, z: float) -> float:
    """P(a, z) by its power series (DLMF 8.11.4), for z < a + 1."""
    term = total = 1.0 / a
    n = a
    while abs(term) > abs(total) * 1e-15:
        n += 1
        term *= z / n
        total += term
    return total * math.exp(a * math.log(z) - z - math.lgamma(a))


def _upper_fraction(a: float, z: float) -> float:
    """Q(a, z) by its continued fraction (DLMF 8.9.2) in Lentz's method, for z ≥ a + 1."""
    b = z + 1 - a
    c, d = 1 / TINY, 1 / b
    value = d
    for i in range(1, 10_000):
        factor = -i * (i - a)
        b += 2
        d = 1 / (factor * d + b or TINY)
        c = b + factor / c or TINY
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value * math.exp(a * math.log(z) - z - math.lgamma(a))
