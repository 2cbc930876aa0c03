"""Evenness against the intended weights (M9): chance is forgiven, a starved server is not."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rollbook.analysis.balance import chi_square_tail, evenness

CRITICAL = [(3.841, 1, 0.05), (6.635, 1, 0.01), (5.991, 2, 0.05), (16.919, 9, 0.05), (124.342, 100, 0.05)]
"""Upper critical values of chi-square, from any statistical table."""


@pytest.mark.parametrize(("x", "degrees", "p"), CRITICAL)
def test_the_tail_agrees_with_published_tables(x: float, degrees: int, p: float) -> None:
    assert math.isclose(chi_square_tail(x, degrees), p, rel_tol=2e-3)


@example(5e-324, 0.0, 1)
@given(st.floats(0, 500), st.floats(0, 500), st.integers(1, 60))
def test_the_tail_is_a_probability_that_falls(a: float, b: float, degrees: int) -> None:
    low, high = sorted((a, b))
    assert 0.0 <= chi_square_tail(high, degrees) <= chi_square_tail(low, degrees) + 1e-9 <= 1.0 + 1e-9


def test_round_robin_is_even() -> None:
    assert evenness([100, 101, 100], [1, 1, 1]).state == "pass"


def test_a_starved_server_is_not_even() -> None:
    found = evenness([150, 148, 2], [1, 1, 1])
    assert found.state == "fail"
    assert found.p < 0.001


def test_m09_even_means_as_the_weights_intend() -> None:
    assert evenness([190, 10], [0.95, 0.05]).state == "pass"
    assert evenness([100, 100], [0.95, 0.05]).state == "fail"


def test_m13_too_few_requests_are_no_data() -> None:
    assert evenness([4, 5, 4], [1, 1, 1]).state == "no_data"
    assert evenness([40, 40, 40], [1, 1, 1], sample=300).state == "no_data"
    assert evenness([], []).state == "no_data"


def test_differences_too_small_to_matter_are_forgiven_however_sure() -> None:
    found = evenness([105_000, 95_000], [1, 1])
    assert found.p < 1e-6
    assert found.state == "pass"


def test_one_server_alone_is_even() -> None:
    assert evenness([300], [1.0]).state == "pass"


def test_random_spreading_by_the_weights_is_rarely_called_uneven() -> None:
    dice = random.Random(9)
    verdicts = []
    for _ in range(200):
        drawn = dice.choices(range(4), [1, 1, 1, 0.5], k=300)
        verdicts.append(evenness([drawn.count(i) for i in range(4)], [1, 1, 1, 0.5]).state)
    assert verdicts.count("fail") <= 6
