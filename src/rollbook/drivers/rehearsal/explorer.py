"""The search: from the plan's beginning through everything that can happen, equal situations once.

Breadth first, fewest failures first, so the first story that breaks an invariant is a shortest one. Deterministic:
the same plan gives the same states, ends and stories.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence

import msgspec

from rollbook.drivers.late import Late
from rollbook.drivers.loop import Loop, Machine, Parked
from rollbook.drivers.performing import Functions, Performer
from rollbook.drivers.rehearsal.acting import Acting
from rollbook.drivers.rehearsal.choices import Choice, answers, outcomes, trips
from rollbook.drivers.rehearsal.invariants import STUCK, UNPROVOKED, broken
from rollbook.drivers.rehearsal.migrating import rehearsable
from rollbook.drivers.rehearsal.simulation import RUN, AtChoice, SimEffects, SimJournal, finish
from rollbook.machine.commands import Effectful, StandWatch
from rollbook.machine.ledger import Ledger
from rollbook.machine.program import Program
from rollbook.machine.state import State
from rollbook.machine.state import start as first_state
from rollbook.model import events as ev
from rollbook.model.plan import Plan
from rollbook.ports.fakes import FakeSite, World
from rollbook.values import Words

MAX_STATES = 500_000


class Violation(msgspec.Struct, frozen=True):
    """A broken invariant and the shortest story that leads to it, one happening a line."""

    invariant: Words
    story: tuple[Words, ...]


class Rehearsal(msgspec.Struct, frozen=True):
    """What was explored: distinct states, how often each end state was reached, and what broke. `complete` False when
    the bound on states stopped the search."""

    states: int
    ends: dict[str, int]
    violations: tuple[Violation, ...]
    complete: bool = True


class Node:
    """One situation: the run's state, the world outside, the commands in flight, and how it came about."""

    __slots__ = ("cost", "label", "late", "ledger", "parent", "parked", "pending", "state", "world")

    def __init__(self, state: State, world: World, pending: tuple[Effectful, ...], cost: int) -> None:
        self.state, self.world, self.pending, self.cost = state, world, pending, cost
        self.ledger, self.late = Ledger(), Late()
        self.parked: Parked | None = None
        self.parent: Node | None = None
        self.label: Words | None = None

    @property
    def key(self) -> tuple[object, ...]:
        return self.state, self.world, self.pending, self.cost

    def story(self) -> tuple[Words, ...]:
        node: Node | None = self
        told = []
        while node is not None:
            if node.label:
                told.append(node.label)
            node = node.parent
        return tuple(reversed(told))


def rehearse(plan: Plan, functions: Functions, failures: int = 1, machine: Machine = Machine()) -> Rehearsal:
    """Explore every way in which a run of `plan` can go with at most `failures` failures."""
    return Explorer(plan, functions, failures, machine).explore()


class Explorer:
    def __init__(self, plan: Plan, functions: Functions, failures: int, machine: Machine) -> None:
        self.program = Program(rehearsable(plan))
        self.functions, self.failures, self.machine = functions, failures, machine
        self.start = Acting.opening(self.program)
        self.violations: dict[Words, Violation] = {}
        self.ends: Counter[str] = Counter()

    def explore(self) -> Rehearsal:
        first = Node(first_state(self.program), self.start, (), 0)
        self._settle(first, self._loop(first), ())
        levels: list[deque[Node]] = [deque() for _ in range(self.failures + 1)]
        levels[0].append(first)
        seen = {first.key}
        for level in levels:
            while level and len(seen) < MAX_STATES:
                node = level.popleft()
                for reached in self._expand(node):
                    if reached.key not in seen:
                        seen.add(reached.key)
                        levels[reached.cost].append(reached)
        complete = not any(levels)
        return Rehearsal(len(seen), dict(sorted(self.ends.items())), tuple(self.violations.values()), complete)

    def _expand(self, node: Node) -> Iterable[Node]:
        """Every situation one choice away. Checks the invariants on the way."""
        self._watch(node)
        if node.state.phase == "ended":
            self.ends[node.state.end] += 1
            return
        if node.state.frozen and not node.pending:
            self.ends["frozen"] += 1
        for choice in self._choices(node):
            yield self._take(node, choice)

    def _choices(self, node: Node) -> Sequence[Choice]:
        budget = self.failures - node.cost
        acting = [c for c in node.pending if not isinstance(c, StandWatch)]
        beside = tuple(trips(self.program, node.pending)) if budget else ()
        if acting:
            return (*outcomes(self.program, node.state, acting[0], budget), *beside)
        return (*self._waiting(node), *beside)

    def _waiting(self, node: Node) -> Sequence[Choice]:
        """What people and time can say. A watch may never speak: to wait for it alone is to be stuck."""
        gates = node.parked.gates if node.parked else ()
        if gates:
            return tuple(answers(self.program, node.state, gates[0]))
        if node.parked and node.parked.until is not None:
            return self._time_passes(node)
        self._break(STUCK, node)
        return ()

    def _time_passes(self, node: Node) -> Sequence[Choice]:
        timer = self.program.stages[node.state.stage].id
        return (Choice("events", Words(f"{timer}: time passes", f"{timer}：时间到"), 0, (ev.TimerFired(timer),)),)

    def _take(self, node: Node, choice: Choice) -> Node:
        """The situation after one choice: its events are journaled, then the loop goes on to the next choice."""
        world = node.world.mending(*node.world.cut) if choice.heals else node.world
        reached = Node(node.state, world, node.pending, node.cost + choice.cost)
        reached.ledger, reached.late = node.ledger, node.late
        reached.parent, reached.label = node, choice.label
        loop = self._loop(reached)
        if choice.mode == "events":
            events: Sequence[ev.Event] = choice.events
        else:
            acting = Acting(self.program, self._performer(loop), loop.site)
            events = acting.act(loop.effects, choice.mode, loop.ledger)
            if choice.mode == "ok" and not world.cut and isinstance(events[0], ev.Failed):
                self._break(UNPROVOKED.format(error=f"{events[0].error} {' '.join(events[0].output)}"), reached)
        self._settle(reached, loop, events)
        return reached

    def _settle(self, node: Node, loop: SimLoop, events: Sequence[ev.Event]) -> None:
        """Journal the events and turn the loop until something has to be chosen again."""
        loop.append(events, outcome=True)
        node.parked = None
        try:
            while loop.state.phase != "ended" and node.parked is None:
                node.parked = finish(loop.turn())
        except AtChoice:
            pass
        node.state, node.world, node.pending = loop.state, loop.site.world, tuple(loop.effects.pending)
        node.ledger, node.late = loop.ledger, loop.late

    def _watch(self, node: Node) -> None:
        for invariant in broken(self.program, self.start, node.state, node.world):
            self._break(invariant, node)

    def _break(self, invariant: Words, node: Node) -> None:
        if invariant not in self.violations:
            self.violations[invariant] = Violation(invariant, node.story())

    def _loop(self, node: Node) -> SimLoop:
        site = FakeSite(node.world, can_run_beside=self.program.plan.beside)
        return SimLoop(self.program, site, node, self.machine)

    def _performer(self, loop: SimLoop) -> Performer:
        return Performer(self.program, RUN, loop.site, self.functions, lambda: "")


class SimLoop(Loop):
    """The production loop over simulated surroundings, put into the middle of a run."""

    effects: SimEffects

    def __init__(self, program: Program, site: FakeSite, node: Node, machine: Machine) -> None:
        super().__init__(program, RUN, SimJournal.port(), SimEffects(node.pending), site.clock, 0, machine=machine)
        self.site = site
        self.state, self.ledger, self.late = node.state, node.ledger, node.late
