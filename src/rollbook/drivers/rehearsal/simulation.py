"""The loop's surroundings in a rehearsal: a journal that keeps nothing, effects that wait to be told what happens."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, TypeVar, cast

from rollbook.machine.commands import Cancel, Effectful, StandWatch
from rollbook.machine.ledger import Ledger
from rollbook.model import events as ev
from rollbook.ports import Journal
from rollbook.values import Json

RUN = "rehearsal"
T = TypeVar("T")


class AtChoice(Exception):
    """The loop waits for an outcome: here the rehearsal chooses which."""


class SimJournal:
    """Takes every append; holds no history, since equal situations are to be explored once."""

    def append(
        self, run: str, after: int, epoch: int | None, events: Sequence[ev.Event], now: float
    ) -> tuple[ev.Entry, ...]:
        return tuple(ev.Entry(run, after + i + 1, epoch or 0, now, e, "", "") for i, e in enumerate(events))

    def read(self, run: str, after: int = 0) -> tuple[ev.Entry, ...]:  # noqa: ARG002
        return ()

    @staticmethod
    def port() -> Journal:
        return cast(Journal, SimJournal())


class SimEffects:
    """loop.Effects whose commands stay pending until the rehearsal picks their outcome."""

    def __init__(self, pending: Sequence[Effectful] = ()) -> None:
        self.pending = list(pending)

    def busy(self) -> frozenset[str]:
        return frozenset(c.task if isinstance(c, Cancel) else c.key for c in self.pending)

    def begin(self, command: Effectful, ledger: Ledger, late: dict[str, Json]) -> None:  # noqa: ARG002
        if isinstance(command, Cancel):
            self.pending = [c for c in self.pending if c.key != command.task]
        self.pending.append(command)

    def relieve(self, keys: Iterable[str]) -> None:
        self.pending = [c for c in self.pending if c.key not in set(keys)]

    def acting(self) -> Effectful:
        """Take the next command that does something: standing watches go on."""
        return self.pending.pop(next(i for i, c in enumerate(self.pending) if not isinstance(c, StandWatch)))

    async def outcomes(self, until: float | None, after: int) -> Sequence[ev.Event]:  # noqa: ARG002
        raise AtChoice

    def announce(self, gate: str) -> None:
        """Nobody is told in a rehearsal."""


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never really waits, without an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return cast(T, stop.value)
    coroutine.close()
    raise RuntimeError("a simulated port waited for something real")
