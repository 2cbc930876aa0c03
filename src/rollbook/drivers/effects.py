"""Commands in flight, as asyncio tasks of one worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from rollbook.drivers.performing import Performer
from rollbook.drivers.watching import POLL_S
from rollbook.machine.commands import Cancel, ClaimTargets, Effectful, Perform
from rollbook.machine.ledger import Ledger
from rollbook.model import events as ev
from rollbook.ports import Clock, Journal
from rollbook.values import Json, Words

NO_END = Words("no end within {limit:g} s", "{limit:g} 秒内没有结束")
CLAIMED = Words("{target} is held by run {run}", "{target} 正被运行 {run} 占用")


class LiveEffects:
    """loop.Effects over the real ports. `tell` sends a gate's notification; it is idempotent by its key."""

    def __init__(self, performer: Performer, journal: Journal, clock: Clock, tell: Callable[[str], None]) -> None:
        self.performer, self.journal, self.clock, self.tell = performer, journal, clock, tell
        self._running: dict[str, asyncio.Task[ev.Event]] = {}
        self._relieved: set[asyncio.Task[ev.Event]] = set()
        self._told: set[str] = set()

    def busy(self) -> frozenset[str]:
        return frozenset(self._running)

    def begin(self, command: Effectful, ledger: Ledger, late: dict[str, Json]) -> None:
        if isinstance(command, Cancel) and command.task in self._running:
            self._running[command.task].cancel()
            return
        self._running[command.key] = asyncio.create_task(self._carry_out(command, ledger, late))

    async def outcomes(self, until: float | None, after: int) -> Sequence[ev.Event]:
        while self._running:
            done, _ = await asyncio.wait(self._running.values(), timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED)
            if done:
                return self._collect(done)
            if self.journal.newest(self.performer.run) > after or (until is not None and self.clock.now() >= until):
                return ()
        return ()

    def relieve(self, keys: Iterable[str]) -> None:
        for key in keys:
            task = self._running.pop(key)
            task.cancel()
            self._relieved.add(task)
            task.add_done_callback(self._relieved.discard)

    def announce(self, gate: str) -> None:
        if gate not in self._told:
            self._told.add(gate)
            self.tell(gate)

    async def abandon(self) -> None:
        """End everything without journaling: this worker was fenced and must not act any more (M42)."""
        ending = (*self._running.values(), *self._relieved)
        for task in ending:
            task.cancel()
        for task in ending:
            with suppress(asyncio.CancelledError):
                await task
        self._running.clear()

    def _collect(self, done: set[asyncio.Task[ev.Event]]) -> list[ev.Event]:
        keys = [key for key, task in self._running.items() if task in done]
        return [self._running.pop(key).result() for key in keys]

    async def _carry_out(self, command: Effectful, ledger: Ledger, late: dict[str, Json]) -> ev.Event:
        if isinstance(command, ClaimTargets):
            return self._claim()
        if isinstance(command, Cancel):
            return ev.Cancelled(command.task)
        if not isinstance(command, Perform):
            return await self.performer.perform(command, ledger, late)
        return await self._limited(command, ledger, late)

    async def _limited(self, command: Perform, ledger: Ledger, late: dict[str, Json]) -> ev.Event:
        """A command that hangs is stopped at its limit; one that is cancelled says so once it is dead."""
        item, limit = self.performer.program.tasks[command.task].item, self.performer.limit_s(command.task)
        try:
            async with asyncio.timeout(limit):
                return await self.performer.perform(command, ledger, late)
        except TimeoutError:
            said = NO_END.format(limit=limit).said(self.performer.program.plan.language)
            return ev.Judged(command.task, "no_data", said) if item.kind == "check" else ev.Failed(command.task, said)
        except asyncio.CancelledError:
            return ev.Cancelled(command.task)

    def _claim(self) -> ev.Event:
        plan, run = self.performer.program.plan, self.performer.run
        held = self.journal.claim(run, plan.targets)
        if not held:
            return ev.Claimed(plan.targets)
        target, holder = next(iter(held.items()))
        return ev.RunEnded("failed", CLAIMED.format(target=target, run=holder).said(plan.language))
