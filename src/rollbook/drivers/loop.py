"""The one loop: decide → journal the intent → act → journal the outcome, until the run parks or ends.

Production and rehearsal run this same code over different journals, clocks and effects. Whatever happens to the
process, the journal says where to go on; whatever other people append meanwhile is read before the next decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

import msgspec

from rollbook.drivers.clock_gates import opens_at
from rollbook.drivers.late import Late, keep_late, late_variables
from rollbook.machine.commands import Await, Cancel, Command, Effectful, LookForRequest, Perform, Record, StandWatch
from rollbook.machine.decide import decide
from rollbook.machine.evolve import evolve
from rollbook.machine.ledger import Ledger, keep
from rollbook.machine.program import Program
from rollbook.machine.state import State, start
from rollbook.model import events as ev
from rollbook.model.events import STANDING
from rollbook.ports import Clock, Journal
from rollbook.problems import Conflict
from rollbook.values import Json

WINDOW = 64
"""Commands in flight at once: the sliding window over servers."""


class Effects(Protocol):
    """Carries out commands side by side. Outcomes come back as events, in the order in which they are known."""

    def busy(self) -> frozenset[str]:
        """Keys of what is in flight."""
        ...

    def begin(self, command: Effectful, ledger: Ledger, late: dict[str, Json]) -> None: ...
    async def outcomes(self, until: float | None, after: int) -> Sequence[ev.Event]:
        """Wait for the next outcomes; empty when something else woke it: entries behind `after`, the time `until`."""
        ...

    def relieve(self, keys: Iterable[str]) -> None:
        """Give up standing watches. They leave nothing in the journal."""
        ...

    def announce(self, gate: str) -> None:
        """Tell the people a gate waits for; once per gate, never failing the run."""
        ...


class Machine(NamedTuple):
    """The two pure functions that a run obeys. Tests of the rehearsal put broken ones in their place."""

    decide: Callable[[Program, State], tuple[Command, ...]] = decide
    evolve: Callable[[Program, State, ev.Event], State] = evolve


class Parked(msgspec.Struct, frozen=True):
    """Nothing to do until a person or a timer speaks. `gates` wait for people; `until` is the next timer, in seconds
    since the Unix epoch. `standing`: watches go on meanwhile; `Loop.stand` waits for them too."""

    gates: tuple[str, ...] = ()
    until: float | None = None
    standing: bool = False


class Loop:
    """One worker's hold on one run. `after` is the last entry it has read; `epoch` its lease."""

    def __init__(
        self,
        program: Program,
        run: str,
        journal: Journal,
        effects: Effects,
        clock: Clock,
        epoch: int,
        time_scale: float = 1.0,
        machine: Machine = Machine(),
    ) -> None:
        self.machine = machine
        self.program, self.run, self.journal, self.effects, self.clock = program, run, journal, effects, clock
        self.epoch, self.time_scale = epoch, time_scale
        self.state: State = start(program)
        self.ledger = Ledger()
        self.late = Late()
        self.entries: list[ev.Entry] = []
        self.on_entry: Callable[[ev.Entry], None] = lambda _: None

    async def drive(self) -> Parked | None:
        """Carry the run on until it parks (Parked) or has ended (None). Raises Fenced when another worker took over."""
        self.catch_up()
        while self.state.phase != "ended":
            if parked := await self.turn():
                return parked
        return None

    async def turn(self) -> Parked | None:
        """One round: what is decided is journaled and begun, what came out is journaled."""
        decisions, commands = self.decided()
        self.effects.relieve(self.standing() - {c.task for c in commands if isinstance(c, StandWatch)})
        if not self.begin(decisions, commands) or self.state.phase == "ended":
            return None
        waits = [c for c in commands if isinstance(c, Await)]
        for wait in waits:
            if wait.gate:
                self.effects.announce(wait.timer)
        if due := self.due(waits):
            self.append(due)
            return None
        until = min((t for w in waits if (t := self.deadline(w)) is not None), default=None)
        if self.effects.busy() == self.standing():
            gates = tuple(w.timer for w in waits if w.gate)
            return None if self.catch_up() else Parked(gates, until, bool(self.standing()))
        await self.stand(until)
        return None

    async def stand(self, until: float | None) -> None:
        """Wait for outcomes, for what others write, or for the time `until`; journal what came out."""
        self.append(await self.effects.outcomes(until, self.after), outcome=True)
        self.catch_up()

    def standing(self) -> frozenset[str]:
        """Keys of the standing watches in flight."""
        return frozenset(key for key in self.effects.busy() if key.startswith(STANDING))

    def decided(self) -> tuple[list[ev.Event], tuple[Command, ...]]:
        """All decisions up to the next command that has an effect or waits: they are journaled together."""
        state, decisions = self.state, list[ev.Event]()
        while True:
            commands = self.machine.decide(self.program, state)
            records = [c.event for c in commands if isinstance(c, Record)]
            if not records:
                return decisions, commands
            for event in records:
                state = self.machine.evolve(self.program, state, event)
            decisions += records

    async def interrupt(self) -> None:
        """Stop what is in flight, see it dead and journal how it ended (Ctrl-C): the run can go on later from here."""
        self.effects.relieve(self.standing())
        for key in self.effects.busy():
            self.effects.begin(Cancel(key), self.ledger, {})
        while self.effects.busy():
            self.append(await self.effects.outcomes(None, self.after), outcome=True)

    def begin(self, decisions: Sequence[ev.Event], commands: Sequence[Command]) -> bool:
        """Journal decisions and intents, then start what is not in flight yet, as far as the window allows. False when
        others wrote meanwhile: everything is to be decided again."""
        busy = self.effects.busy()
        fresh = [c for c in commands if not isinstance(c, Record | Await) and c.key not in busy]
        fresh = fresh[: max(0, WINDOW - len(busy))]
        intents = [ev.Intended(c.task, c.server, c.attempt) for c in fresh if isinstance(c, Perform)]
        if not self.append([*decisions, *intents]):
            return False
        late = late_variables(self.program, self.late, self.state.ending, self.clock.now()) if fresh else {}
        for command in fresh:
            if isinstance(command, LookForRequest):
                self.effects.announce(command.gate)
            self.effects.begin(command, self.ledger, late)
        return True

    def append(self, events: Sequence[ev.Event], outcome: bool = False) -> bool:
        """Journal events and fold them. Others may have written meanwhile: outcomes are facts and go behind what they
        wrote; intents and decisions are dropped (False), to be decided again."""
        while events:
            try:
                written = self.journal.append(self.run, self.after, self.epoch, events, self.clock.now())
            except Conflict:
                self.catch_up()
                if not outcome:
                    return False
                continue
            self.take(written)
            return True
        return True

    def catch_up(self) -> bool:
        """Read and fold what others appended; whether there was anything."""
        new = self.journal.read(self.run, self.after)
        self.take(new)
        return bool(new)

    def take(self, entries: Sequence[ev.Entry]) -> None:
        for entry in entries:
            self.state = self.machine.evolve(self.program, self.state, entry.event)
            self.ledger = keep(self.ledger, entry.event, entry.at)
            self.late = keep_late(self.program, self.late, entry)
            self.entries.append(entry)
            self.on_entry(entry)

    @property
    def after(self) -> int:
        return self.entries[-1].seq if self.entries else 0

    def due(self, waits: Sequence[Await]) -> list[ev.Event]:
        now = self.clock.now()
        return [ev.TimerFired(w.timer) for w in waits if (t := self.deadline(w)) is not None and t <= now]

    def deadline(self, wait: Await) -> float | None:
        """When the wait is over: its time runs from the entry that opened it, so a restart does not start it anew."""
        if wait.wall:
            return opens_at(self.entries, wait.timer)
        if wait.seconds is None:
            return None
        opened = next((e.at for e in reversed(self.entries) if _opens(e.event, wait.timer)), self.clock.now())
        return opened + wait.seconds * self.time_scale


def _opens(event: ev.Event, timer: str) -> bool:
    return (isinstance(event, ev.GateOpened) and event.gate == timer) or (
        isinstance(event, ev.StageEntered) and event.stage == timer
    )
