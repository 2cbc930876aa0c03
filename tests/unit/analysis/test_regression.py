"""The release against the stable side beside it (M35): a worse one is proved so, however the environment fares."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.analysis.regression import TOLERANCE, Regression, compare

ALPHA = 0.01


def binomial(dice: random.Random, n: int, share: float) -> int:
    return sum(dice.random() < share for _ in range(n))


def blocks_until_tripped(dice: random.Random, n: int, share: float, there: int, share_there: float) -> int | None:
    """Blocks of `n` requests on the release and `there` on the stable side, with these shares of failures; at most 900
    blocks, which is half an hour."""
    test = Regression(ALPHA)
    for block in range(1, 901):
        test = compare(test, (n, binomial(dice, n, share)), (there, binomial(dice, there, share_there)))
        if test.tripped:
            return block
    return None


@pytest.mark.parametrize(("n", "there"), [(2, 38), (20, 20), (38, 2)])
def test_m35_a_release_that_fails_much_more_often_is_proved_worse(n: int, there: int) -> None:
    dice = random.Random(35)
    assert blocks_until_tripped(dice, n, 0.2, there, 0.005) is not None


def test_m35_a_regression_far_below_one_percent_is_proved_within_a_stage_of_half_an_hour() -> None:
    dice = random.Random(36)
    found = [blocks_until_tripped(dice, 20, 0.009, 20, 0.001) for _ in range(10)]
    assert None not in found


@pytest.mark.parametrize(("n", "there"), [(2, 38), (20, 20), (38, 2)])
def test_m35_equal_sides_are_left_alone_whatever_their_shares_of_the_traffic(n: int, there: int) -> None:
    dice = random.Random(37)
    assert [blocks_until_tripped(dice, n, 0.02, there, 0.02) for _ in range(5)] == [None] * 5


def test_m35_what_ails_both_sides_at_once_is_no_regression() -> None:
    dice, test = random.Random(38), Regression(ALPHA)
    for block in range(900):
        share = 0.5 if 300 <= block < 330 else 0.002
        test = compare(test, (20, binomial(dice, 20, share)), (20, binomial(dice, 20, share)))
    assert not test.tripped


def test_m35_a_regression_that_begins_late_is_found() -> None:
    test = Regression(ALPHA)
    for _ in range(900):
        test = compare(test, (20, 1), (20, 1))
    for _ in range(60):
        test = compare(test, (20, 5), (20, 1))
    assert test.tripped


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 50))
def test_m35_failures_exactly_as_tolerated_are_a_fair_game(n: int, there: int, blocks: int) -> None:
    test, part = Regression(ALPHA), n * (1 + TOLERANCE)
    for _ in range(blocks):
        test = compare(test, (n, round(1e6 * part)), (there, round(1e6 * there)))
    assert test.evidence == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize(("ours", "theirs"), [((0, 0), (20, 3)), ((20, 3), (0, 0)), ((20, 0), (20, 0))])
def test_a_block_without_requests_or_failures_says_nothing(ours: tuple[int, int], theirs: tuple[int, int]) -> None:
    assert compare(Regression(ALPHA), ours, theirs) == Regression(ALPHA)
