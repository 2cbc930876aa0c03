"""Conditions in three values, and real traffic judged block by block (M13, M34, M35, M36, M37)."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.drivers.judging import judge, traffic_tests
from rollbook.model.conditions import And, Compare, Expr, Not, Opaque, Or, Quantity, Says, TypedLiteral
from rollbook.model.plan import Bound, Limit, PlanItem, SiteFacts
from rollbook.values import Counts, Sampling, Verdict, VerdictState

SITE = SiteFacts("test", "production")
STATES: tuple[VerdictState, ...] = ("pass", "fail", "no_data")


class Clock:
    """Goes on only when somebody sleeps; `at` is what happens then."""

    def __init__(self, at: Callable[[float], None] = lambda _: None) -> None:
        self.time, self.at = 0.0, at

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.at(seconds)


class Traffic:
    """A service with this error rate, at `per_s` requests a second, and a stable side beside it."""

    def __init__(self, rate: float = 0.0, per_s: float = 100.0, stable_rate: float = 0.0, stable: bool = False):
        self.rate, self.per_s, self.stable_rate, self.stable = rate, per_s, stable_rate, stable
        self.n = self.events = 0.0
        self.clock = Clock(self.flow)

    def flow(self, seconds: float) -> None:
        self.n += self.per_s * seconds
        self.events += self.per_s * seconds * self.rate

    async def call(self, bound: Bound, sampling: Sampling) -> Counts:
        n = round(self.n)
        beside = (n, round(n * self.stable_rate)) if self.stable else (0, 0)
        return Counts(n, round(self.events), stable_n=beside[0], stable_events=beside[1])


def percent(value: float) -> TypedLiteral:
    return TypedLiteral("percent", value, f"{value:%}")


def rate_item(op: str = "<", limit: float = 0.01, judges: str = "traffic", samples: int = 300, limit_s: float = 600.0):
    bound = Bound("error rate", "m:f", "measure", {}, Limit(op, limit), judges, samples)
    expr = Compare(Quantity("error rate", "error rate"), op, percent(limit))
    return PlanItem("8.?3", "error rate < 1%", "", "check", (bound,), limit_s=limit_s, expr=expr)


def says(phrase: str) -> Says:
    return Says(phrase, phrase)


async def decide(expr: Expr, answers: dict[str, VerdictState]) -> VerdictState:
    bounds = tuple(Bound(p, "m:f", "check") for p in answers)

    async def call(bound: Bound, sampling: Sampling) -> Verdict:
        return Verdict(answers[bound.phrase], bound.phrase)

    item = PlanItem("1.?1", "", "", "check", bounds, expr=expr)
    return (await judge(item, call, Clock(), SITE)).state


TABLE = {
    ("pass", "pass"): ("pass", "pass"),
    ("pass", "fail"): ("fail", "pass"),
    ("pass", "no_data"): ("no_data", "pass"),
    ("fail", "fail"): ("fail", "fail"),
    ("fail", "no_data"): ("fail", "no_data"),
    ("no_data", "no_data"): ("no_data", "no_data"),
}
"""(a, b) → (a and b, a or b), Kleene's three values."""


@pytest.mark.parametrize("a", STATES)
@pytest.mark.parametrize("b", STATES)
async def test_and_and_or_have_three_values_in_either_order(a: VerdictState, b: VerdictState) -> None:
    both, either = TABLE.get((a, b)) or TABLE[(b, a)]
    answers = {"a": a, "b": b}
    assert await decide(And((says("a"), says("b"))), answers) == both
    assert await decide(Or((says("a"), says("b"))), answers) == either


@pytest.mark.parametrize("a", STATES)
@pytest.mark.parametrize("b", STATES)
async def test_a_negation_obeys_de_morgan(a: VerdictState, b: VerdictState) -> None:
    answers = {"a": a, "b": b}
    left = await decide(Not(And((says("a"), says("b")))), answers)
    assert left == await decide(Or((Not(says("a")), Not(says("b")))), answers)


async def test_m13_a_condition_that_nobody_can_read_is_never_true() -> None:
    assert await decide(Opaque("if the moon is right"), {"x": "pass"}) == "no_data"


async def test_m13_no_observations_are_no_data() -> None:
    async def call(bound: Bound, sampling: Sampling) -> Counts:
        return Counts(0)

    for judges in ("", "probe"):
        assert (await judge(rate_item(judges=judges), call, Clock(), SITE)).state == "no_data"


@pytest.mark.parametrize(("events", "state"), [(2, "pass"), (3, "fail"), (15, "fail")])
async def test_m13_probes_are_held_against_the_limit_with_their_numbers(events: int, state: str) -> None:
    async def call(bound: Bound, sampling: Sampling) -> Counts:
        assert (sampling.where, sampling.n, sampling.limit) == ("probe", 300, 0.01)
        return Counts(300, events)

    found = await judge(rate_item(judges="probe"), call, Clock(), SITE)
    assert found.state == state
    assert found.numbers == {"n": 300.0, "events": events, "value": events / 300, "limit": 0.01}
    assert f"{events} of 300" in found.detail


async def test_m13_fewer_probes_than_the_plan_states_are_no_data() -> None:
    async def call(bound: Bound, sampling: Sampling) -> Counts:
        return Counts(299, 0)

    assert (await judge(rate_item(judges="probe"), call, Clock(), SITE)).state == "no_data"


async def test_a_quantity_is_held_against_a_duration() -> None:
    literal = TypedLiteral("duration", 0.5, "500ms")
    bound = Bound("response time", "m:f", "measure", {}, Limit("<", 0.5), "probe", 300)
    expr = Compare(Quantity("response time", "response time"), "<", literal)
    item = PlanItem("8.?2", "", "", "check", (bound,), expr=expr)

    async def call(bound: Bound, sampling: Sampling) -> Counts:
        return Counts(300, 0, value=0.8)

    found = await judge(item, call, Clock(), SITE)
    assert (found.state, found.detail) == ("fail", "800 ms over 300, limit < 500 ms")


async def test_m12_a_pass_rate_at_its_limit_passes() -> None:
    async def call(bound: Bound, sampling: Sampling) -> Counts:
        return Counts(20, 19)

    assert (await judge(rate_item(">=", 0.95, "", 0), call, Clock(), SITE)).state == "pass"


async def test_m34_a_good_release_passes_as_soon_as_the_sample_is_seen() -> None:
    traffic = Traffic()
    found = await judge(rate_item(), traffic.call, traffic.clock, SITE)
    assert found.state == "pass"
    assert 300 <= found.numbers["n"] <= 600
    assert found.numbers["seconds"] <= 6


async def test_m34_a_bad_release_fails_in_seconds() -> None:
    traffic = Traffic(0.05, per_s=20)
    found = await judge(rate_item(), traffic.call, traffic.clock, SITE)
    assert found.state == "fail"
    assert found.numbers["seconds"] <= 16
    assert found.numbers["evidence"] >= 100


async def test_m34_a_long_good_past_does_not_excuse_a_bad_present() -> None:
    traffic = Traffic(0.05)
    traffic.n = 100_000.0
    assert (await judge(rate_item(), traffic.call, traffic.clock, SITE)).state == "fail"


async def test_m34_a_bad_past_is_held_against_a_release_at_once() -> None:
    traffic = Traffic(0.0)
    traffic.n, traffic.events = 1000.0, 990.0
    found = await judge(rate_item(), traffic.call, traffic.clock, SITE)
    assert (found.state, found.numbers["seconds"]) != ("pass", 0.0)
    assert found.state != "pass"


async def test_m34_a_release_at_nine_tenths_of_the_limit_passes() -> None:
    traffic = Traffic(0.009)
    assert (await judge(rate_item(), traffic.call, traffic.clock, SITE)).state == "pass"


async def test_m13_not_proved_bad_is_not_proved_good() -> None:
    traffic = Traffic(0.0105)
    found = await judge(rate_item(limit_s=20), traffic.call, traffic.clock, SITE)
    assert found.state == "no_data"
    assert "neither" in found.detail


async def test_m37_without_traffic_there_is_no_data_after_a_minute() -> None:
    traffic = Traffic(per_s=0)
    found = await judge(rate_item(), traffic.call, traffic.clock, SITE)
    assert (found.state, found.numbers["n"]) == ("no_data", 0.0)
    assert 58 <= traffic.clock.time <= 64


async def test_m13_a_trickle_of_traffic_that_never_reaches_the_sample_is_no_data() -> None:
    traffic = Traffic(per_s=1)
    assert (await judge(rate_item(limit_s=60), traffic.call, traffic.clock, SITE)).state == "no_data"


async def test_m35_when_the_stable_side_is_as_bad_the_run_holds() -> None:
    traffic = Traffic(0.05, stable=True, stable_rate=0.05)
    found = await judge(rate_item(samples=5000), traffic.call, traffic.clock, SITE)
    assert found.state == "no_data"
    assert "environment" in found.detail


async def test_m35_a_bad_release_beside_a_good_one_fails() -> None:
    traffic = Traffic(0.05, stable=True)
    assert (await judge(rate_item(), traffic.call, traffic.clock, SITE)).state == "fail"


async def test_m35_within_the_limit_but_proved_worse_than_before_holds() -> None:
    traffic = Traffic(0.2, stable=True)
    found = await judge(rate_item(limit=0.3, samples=8000), traffic.call, traffic.clock, SITE)
    assert found.state == "no_data"
    assert "worse than the prior" in found.detail


async def test_a_success_rate_is_tested_by_its_misses() -> None:
    bad, good = Traffic(0.95), Traffic(1.0)
    item = rate_item(">=", 0.99)
    assert (await judge(item, bad.call, bad.clock, SITE)).state == "fail"
    assert (await judge(item, good.call, good.clock, SITE)).state == "pass"


async def test_a_negated_trip_wire_is_tested_as_the_limit_that_it_is() -> None:
    item = rate_item(">", 0.01)
    import msgspec

    item = msgspec.structs.replace(item, expr=Not(item.expr))
    good, bad = Traffic(), Traffic(0.05)
    assert (await judge(item, good.call, good.clock, SITE)).state == "pass"
    assert (await judge(item, bad.call, bad.clock, SITE)).state == "fail"


async def test_m34_alpha_is_split_over_the_tests_of_a_run() -> None:
    asked = []

    async def call(bound: Bound, sampling: Sampling) -> Counts:
        asked.append(sampling.alpha)
        return Counts(300, 0)

    await judge(rate_item(judges="probe"), call, Clock(), SITE, tests=4)
    assert asked == [0.0025]


async def test_counts_that_begin_anew_are_read_from_zero() -> None:
    readings = iter([Counts(1000, 0), Counts(1200, 0), Counts(50, 0), Counts(350, 0), Counts(700, 0)])

    async def call(bound: Bound, sampling: Sampling) -> Counts:
        return next(readings)

    assert (await judge(rate_item(samples=600), call, Clock(), SITE)).state == "pass"


async def test_verdicts_speak_the_runs_language() -> None:
    traffic = Traffic()
    found = await judge(rate_item(), traffic.call, traffic.clock, SITE, language="zh")
    assert "限值" in found.detail


def test_judging_never_suspends_over_ports_that_do_not() -> None:
    traffic = Traffic()
    with pytest.raises(StopIteration) as stopped:
        judge(rate_item(), traffic.call, traffic.clock, SITE).send(None)
    assert stopped.value.value.state == "pass"


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_verdict_on_probes_agrees_with_arithmetic(n: int, events: int) -> None:
    async def call(bound: Bound, sampling: Sampling) -> Counts:
        return Counts(n, min(n, events))

    with pytest.raises(StopIteration) as stopped:
        judge(rate_item(judges="probe"), call, Clock(), SITE).send(None)
    expected = "no_data" if n < 300 else "pass" if min(n, events) / n < 0.01 else "fail"
    assert stopped.value.value.state == expected


def test_m34_the_tests_of_a_run_are_counted_from_its_plan() -> None:
    import msgspec

    from rollbook.model.plan import Lane, Plan, PlanStep, Stage

    item = msgspec.structs.replace(rate_item(), id="9.?1")
    lanes = (Lane("9.?1", "", ("9.?1",)),)
    stages = tuple(Stage(f"w{n}.s9.judge", "judge", "rotation", 9, n, lanes) for n in (1, 2, 3))
    step = PlanStep(9, "", "action", "run", checks=(item,))
    plan = Plan((), "en", "", "production", "v1", {}, SITE, (), (step,), (), "rolling", (), (), (), (), stages)
    assert traffic_tests(plan) == 3
    watched = msgspec.structs.replace(plan, program=(*stages, msgspec.structs.replace(stages[0], kind="watch")))
    assert traffic_tests(watched) == 5, "a watch stands on after its verdict"


async def test_m37_a_watched_stage_passes_only_when_its_time_is_over() -> None:
    traffic = Traffic()
    found = await judge(rate_item(), traffic.call, traffic.clock, SITE, lasting_s=120.0)
    assert found.state == "pass"
    assert traffic.clock.now() >= 120.0


async def test_m37_an_excess_that_begins_late_in_a_stage_trips_before_its_end() -> None:
    traffic = Traffic(per_s=20)

    def worsen(seconds: float) -> None:
        traffic.rate = 0.05 if traffic.clock.now() > 600 else 0.0
        traffic.flow(seconds)

    traffic.clock = Clock(worsen)
    found = await judge(rate_item(), traffic.call, traffic.clock, SITE, lasting_s=1800.0)
    assert found.state == "fail"
    assert 600 < traffic.clock.now() < 700


async def test_m37_a_stage_with_too_few_requests_for_its_promotion_holds() -> None:
    traffic = Traffic(per_s=0.5)
    found = await judge(rate_item(samples=5000), traffic.call, traffic.clock, SITE, lasting_s=60.0)
    assert found.state == "no_data"


async def test_m13_a_site_may_let_a_stage_wait_until_it_has_had_enough_requests() -> None:
    waiting = msgspec.structs.replace(SITE, short_stage="wait")
    traffic = Traffic(per_s=20)
    item = rate_item(samples=4000)
    assert (await judge(item, traffic.call, traffic.clock, SITE, lasting_s=60.0)).state == "no_data"
    traffic = Traffic(per_s=20)
    assert (await judge(item, traffic.call, traffic.clock, waiting, lasting_s=60.0)).state == "pass"
    assert 200 <= traffic.clock.now() < 220
    silent = Traffic(per_s=0)
    assert (await judge(item, silent.call, silent.clock, waiting, lasting_s=60.0)).state == "no_data"


async def test_f13_a_stage_without_traffic_holds_and_never_passes() -> None:
    traffic = Traffic(per_s=0)
    assert (await judge(rate_item(), traffic.call, traffic.clock, SITE, lasting_s=300.0)).state == "no_data"


async def test_m37_several_conditions_of_a_stage_are_watched_side_by_side() -> None:
    traffic = Traffic(per_s=100)
    item = rate_item()
    both = msgspec.structs.replace(item, expr=And((item.expr, item.expr)))
    found = await judge(both, traffic.call, traffic.clock, SITE, lasting_s=60.0)
    assert found.state == "pass"
    assert traffic.clock.now() < 130.0


async def test_m40_a_standing_watch_outlives_every_verdict_but_a_trip() -> None:
    traffic = Traffic(per_s=20)

    def worsen(seconds: float) -> None:
        now = traffic.clock.now()
        traffic.per_s = 0.0 if 600 < now < 1200 else 20.0
        traffic.rate = 0.05 if now > 3600 else 0.0
        traffic.flow(seconds)

    traffic.clock = Clock(worsen)
    found = await judge(rate_item(), traffic.call, traffic.clock, SITE, lasting_s=math.inf)
    assert found.state == "fail"
    assert 3600 < traffic.clock.now() < 3720


async def test_m35_what_an_ill_environment_did_is_not_held_against_the_release_afterwards() -> None:
    traffic = Traffic(per_s=20, stable=True)
    ill = [0]

    def pass_by(seconds: float) -> None:
        now = traffic.clock.now()
        traffic.rate = 0.05 if now < 300 or now > 7200 else 0.0
        traffic.flow(seconds)
        ill[0] += round(20 * seconds * 0.05) if now < 300 else 0

    async def call(bound: Bound, sampling: Sampling) -> Counts:
        counts = await traffic.call(bound, sampling)
        return msgspec.structs.replace(counts, stable_events=ill[0])

    traffic.clock = Clock(pass_by)
    found = await judge(rate_item(), call, traffic.clock, SITE, lasting_s=math.inf)
    assert found.state == "fail"
    assert 7200 < traffic.clock.now() < 7320
