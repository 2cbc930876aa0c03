"""A whole engine over simulated parts, for tests that kill, stop and resume it: one run of a hand-made plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from plans import Functions
from rollbook.drivers.carrying import Equipment
from rollbook.drivers.chain import plan_digest
from rollbook.drivers.rehearsal.acting import DIGEST, Acting
from rollbook.machine.evolve import fold
from rollbook.machine.program import Program
from rollbook.machine.state import State
from rollbook.model.events import Entry, Event, RunCreated
from rollbook.model.plan import Plan
from rollbook.ports import Journal, Ports
from rollbook.ports.fakes import FakeSite
from rollbook.values import Verdict

RUN = "r1"


class KindFunctions(Functions):
    """Built-in steps as they are; what tests call "test:…" succeeds at once."""

    def __init__(self, **others: Callable[..., object]) -> None:
        self.others = others

    def load(self, binding: str) -> Callable[..., object]:
        module, _, name = binding.partition(":")
        if module != "test":
            return super().load(binding)
        return self.others.get(name, good)


async def good() -> dict[str, str]:
    """Enough of an answer for a step; checks take it for a pass (see `GoodChecks`)."""
    return {"image.digest": DIGEST}


async def passes() -> Verdict:
    return Verdict.ok()


CHECKS = ("clean", "idle", "healthy", "error rate", "balanced", "all healthy")


def kind_functions(**others: Callable[..., object]) -> KindFunctions:
    return KindFunctions(**{**dict.fromkeys(CHECKS, passes), **others})


def simulated_site(plan: Plan) -> FakeSite:
    return FakeSite(Acting.opening(Program(plan)))


def ports_of(site: FakeSite) -> Ports:
    names = Ports.__struct_fields__
    return Ports(**{name: getattr(site, name) for name in names})


def begin(journal: Journal, plan: Plan, run: str = RUN) -> None:
    body = msgspec.json.encode(plan, order="sorted")
    key = plan_digest(body)
    row = {"environment": plan.environment, "version": plan.version, "title": plan.title, "at": "1.0"}
    journal.create(run, key, body, row, [RunCreated(run, key, plan.environment, plan.version, "operator", "test")])


def equipment(
    plan: Plan, journal: Journal, site: FakeSite, locks: Path, functions: Functions | None = None
) -> Equipment:
    async def announce(_ports: Ports, _gate: str) -> None:
        return None

    return Equipment(
        program=Program(plan),
        ports=ports_of(site),
        functions=functions or kind_functions(),
        journal=journal,
        locks=locks,
        requests=lambda: "",
        announce=announce,
    )


def state_of(journal: Journal, plan: Plan, run: str = RUN) -> State:
    return fold(Program(plan), (entry.event for entry in journal.read(run)))


def events_of(journal: Journal, run: str = RUN) -> list[Event]:
    return [entry.event for entry in journal.read(run)]


class Killed(BaseException):
    """The engine is gone. Not an Exception: nothing may catch it on the way out."""


class DeadlyJournal:
    """A journal whose user is killed around its `n`-th append: before it is written, or just after. From then on the
    dead engine can neither read nor write."""

    def __init__(self, journal: Journal, n: int, written: bool) -> None:
        self._journal, self.left, self._written = journal, n, written
        self._dead = False

    def __getattr__(self, name: str) -> object:
        if self._dead:
            raise Killed
        return getattr(self._journal, name)

    def append(self, run: str, after: int, epoch: int | None, events: Sequence[Event], now: float) -> tuple[Entry, ...]:
        if self._dead:
            raise Killed
        self.left -= 1
        if self.left > 0:
            return self._journal.append(run, after, epoch, events, now)
        self._dead = True
        if self._written:
            self._journal.append(run, after, epoch, events, now)
        raise Killed
