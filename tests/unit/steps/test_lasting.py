"""A rollback condition that must last before it counts: “error rate > 1% for 5 minutes” (M34, M37)."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from rollbook.drivers.judging import judge
from rollbook.model.conditions import Compare, Quantity, Says, TypedLiteral
from rollbook.model.plan import Bound, Limit, PlanItem, SiteFacts
from rollbook.values import Counts, Sampling, Verdict

SITE = SiteFacts("test", "production")
STAGE_S = 1800.0


class Service:
    """100 requests a second; `rate_at` says which share of them fails at a moment."""

    def __init__(self, *excesses: tuple[float, float], rate: float = 0.2) -> None:
        self.excesses, self.rate, self.time, self.n, self.events = excesses, rate, 0.0, 0, 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        bad = any(start <= self.time < end for start, end in self.excesses)
        self.n += round(100 * seconds)
        self.events += round(100 * seconds) * (self.rate if bad else 0.0)
        self.time += seconds

    async def call(self, bound: Bound, sampling: Sampling) -> Counts | Verdict:
        if bound.kind == "check":
            bad = any(start <= self.time < end for start, end in self.excesses)
            return Verdict("fail", "down") if bad else Verdict.ok()
        return Counts(self.n, round(self.events))


def rate_item(for_s: float) -> PlanItem:
    bound = Bound("error rate", "m:f", "measure", {}, Limit("<=", 0.05), "traffic", 300, for_s=for_s)
    expr = Compare(Quantity("error rate", "error rate"), "<=", TypedLiteral("percent", 0.05, "5%"))
    return PlanItem("w1.watch.1", "error rate > 5%", "", "check", (bound,), limit_s=600.0, expr=expr)


def check_item(for_s: float) -> PlanItem:
    bound = Bound("it is up", "m:f", "check", for_s=for_s)
    return PlanItem("w1.watch.1", "it is up", "", "check", (bound,), expr=Says("it is up", "it is up"))


async def watched(service: Service, item: PlanItem, lasting_s: float = STAGE_S, time_scale: float = 1.0) -> Verdict:
    return await judge(item, service.call, service, SITE, lasting_s=lasting_s, time_scale=time_scale)


@pytest.mark.parametrize("item", [rate_item(300.0), check_item(300.0)], ids=["traffic", "check"])
async def test_m37_an_excess_counts_once_it_has_lasted_and_not_before(item: PlanItem) -> None:
    service = Service((100.0, math.inf))
    verdict = await watched(service, item)
    assert verdict.state == "fail"
    assert 400.0 - 4 <= service.time <= 460.0


@pytest.mark.parametrize("item", [rate_item(300.0), check_item(300.0)], ids=["traffic", "check"])
async def test_m37_an_excess_that_ends_before_its_time_turns_nothing_back(item: PlanItem) -> None:
    service = Service((100.0, 160.0), (900.0, 960.0))
    verdict = await watched(service, item)
    assert verdict.state == "pass"
    assert service.time >= STAGE_S - 2


async def test_m37_two_excesses_apart_do_not_add_up_to_one_that_lasted() -> None:
    service = Service((100.0, 250.0), (600.0, 750.0))
    assert (await watched(service, rate_item(300.0))).state == "pass"


@pytest.mark.parametrize("make", [rate_item, check_item])
async def test_m37_without_a_time_an_excess_counts_at_once(make: object) -> None:
    service = Service((100.0, math.inf))
    assert (await watched(service, make(0.0))).state == "fail"  # type: ignore[operator]
    assert service.time < 160.0


@pytest.mark.parametrize("item", [rate_item(300.0), check_item(300.0)], ids=["traffic", "check"])
async def test_m37_what_begins_too_late_in_the_stage_to_last_holds(item: PlanItem) -> None:
    verdict = await watched(Service((STAGE_S - 60.0, math.inf)), replace(item, limit_s=1.0))
    assert verdict.state == "no_data"


async def test_the_time_is_scaled_as_the_stages_are() -> None:
    service = Service((0.0, math.inf))
    assert (await watched(service, rate_item(3000.0), time_scale=0.1)).state == "fail"
    assert 296.0 <= service.time <= 360.0


async def test_m37_a_standing_watch_waits_for_an_excess_to_last_too() -> None:
    service = Service((5000.0, math.inf))
    assert (await watched(service, rate_item(300.0), lasting_s=math.inf)).state == "fail"
    assert 5300.0 - 4 <= service.time <= 5360.0
