"""Carrying one run: take hold of it, drive the loop, wait where the run waits, and leave it in good order.

    hold ──> EngineStarted ──> drive ──> parked? wait for a person or the timer, or leave it ──> … ──> ended

However the carrier ends, the journal says where the next one goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from rollbook.drivers.effects import LiveEffects
from rollbook.drivers.guarded import guarded_ports
from rollbook.drivers.holding import Hold, take_hold
from rollbook.drivers.loop import Loop, Parked
from rollbook.drivers.performing import Functions, Performer, Redact, as_it_is
from rollbook.drivers.progress import Tell
from rollbook.machine.commands import Await
from rollbook.machine.decide import decide
from rollbook.machine.program import Program
from rollbook.machine.standing import to_be_judged
from rollbook.machine.state import RunState, State, in_flight, run_state
from rollbook.machine.verbs import refusal
from rollbook.model import events as ev
from rollbook.ports import Journal, Ports
from rollbook.problems import Fenced

Patience: TypeAlias = Literal["people", "timers", "none"]
"""What a carrier waits for itself: people: gates, pauses and timers, but not a frozen run · timers: soaks, but it
leaves at a gate · none: leaves whenever nothing is in flight, but stays while a canary has to be watched."""
SHORT_S = 5.0
"""A timer nearer than this is waited for whatever the patience: leaving and coming back costs as much."""


class Outcome(msgspec.Struct, frozen=True):
    """Why carrying ended: the run has ended · parked (waits for people at `gates`, or until `until`) · stopped on
    request · lost to another worker."""

    kind: Literal["ended", "parked", "stopped", "lost"]
    state: RunState
    seq: int
    gates: tuple[str, ...] = ()
    until: float | None = None
    to_be_judged: bool = False
    """A canary was left that serves traffic: until somebody carries the run on, nobody judges it."""


async def nothing_left() -> None:
    """Where a site has nothing to do after a run."""


class Equipment(msgspec.Struct, frozen=True):
    """What a run needs to be carried, made by wiring. `announce` tells people about a gate; `changed` says what is no
    longer as it was approved (M44)."""

    program: Program
    ports: Ports
    functions: Functions
    journal: Journal
    locks: Path
    requests: Callable[[], str]
    announce: Callable[[Ports, str], Coroutine[Any, Any, None]]
    changed: Callable[[tuple[ev.Entry, ...]], tuple[str, ...]] = lambda _: ()
    time_scale: float = 1.0
    redact: Redact = as_it_is
    """Takes secrets out of what goes into the journal (M5)."""
    discreet: Callable[[Coroutine[Any, Any, Outcome]], Coroutine[Any, Any, Outcome]] = lambda work: work
    """Takes them out of what carrying raises unexpectedly, which ends up on terminals and in logs."""
    tell: Tell = lambda _task, _phrase, _figures: None
    """Hears of every block of a test of real traffic."""
    ended: Callable[[], Coroutine[Any, Any, None]] = nothing_left
    """What the site does once the run has ended."""


class Carrier:
    """Carries one run in this process. `stop` may be set from a signal handler: the run is parked."""

    def __init__(self, run: str, worker: str, equipment: Equipment) -> None:
        self.run, self.worker, self.equipment = run, worker, equipment
        self.stop = asyncio.Event()
        self.pause_on_stop = False
        self.on_entry: Callable[[ev.Entry], None] = lambda _: None
        self._messages: set[asyncio.Task[None]] = set()

    async def carry(self, patience: Patience) -> Outcome:
        """Carry the run as far as `patience` goes. Raises Conflict while another live worker holds it."""
        loop = self._loop(None)
        loop.on_entry = lambda _: None
        loop.catch_up()
        if outcome := self._nothing_to_do(loop, patience):
            for entry in loop.entries:
                self.on_entry(entry)
            return outcome
        hold = take_hold(self.equipment.journal, self.run, self.worker, self.equipment.locks)
        try:
            return await self.equipment.discreet(self._carry(hold, patience))
        finally:
            await self._settle()
            hold.drop()

    def _nothing_to_do(self, loop: Loop, patience: Patience) -> Outcome | None:
        """The outcome, when a look at the journal shows that the run waits for others; else None."""
        if loop.state.phase == "ended":
            return self._outcome("ended", loop)
        waits = [c for c in decide(loop.program, loop.state) if isinstance(c, Await)]
        if len(waits) < len(decide(loop.program, loop.state)) or in_flight(loop.state) or loop.due(waits):
            return None
        until = min((t for w in waits if (t := loop.deadline(w)) is not None), default=None)
        parked = Parked(tuple(w.timer for w in waits if w.gate), until)
        return None if self._waits_here(loop, parked, patience) else self._outcome("parked", loop, parked)

    async def _carry(self, hold: Hold, patience: Patience) -> Outcome:
        loop = self._loop(hold)
        loop.catch_up()
        changed = self.equipment.changed(tuple(loop.entries))
        while not loop.append([ev.EngineStarted(hold.epoch, self.worker, changed)]):
            pass
        keeping = asyncio.create_task(hold.keep())
        try:
            return await self._until_parked(loop, keeping, patience)
        except Fenced:
            return self._outcome("lost", loop)
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError, Fenced):
                await keeping
            await _effects(loop).abandon()

    async def _until_parked(self, loop: Loop, keeping: asyncio.Task[None], patience: Patience) -> Outcome:
        while True:
            parked = await self._unless_stopped(loop.drive(), keeping)
            if parked is STOPPED:
                return await self._park(loop)
            if parked is None:
                self._close_requests(loop)
                await self.equipment.ended()
                return self._outcome("ended", loop)
            assert isinstance(parked, Parked)
            if not self._waits_here(loop, parked, patience):
                return self._outcome("parked", loop, parked)
            waiting = (
                loop.stand(parked.until)
                if parked.standing
                else self.equipment.journal.watch(self.run, loop.after, self._seconds_until(parked))
            )
            if await self._unless_stopped(waiting, keeping) is STOPPED:
                return await self._park(loop)

    async def _unless_stopped(self, work: Awaitable[object], keeping: asyncio.Task[None]) -> object:
        """The result of `work`, or STOPPED. Raises Fenced as soon as the lease is lost."""
        working, stopping = asyncio.ensure_future(work), asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait({working, stopping, keeping}, return_when=asyncio.FIRST_COMPLETED)
            if keeping.done():
                keeping.result()
            return working.result() if working.done() else STOPPED
        finally:
            for task in (working, stopping):
                task.cancel()
                with suppress(asyncio.CancelledError, Fenced):
                    await task

    async def _park(self, loop: Loop) -> Outcome:
        """Leave the run as it stands: what is in flight is stopped, seen dead and journaled; claims stay (F14)."""
        while self.pause_on_stop and refusal(loop.program, loop.state, "pause") is None:
            person = loop.program.plan.site.initiator
            loop.append([ev.VerbAsked("pause", person, reason="Ctrl-C")])
        await loop.interrupt()
        return self._outcome("stopped", loop)

    def _close_requests(self, loop: Loop) -> None:
        """A request for approval is for one run: the next one needs its own (M14)."""
        for entry in loop.entries:
            if isinstance(entry.event, ev.RequestLooked) and entry.event.found:
                self.equipment.journal.close_request(entry.event.request, self.run)

    def _waits_here(self, loop: Loop, parked: Parked, patience: Patience) -> bool:
        if patience == "people":
            return not loop.state.frozen
        if parked.standing and patience == "none":
            return True
        near = parked.until is not None and self._seconds_until(parked) <= SHORT_S
        return near or (patience == "timers" and not parked.gates and parked.until is not None)

    def _seconds_until(self, parked: Parked) -> float:
        longest = 3600.0
        return longest if parked.until is None else max(0.0, parked.until - self.equipment.ports.clock.now())

    def _loop(self, hold: Hold | None) -> Loop:
        kit = self.equipment
        ports = guarded_ports(kit.ports, hold.ensure) if hold else kit.ports
        performer = Performer(
            kit.program, self.run, ports, kit.functions, kit.requests, kit.time_scale, kit.redact, kit.tell
        )
        effects = LiveEffects(performer, kit.journal, ports.clock, lambda gate: self._tell(ports, gate))
        epoch = hold.epoch if hold else 0
        loop = Loop(kit.program, self.run, kit.journal, effects, ports.clock, epoch, kit.time_scale)
        loop.on_entry = self.on_entry
        return loop

    def _tell(self, ports: Ports, gate: str) -> None:
        task = asyncio.get_running_loop().create_task(self.equipment.announce(ports, gate))
        self._messages.add(task)

    async def _settle(self) -> None:
        """Let messages under way go out before the process may end."""
        for message in self._messages:
            await message

    def _outcome(
        self, kind: Literal["ended", "parked", "stopped", "lost"], loop: Loop, parked: Parked | None = None
    ) -> Outcome:
        where = parked or Parked()
        watched = kind in ("parked", "stopped") and to_be_judged(loop.program, loop.state)
        return Outcome(kind, state_word(loop.state), loop.after, where.gates, where.until, watched)


STOPPED = object()


def state_word(state: State) -> RunState:
    """The run's state as users see it; kept by whoever sees the carrier end."""
    return run_state(state)


def _effects(loop: Loop) -> LiveEffects:
    assert isinstance(loop.effects, LiveEffects)
    return loop.effects
