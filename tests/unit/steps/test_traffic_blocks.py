"""Readings of two sides become blocks (M34), and decide between a bad release and an ill environment (M35)."""

from __future__ import annotations

import random
from collections.abc import Callable

from rollbook.analysis.sequential import BLOCK_S, LEAST_PER_BLOCK
from rollbook.drivers.blocks import Seen, begin, follow
from rollbook.drivers.judging import judge
from rollbook.model.conditions import Compare, Quantity, TypedLiteral
from rollbook.model.plan import Bound, Limit, PlanItem, SiteFacts
from rollbook.values import Counts, Sampling, Verdict

SITE = SiteFacts("test", "production")
LIMIT = 0.01


class Sides:
    """The release and the stable side: requests a second, and the share that fails at a given time."""

    def __init__(self, seed: int, per_s: tuple[int, int], share: Callable[[float], tuple[float, float]]) -> None:
        self.dice, self.per_s, self.share = random.Random(seed), per_s, share
        self.time, self.counts = 0.0, [0, 0, 0, 0]

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        for side, (per_s, share) in enumerate(zip(self.per_s, self.share(self.time), strict=True)):
            n = round(per_s * seconds)
            self.counts[2 * side] += n
            self.counts[2 * side + 1] += sum(self.dice.random() < share for _ in range(n))
        self.time += seconds

    async def call(self, bound: Bound, sampling: Sampling) -> Counts:
        n, events, stable_n, stable_events = self.counts
        return Counts(n, events, stable_n=stable_n, stable_events=stable_events)

    async def verdict(self, lasting_s: float = 1800.0) -> Verdict:
        bound = Bound("error rate", "m:f", "measure", {}, Limit("<=", LIMIT), "traffic", 300)
        expr = Compare(Quantity("error rate", "error rate"), "<=", TypedLiteral("percent", LIMIT, "1%"))
        item = PlanItem("w1.watch.1", "error rate", "", "check", (bound,), expr=expr)
        return await judge(item, self.call, self, SITE, lasting_s=lasting_s)


def read(seen: Seen, *readings: Counts) -> Seen:
    for reading in readings:
        seen = follow(seen, reading)
    return seen


def test_m34_a_block_holds_at_least_eight_requests() -> None:
    counts = [Counts(n, 0) for n in range(0, 2 * LEAST_PER_BLOCK + 1, 2)]
    assert read(begin(LIMIT, 0.01, True), *counts).blocks == 2


def test_m34_five_failures_in_a_row_at_one_request_a_second_are_no_outage() -> None:
    seen, n, events = begin(LIMIT, 0.01, True), 0, 0
    for second in range(0, 120, 2):
        n, events = n + 2, events + (2 if 40 <= second < 44 else 1 if second == 44 else 0)
        seen = follow(seen, Counts(n, events))
        assert not seen.ours.tripped


def test_m34_an_outage_at_one_request_a_second_is_found_within_half_a_minute() -> None:
    seen = read(begin(LIMIT, 0.01, True), *(Counts(n, n) for n in range(0, 31, 2)))
    assert seen.ours.tripped


def test_counts_that_begin_anew_are_read_from_zero() -> None:
    seen = read(begin(LIMIT, 0.01, True), Counts(1000, 0, stable_n=900), Counts(20, 10, stable_n=30, stable_events=2))
    assert (seen.blocks, seen.first) == (2, Counts(0))
    assert seen.ours.evidence > 1.0
    assert seen.stable.evidence > 1.0


def test_of_a_success_rate_the_misses_are_bet_on() -> None:
    seen = read(begin(LIMIT, 0.01, False), *(Counts(n, n // 2) for n in range(0, 200, 20)))
    assert seen.ours.tripped


async def test_m35_an_environment_that_is_ill_on_both_sides_holds_whichever_side_is_proved_first() -> None:
    states = [(await Sides(seed, (10, 10), lambda _: (0.05, 0.05)).verdict()).state for seed in range(20)]
    assert states.count("fail") <= 1
    assert states.count("no_data") >= 19


async def test_m35_a_bad_release_does_not_wait_for_a_stable_side_that_is_well() -> None:
    for seed in range(10):
        found = await Sides(seed, (10, 10), lambda _: (1.0, 0.005)).verdict()
        assert found.state == "fail"
        assert found.numbers["seconds"] <= 5 * BLOCK_S


async def test_m35_a_release_that_is_worse_but_within_the_limit_holds_its_promotion() -> None:
    found = await Sides(1, (10, 10), lambda _: (0.008, 0.0005)).verdict()
    assert found.state == "no_data"
    assert "worse than the prior release" in found.detail


async def test_m35_a_release_as_good_as_the_one_before_is_promoted() -> None:
    states = [(await Sides(seed, (1, 19), lambda _: (0.004, 0.004)).verdict()).state for seed in range(5)]
    assert states == ["pass"] * 5
