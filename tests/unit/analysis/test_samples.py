"""How much must be seen (M13)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.analysis.samples import blocks_to_find, quantile, requests_to_find, seconds_to_find, seconds_to_pass


def test_the_quantile_is_a_value_that_was_seen() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile(list(range(1, 101)), 0.95) == 95
    assert quantile([7.0], 0.99) == 7.0


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_at_least_the_share_is_at_or_below_the_quantile(values: list[float], q: float) -> None:
    found = quantile(values, q)
    assert found in values
    assert sum(v <= found for v in values) >= q * len(values) - 1e-9


def test_m34_the_printed_time_agrees_with_the_simulated_one() -> None:
    assert seconds_to_find(0.05, 0.01, 20) == pytest.approx(14, abs=6)
    assert seconds_to_find(0.02, 0.01, 20) == pytest.approx(80, abs=40)


def test_m13_a_promotion_needs_more_requests_for_a_smaller_limit() -> None:
    coarse, fine = requests_to_find(0.05, 40), requests_to_find(0.01, 40)
    assert coarse is not None
    assert fine is not None
    assert 300 < coarse < fine


def test_more_power_needs_more_blocks() -> None:
    even, sure = blocks_to_find(0.02, 0.01, 40, power=0.5), blocks_to_find(0.02, 0.01, 40, power=0.99)
    assert even is not None
    assert sure is not None
    assert even < sure


@pytest.mark.parametrize(
    ("rate", "limit", "per_block"), [(0.01, 0.01, 40), (0.005, 0.01, 40), (0.05, 0.01, 0), (0.5, 0.0, 9)]
)
def test_what_cannot_be_found_has_no_number(rate: float, limit: float, per_block: float) -> None:
    assert blocks_to_find(rate, limit, per_block) is None


def test_the_time_to_pass_is_in_whole_blocks() -> None:
    assert seconds_to_pass(300, 100) == 4.0
    assert seconds_to_pass(1, 100) == 2.0
    assert seconds_to_pass(300, 0) is None
