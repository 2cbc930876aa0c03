"""Weights keep both sides within what they can carry (M32, M33, F4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.ports import Endpoint
from rollbook.steps.weights import Aim, share, weights


def pool(new: int, old: int) -> list[Endpoint]:
    fresh = [Endpoint(f"app-{i}", "run", 1.0, "in") for i in range(new)]
    return fresh + [Endpoint(f"app-{new + i}", "baseline", 1.0, "in") for i in range(old)]


def test_m32_five_percent_is_five_percent_of_the_traffic() -> None:
    found = weights(pool(1, 2), Aim("run", 0.05, 0.5))
    assert found["app-0", "run"] / sum(found.values()) == pytest.approx(0.05)


def test_m33_a_weight_is_raised_only_as_far_as_the_converted_servers_can_carry() -> None:
    assert share(1.0, 1, 2, 0.5) == 0.5


def test_m33_a_server_leaving_the_stable_side_moves_traffic_only_as_far_as_the_others_can_carry() -> None:
    found = weights(pool(1, 2), Aim("run", 0.5, 0.5), leaving=[("app-2", "baseline")])
    assert found == {("app-0", "run"): pytest.approx(1.0), ("app-1", "baseline"): pytest.approx(1.0)}


def test_f04_going_back_to_weight_zero_leaves_the_canary_nothing_where_the_stable_side_can_carry_all() -> None:
    assert weights(pool(1, 2), Aim("run", 0.0, 0.5))["app-0", "run"] == 0.0


def test_f04_and_never_puts_more_on_the_stable_side_than_it_can_carry() -> None:
    assert share(0.0, 2, 1, 0.5) == 0.5


@given(st.floats(0, 1), st.integers(0, 20), st.integers(0, 20), st.floats(0, 1))
def test_no_instance_carries_more_than_it_can_while_all_together_can(
    t: float, new: int, old: int, usable: float
) -> None:
    carried = share(t, new, old, usable)
    assert 0 <= carried <= 1
    if usable and (new + old) * usable >= 1 and new and old:
        assert carried / new <= usable + 1e-9
        assert (1 - carried) / old <= usable + 1e-9


@given(st.floats(0, 1), st.integers(0, 20), st.integers(0, 20), st.floats(0, 1))
def test_all_the_traffic_goes_somewhere(t: float, new: int, old: int, usable: float) -> None:
    found = weights(pool(new, old), Aim("run", t, usable))
    assert sum(found.values()) == pytest.approx(new + old)
    assert all(weight >= -1e-9 for weight in found.values())
