"""Carrying a run in one process: parking, stopping, taking over, being fenced."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from plans import canary_plan, release_plan
from rollbook.drivers.carrying import Carrier
from rollbook.drivers.holding import TTL_S, take_hold
from rollbook.drivers.memory_journal import MemoryJournal
from rollbook.model.events import (
    EngineStarted,
    Event,
    GateAnswered,
    GateOpened,
    VerbAsked,
)
from rollbook.model.plan import Plan
from rollbook.problems import Conflict, Fenced
from rollbook.values import Verdict
from simulated import RUN, begin, equipment, events_of, kind_functions, simulated_site, state_of


class Bench:
    """One run over simulated parts; carriers are made for it at will."""

    def __init__(self, locks: Path, plan: Plan, **functions: Callable[..., object]) -> None:
        self.plan, self.locks = plan, locks
        self.journal, self.site = MemoryJournal(), simulated_site(plan)
        self.functions = kind_functions(**functions)
        begin(self.journal, plan)

    def carrier(self, name: str = "worker-a") -> Carrier:
        return Carrier(RUN, name, equipment(self.plan, self.journal, self.site, self.locks, self.functions))

    def say(self, *events: Event) -> None:
        self.journal.append(RUN, self.journal.newest(RUN), None, events, self.site.clock.now())

    async def until(self, wanted: type[Event], **fields: object) -> None:
        """Wait for an entry of that type."""
        after = 0
        while entries := await self.journal.watch(RUN, after, 30):
            after = entries[-1].seq
            for entry in entries:
                if isinstance(entry.event, wanted) and all(getattr(entry.event, k) == v for k, v in fields.items()):
                    return
        raise AssertionError(f"no {wanted.__name__} came")


APPROVED = GateAnswered("s5", "approve", "li", ("tech lead",))


async def test_a_run_without_gates_is_carried_to_its_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path, release_plan(2))
    outcome = await bench.carrier().carry("none")
    assert (outcome.kind, outcome.state) == ("ended", "succeeded")
    assert bench.journal.claims() == {}
    assert list(tmp_path.iterdir()) == []


async def test_at_a_gate_a_carrier_that_waits_for_nobody_leaves(tmp_path: Path) -> None:
    bench = Bench(tmp_path, release_plan(2, approval=True))
    outcome = await bench.carrier().carry("timers")
    assert (outcome.kind, outcome.state, outcome.gates) == ("parked", "waiting", ("s5",))
    assert outcome.until is not None
    assert outcome.seq == bench.journal.newest(RUN)


async def test_leaving_a_parked_run_as_it_is_writes_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, release_plan(2, approval=True))
    first = await bench.carrier().carry("none")
    assert await bench.carrier("worker-b").carry("none") == first


async def test_a_run_that_another_brought_to_its_end_is_still_shown_whole(tmp_path: Path) -> None:
    bench = Bench(tmp_path, release_plan(2))
    await bench.carrier().carry("none")
    late, seen = bench.carrier("worker-b"), []
    late.on_entry = lambda entry: seen.append(entry.seq)
    assert (await late.carry("people")).kind == "ended"
    assert seen == list(range(1, bench.journal.newest(RUN) + 1))


async def test_f12_an_answer_given_while_nobody_carries_the_run_is_heard_by_the_next_carrier(tmp_path: Path) -> None:
    bench = Bench(tmp_path, release_plan(2, approval=True))
    await bench.carrier().carry("none")
    bench.say(APPROVED)
    assert (await bench.carrier("worker-b").carry("none")).state == "succeeded"


async def test_an_answer_given_while_a_carrier_waits_is_heard_by_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, release_plan(2, approval=True))
    carrying = asyncio.create_task(bench.carrier().carry("people"))
    await bench.until(GateOpened)
    bench.say(APPROVED)
    assert (await carrying).state == "succeeded"
    assert sum(isinstance(event, EngineStarted) for event in events_of(bench.journal)) == 1


async def test_every_entry_is_shown_once_and_in_order(tmp_path: Path) -> None:
    bench = Bench(tmp_path, release_plan(2, approval=True))
    carrier, seen = bench.carrier(), []
    carrier.on_entry = lambda entry: seen.append(entry.seq)
    carrying = asyncio.create_task(carrier.carry("people"))
    await bench.until(GateOpened)
    bench.say(APPROVED)
    await carrying
    assert seen == list(range(1, bench.journal.newest(RUN) + 1))


class Slow:
    """A step function that stays in flight until it is let go."""

    def __init__(self) -> None:
        self.begun, self.go, self.calls = asyncio.Event(), asyncio.Event(), 0

    def function(self) -> Callable[[], object]:
        async def lint() -> str:
            self.calls += 1
            self.begun.set()
            await self.go.wait()
            return "clean"

        return lint


async def test_f14_ctrl_c_parks_the_run_keeps_its_claim_and_gives_back_the_lease(tmp_path: Path) -> None:
    slow = Slow()
    bench = Bench(tmp_path, release_plan(2), lint=slow.function())
    carrier = bench.carrier()
    carrier.pause_on_stop = True
    carrying = asyncio.create_task(carrier.carry("people"))
    await slow.begun.wait()
    carrier.stop.set()
    outcome = await carrying
    assert (outcome.kind, outcome.state) == ("stopped", "paused")
    assert set(bench.journal.claims().values()) == {RUN}
    lease = bench.journal.lease_of(RUN)
    assert lease is not None
    assert lease.expires == 0


async def test_f07_what_ctrl_c_stopped_is_journaled_and_done_again_after_resuming(tmp_path: Path) -> None:
    slow = Slow()
    bench = Bench(tmp_path, release_plan(2), lint=slow.function())
    carrier = bench.carrier()
    carrier.pause_on_stop = True
    carrying = asyncio.create_task(carrier.carry("people"))
    await slow.begun.wait()
    carrier.stop.set()
    await carrying
    assert "Cancelled" in {type(event).__name__ for event in events_of(bench.journal)}
    bench.say(VerbAsked("resume", "operator"))
    slow.go.set()
    assert (await bench.carrier("worker-b").carry("none")).state == "succeeded"
    assert slow.calls == 2


async def test_a_run_is_carried_by_one_worker_at_a_time(tmp_path: Path) -> None:
    slow = Slow()
    bench = Bench(tmp_path, release_plan(2), lint=slow.function())
    carrying = asyncio.create_task(bench.carrier().carry("none"))
    await slow.begun.wait()
    with pytest.raises(Conflict):
        await bench.carrier("worker-b").carry("none")
    slow.go.set()
    assert (await carrying).state == "succeeded"


async def test_m42_a_worker_whose_lease_was_taken_over_acts_no_more(tmp_path: Path) -> None:
    slow = Slow()
    bench = Bench(tmp_path, release_plan(2), lint=slow.function())
    carrying = asyncio.create_task(bench.carrier().carry("none"))
    await slow.begun.wait()
    held = bench.journal.lease_of(RUN)
    assert held is not None
    bench.journal.lease(RUN, "worker-b", held.expires + 1, TTL_S)
    before = events_of(bench.journal)
    slow.go.set()
    outcome = await carrying
    assert outcome.kind == "lost"
    assert events_of(bench.journal) == before
    assert state_of(bench.journal, bench.plan).phase == "forward"


async def test_m42_a_held_run_is_renewed_until_somebody_else_has_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, release_plan(2))
    now = [1000.0]
    hold = take_hold(bench.journal, RUN, "worker-a", tmp_path, lambda: now[0])
    now[0] += TTL_S * 10
    hold.ensure()
    now[0] += TTL_S * 10
    bench.journal.lease(RUN, "worker-b", now[0], TTL_S)
    with pytest.raises(Fenced):
        hold.ensure()
    hold.drop()


class Moody:
    """The error rate of a canary: good on the first server before it has traffic, then no data until it turns bad."""

    def __init__(self) -> None:
        self.bad, self.asked, self.calls = False, asyncio.Event(), 0

    def function(self) -> Callable[[], object]:
        async def error_rate() -> Verdict:
            await asyncio.sleep(0)
            self.asked.set()
            self.calls += 1
            if self.calls == 1:
                return Verdict.ok()
            return Verdict.no("5 % of the answers are errors") if self.bad else Verdict.unknown("no requests")

        return error_rate


async def test_m37_a_worker_stays_with_a_canary_that_holds_and_rolls_it_back_when_it_turns_bad(tmp_path: Path) -> None:
    moody = Moody()
    bench = Bench(tmp_path, canary_plan(), **{"error rate": moody.function()})
    carrying = asyncio.create_task(bench.carrier().carry("none"))
    await bench.until(GateOpened)
    moody.asked.clear()
    await moody.asked.wait()
    assert not carrying.done()
    moody.bad = True
    assert (await carrying).state == "rolled_back"


async def test_m37_an_approval_ends_the_hold_that_a_worker_watches(tmp_path: Path) -> None:
    moody = Moody()
    bench = Bench(tmp_path, canary_plan(stages=(0.05, 1.0)), **{"error rate": moody.function()})
    carrying = asyncio.create_task(bench.carrier().carry("none"))
    after, held = 0, list[str]()
    while not carrying.done():
        for entry in await bench.journal.watch(RUN, after, 0.1):
            after = entry.seq
            if isinstance(entry.event, GateOpened):
                held.append(entry.event.gate)
                bench.say(GateAnswered(entry.event.gate, "approve", "li", ("tech lead",)))
    assert (await carrying).state == "succeeded"
    assert {"hold:w1.soak/w1.watch.1/w1.watch.1", "hold:w2.soak/w2.watch.1/w2.watch.1"} <= set(held)


async def test_m37_who_leaves_a_canary_at_its_gate_says_that_somebody_must_watch_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, canary_plan(), **{"error rate": Moody().function()})
    outcome = await bench.carrier().carry("timers")
    assert (outcome.kind, outcome.to_be_judged) == ("parked", True)
    assert bench.journal.newest(RUN) == outcome.seq


async def test_f14_ctrl_c_at_a_watched_gate_parks_the_run(tmp_path: Path) -> None:
    bench = Bench(tmp_path, canary_plan(), **{"error rate": Moody().function()})
    carrier = bench.carrier()
    carrying = asyncio.create_task(carrier.carry("people"))
    await bench.until(GateOpened)
    carrier.stop.set()
    outcome = await carrying
    assert (outcome.kind, outcome.to_be_judged) == ("stopped", True)
