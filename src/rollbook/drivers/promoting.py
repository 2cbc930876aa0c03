"""Carrying one promotion: decide → journal the intent → start or await the node's run → journal how it ended.

However the carrier ends, the journal says where the next one goes on: an intent names the run's id before the run is
created, creating it again is nothing, and a run that has ended is only looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import msgspec

from rollbook.drivers.holding import Hold, take_hold
from rollbook.machine import promoting as machine
from rollbook.machine.promoting import AwaitRun, End, Move, StartRun, Walk
from rollbook.model import events as ev
from rollbook.model.promotion import Promotion
from rollbook.ports import Journal
from rollbook.problems import Conflict, Fenced

Kind: TypeAlias = Literal["ended", "parked", "stopped", "lost"]


class Seen(msgspec.Struct, frozen=True):
    """What became of a node's run while it was awaited. `state` and `digest` count where `kind` is ended; `waiting`:
    its state as users see it, where it is not."""

    kind: Kind
    state: ev.EndState = "failed"
    digest: str = ""
    detail: str = ""
    """Why it ended as it did, where it did not succeed."""
    waiting: str = ""
    begun: bool = True


class Runs(Protocol):
    """The runs of a promotion's nodes."""

    def new_id(self) -> str: ...
    async def start(self, run: str, node: int, digest: str) -> str:
        """Create the run of a node with this image; nothing where it is there already. Returns why it cannot be
        created, "" when it is."""
        ...

    async def follow(self, run: str) -> Seen:
        """See it to its end, or to where it waits for a person and nobody here does."""
        ...

    def elsewhere(self, run: str) -> Seen | None:
        """How a run stands that is there, has not ended and is not to be followed here; else None."""
        ...

    def stop(self) -> None:
        """Park what is followed now."""
        ...


class Outcome(msgspec.Struct, frozen=True):
    """Why carrying ended. `run`: the node's run that is waited for."""

    kind: Kind
    walk: Walk
    seq: int
    run: str = ""
    waiting: str = ""


class PromotionCarrier:
    """Carries one promotion in this process. `stop` may be set from a signal handler."""

    def __init__(
        self, run: str, promotion: Promotion, journal: Journal, runs: Runs, locks: Path, worker: str,
        now: Callable[[], float],
    ) -> None:  # fmt: skip
        self.run, self.promotion, self.journal, self.runs = run, promotion, journal, runs
        self.locks, self.worker, self.now = locks, worker, now
        self.stop = asyncio.Event()
        self.pause_on_stop = False
        self.walk = machine.begin(promotion)
        self.seq = 0
        self.on_entry: Callable[[ev.Entry], None] = lambda _: None

    async def carry(self) -> Outcome:
        """As far as it goes without a person. Raises Conflict while another live worker holds it."""
        self._catch_up()
        if outcome := self._nothing_to_do():
            return outcome
        hold = take_hold(self.journal, self.run, self.worker, self.locks, self.now)
        keeping = asyncio.create_task(hold.keep())
        stopping = asyncio.create_task(self._passed_on())
        try:
            return await self._carry(hold, keeping)
        except Fenced:
            return self._outcome("lost")
        finally:
            for task in (keeping, stopping):
                task.cancel()
                with suppress(asyncio.CancelledError, Fenced):
                    await task
            hold.drop()

    def _nothing_to_do(self) -> Outcome | None:
        """The outcome, when a look at the journal shows that the promotion has ended or waits for others; else None."""
        move = machine.decide(self.promotion, self.walk)
        if move is None:
            return self._outcome("ended")
        seen = self.runs.elsewhere(move.run) if isinstance(move, AwaitRun) else None
        if seen is not None:
            return msgspec.structs.replace(self._outcome(seen.kind), waiting=seen.waiting)
        return self._outcome("parked") if isinstance(move, machine.Hold) else None

    async def _carry(self, hold: Hold, keeping: asyncio.Task[None]) -> Outcome:
        self._append(hold, lambda: [ev.EngineStarted(hold.epoch, self.worker)])
        while (move := machine.decide(self.promotion, self.walk)) is not None:
            if self.stop.is_set():
                return self._stopped(hold)
            if isinstance(move, machine.Hold):
                return self._outcome("parked")
            if not isinstance(move, AwaitRun):
                self._append(hold, lambda: self._decided(machine.decide(self.promotion, self.walk)))
                continue
            seen = await self._unless_lost(self._await(move), keeping)
            if seen.kind == "stopped":
                return self._stopped(hold)
            if seen.kind != "ended":
                return msgspec.structs.replace(self._outcome(seen.kind), run=move.run, waiting=seen.waiting)
            self._append(hold, partial(_over, move, seen))
        return self._outcome("ended")

    def _decided(self, move: Move | None) -> list[ev.Event]:
        """What a decision is in the journal; nothing where the situation changed and it is another now."""
        if isinstance(move, StartRun):
            return [ev.NodeStarted(move.node, self.runs.new_id())]
        return [move.event] if isinstance(move, End) else []

    async def _await(self, move: AwaitRun) -> Seen:
        refused = await self.runs.start(move.run, move.node, move.digest)
        return Seen("ended", "failed", detail=refused, begun=False) if refused else await self.runs.follow(move.run)

    async def _unless_lost(self, work: Awaitable[Seen], keeping: asyncio.Task[None]) -> Seen:
        """The result of `work`. Raises Fenced as soon as the lease is lost."""
        working = asyncio.ensure_future(work)
        try:
            await asyncio.wait({working, keeping}, return_when=asyncio.FIRST_COMPLETED)
            if keeping.done():
                keeping.result()
            return await working
        finally:
            if not working.done():
                working.cancel()
                with suppress(asyncio.CancelledError):
                    await working

    async def _passed_on(self) -> None:
        """Who stops the promotion stops the run that it follows."""
        await self.stop.wait()
        self.runs.stop()

    def _stopped(self, hold: Hold) -> Outcome:
        """Parked by Ctrl-C: like a run it is paused, so that no worker goes on with it behind the user's back."""
        if self.pause_on_stop and not self.walk.paused:
            self._append(hold, lambda: [ev.VerbAsked("pause", self.promotion.initiator, reason="Ctrl-C")])
        return self._outcome("stopped")

    def _append(self, hold: Hold, events: Callable[[], list[ev.Event]]) -> None:
        """Journal what is to be said now; when others wrote meanwhile, what is to be said then. Raises Fenced."""
        while True:
            hold.ensure()
            said = events()
            if not said:
                return
            try:
                self._take(self.journal.append(self.run, self.seq, hold.epoch, said, self.now()))
                return
            except Conflict:
                self._catch_up()

    def _catch_up(self) -> None:
        self._take(self.journal.read(self.run, self.seq))

    def _take(self, entries: tuple[ev.Entry, ...]) -> None:
        for entry in entries:
            self.walk = machine.evolve(self.promotion, self.walk, entry.event)
            self.seq = entry.seq
            self.on_entry(entry)

    def _outcome(self, kind: Kind) -> Outcome:
        return Outcome(kind, self.walk, self.seq, machine.current_run(self.walk))


def _over(move: AwaitRun, seen: Seen) -> list[ev.Event]:
    return [ev.NodeEnded(move.node, move.run, seen.state, seen.digest, seen.detail, seen.begun)]
