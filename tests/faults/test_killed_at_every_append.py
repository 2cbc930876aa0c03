"""The engine is killed at every append of a run, before and after it is written: the next one always finishes the run,
and the world ends as if nothing had happened."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from plans import release_plan
from rollbook.drivers.effects import LiveEffects
from rollbook.drivers.loop import Loop
from rollbook.drivers.memory_journal import MemoryJournal
from rollbook.drivers.performing import Performer
from rollbook.machine.program import Program
from rollbook.machine.state import run_state
from rollbook.model.events import EngineStarted
from rollbook.model.plan import Plan
from rollbook.ports import Journal
from rollbook.ports.fakes import FakeSite
from rollbook.values import Verdict
from simulated import RUN, DeadlyJournal, Killed, begin, kind_functions, ports_of, simulated_site, state_of

pytestmark = pytest.mark.slow

SERVERS = 2


async def fails() -> Verdict:
    return Verdict.bad("5 % errors")


def life(plan: Plan, journal: Journal, site: FakeSite, number: int, bad: bool) -> None:
    """One engine process: hold the run, carry it on until it ends or the engine is killed."""

    async def live() -> None:
        functions = kind_functions(**({"error rate": fails} if bad else {}))
        performer = Performer(Program(plan), RUN, ports_of(site), functions, lambda: "")
        effects = LiveEffects(performer, journal, site.clock, lambda _: None)
        epoch = journal.lease(RUN, f"engine-{number}", float(number * 100), 10)
        loop = Loop(performer.program, RUN, journal, effects, site.clock, epoch)
        loop.catch_up()
        loop.append([EngineStarted(epoch, f"engine-{number}")])
        assert await loop.drive() is None

    asyncio.run(live())


def appends_of(plan: Plan, bad: bool) -> int:
    """How many appends an undisturbed run makes."""
    journal, never = MemoryJournal(), 10**6
    begin(journal, plan)
    counting = DeadlyJournal(journal, never, written=True)
    life(plan, counting, simulated_site(plan), 1, bad)  # type: ignore[arg-type]
    return never - counting.left


def ending(plan: Plan, bad: bool, kills: tuple[tuple[int, bool], ...]) -> tuple[str, object, MemoryJournal]:
    """How the run ends when each of its first engines is killed as `kills` says (append number, written or not)."""
    journal, site = MemoryJournal(), simulated_site(plan)
    begin(journal, plan)
    for number, (append, written) in enumerate(kills, start=1):
        with suppress(Killed):
            life(plan, DeadlyJournal(journal, append, written), site, number, bad)  # type: ignore[arg-type]
    if state_of(journal, plan).phase != "ended":
        life(plan, journal, site, len(kills) + 1, bad)
    return run_state(state_of(journal, plan)), serving(site), journal


def serving(site: FakeSite) -> object:
    """Per server: what is in rotation with which weight, what is running, which configuration is active."""
    return [
        (s.name, s.pool, [(i.generation, i.running) for i in s.instances if i.running], s.current)
        for s in site.world.servers
    ]


@pytest.mark.parametrize("bad", [False, True], ids=["good release", "bad release"])
def test_f08_a_run_killed_at_any_append_is_finished_by_the_next_engine(bad: bool) -> None:
    plan = release_plan(SERVERS)
    state, world, _ = ending(plan, bad, ())
    assert state == ("rolled_back" if bad else "succeeded")
    for append in range(1, appends_of(plan, bad) + 1):
        for written in (False, True):
            again, same, journal = ending(plan, bad, ((append, written),))
            assert (again, same) == (state, world), f"killed at append {append}, written={written}"
            assert journal.audit(RUN) == ()


@pytest.mark.parametrize("bad", [False, True], ids=["good release", "bad release"])
def test_f08_an_engine_killed_again_and_again_still_gets_there(bad: bool) -> None:
    plan = release_plan(SERVERS)
    state, world, _ = ending(plan, bad, ())
    kills = tuple((3 + n % 4, n % 2 == 0) for n in range(60))
    again, same, journal = ending(plan, bad, kills)
    assert (again, same) == (state, world)
    assert journal.audit(RUN) == ()


def test_f14_the_claim_of_a_killed_run_is_given_back_when_it_ends() -> None:
    plan = release_plan(SERVERS)
    _, _, journal = ending(plan, False, ((5, True), (9, False)))
    assert journal.claims() == {}
