"""The betting test of M34: finds bad releases in seconds, leaves good ones alone however often it looks."""

from __future__ import annotations

import math
import random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.analysis.betting import BETS, CEILING, RESTART_BLOCKS
from rollbook.analysis.sequential import BLOCK_S, MOST_RATIO, Betting, observe, observe_all, ratio_of

LIMIT = 0.01
ALPHA = 0.01
PER_BLOCK = 40
"""20 requests a second in blocks of two seconds: the traffic of M34's figures."""


def block(dice: random.Random, rate: float, burst: int = 1) -> float:
    """The error proportion of one block whose errors come `burst` at a time."""
    events, chance = 0, math.exp(-rate * PER_BLOCK / burst)
    product = dice.random()
    while product > chance:
        events += burst
        product *= dice.random()
    return min(1.0, events / PER_BLOCK)


def seconds_until_tripped(dice: random.Random, rate: float, blocks: int, burst: int = 1, before: int = 0) -> float:
    """Seconds after the bad rate began; infinite when the test never trips. `before` good blocks come first."""
    test = observe_all(Betting(LIMIT, ALPHA), tuple(block(dice, LIMIT / 2) for _ in range(before)))
    assert not test.tripped
    for n in range(1, blocks + 1):
        test = observe(test, block(dice, rate, burst))
        if test.tripped:
            return n * BLOCK_S
    return math.inf


def test_m34_five_percent_errors_are_found_in_sixteen_seconds() -> None:
    dice = random.Random(34)
    assert median(seconds_until_tripped(dice, 0.05, 60) for _ in range(60)) <= 16


def test_m34_two_percent_errors_are_found_in_seventy_seven_seconds() -> None:
    dice = random.Random(35)
    assert median(seconds_until_tripped(dice, 0.02, 200) for _ in range(300)) <= 77


def test_m34_errors_that_begin_after_half_an_hour_are_found_in_thirty_seconds() -> None:
    dice = random.Random(36)
    assert median(seconds_until_tripped(dice, 0.05, 60, before=900) for _ in range(25)) <= 30


@pytest.mark.parametrize(("burst", "allowed"), [(1, 0), (5, 0), (30, 1)])
def test_m34_a_release_within_the_limit_is_left_alone_even_when_errors_come_in_bursts(burst: int, allowed: int) -> None:
    dice = random.Random(37)
    runs = [seconds_until_tripped(dice, 0.9 * LIMIT, 900, burst) for _ in range(12)]
    assert sum(s < math.inf for s in runs) <= allowed


def test_m34_the_chance_of_a_false_trip_stays_below_alpha_at_the_limit_itself() -> None:
    dice = random.Random(38)
    alpha = 0.2
    tripped = 0
    for _ in range(100):
        test = Betting(LIMIT, alpha)
        for _ in range(60):
            test = observe(test, block(dice, LIMIT))
            if test.tripped:
                tripped += 1
                break
    assert tripped <= 20


def test_a_total_outage_trips_within_three_blocks() -> None:
    assert observe_all(Betting(LIMIT, ALPHA), (1.0, 1.0, 1.0)).tripped


def test_m34_two_blocks_alone_trip_nothing_whatever_is_in_them() -> None:
    assert not observe_all(Betting(LIMIT, ALPHA), (1.0, 1.0)).tripped


def test_failures_that_a_tight_limit_hardly_allows_count_whole() -> None:
    assert ratio_of(2 / 20, 0.0005, 20) == pytest.approx(200)
    assert ratio_of(20 / 20, 0.0005, 20) == pytest.approx(200)
    assert ratio_of(1.0, LIMIT, PER_BLOCK) == MOST_RATIO


def test_one_bad_request_alone_trips_nothing() -> None:
    assert not observe(Betting(LIMIT, ALPHA), 1 / PER_BLOCK).tripped


def test_f10_a_limit_of_zero_is_broken_by_one_error_and_by_nothing_else() -> None:
    clean = observe_all(Betting(0.0, ALPHA), (0.0,) * 100)
    assert not clean.tripped
    assert observe(clean, 1 / 1000).tripped


def test_a_limit_of_everything_is_never_broken() -> None:
    assert not observe_all(Betting(1.0, ALPHA), (1.0,) * 50).tripped


@pytest.mark.parametrize("mean", [-0.1, 1.1, math.nan])
def test_a_block_mean_that_is_no_proportion_is_refused(mean: float) -> None:
    with pytest.raises(ValueError, match="proportion"):
        observe(Betting(LIMIT, ALPHA), mean)


means = st.lists(st.floats(0, 1), max_size=40).map(tuple)


@given(means, st.floats(0.001, 0.5))
def test_evidence_is_finite_and_never_negative(blocks: tuple[float, ...], limit: float) -> None:
    test = observe_all(Betting(limit, ALPHA), blocks)
    assert 0.0 <= test.evidence <= CEILING


@given(means, st.floats(0.001, 0.5), st.floats(0, 1), st.floats(0, 1))
def test_worse_blocks_never_lessen_the_evidence(blocks: tuple[float, ...], limit: float, a: float, b: float) -> None:
    test = observe_all(Betting(limit, ALPHA), blocks)
    better, worse = sorted((a, b))
    assert observe(test, worse).evidence >= observe(test, better).evidence * (1 - 1e-12)


@given(st.integers(0, 200), st.floats(0.01, 0.5))
def test_blocks_exactly_at_the_limit_are_a_fair_game(count: int, limit: float) -> None:
    test = observe_all(Betting(limit, ALPHA), (limit,) * count)
    assert math.isclose(test.evidence, 1.0, rel_tol=1e-9)


@given(st.integers(0, 6))
def test_restarts_share_a_capital_of_one(rounds: int) -> None:
    test = observe_all(Betting(0.5, ALPHA), (0.5,) * (rounds * RESTART_BLOCKS))
    assert len(test.wealth.started) == rounds
    assert all(len(capitals) == len(BETS) for capitals in test.wealth.started)
    assert math.isclose(test.evidence, 1.0)
