"""A plan and its journal, indexed once, so that each part of a view is a look-up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, TypeVar, cast

from rollbook.machine.state import State
from rollbook.model.events import (
    STANDING,
    Cancelled,
    Entry,
    Failed,
    Finished,
    GateAnswered,
    Intended,
    Judged,
    StageEntered,
    StageLeft,
    Unknown,
)
from rollbook.model.plan import Plan, Stage
from rollbook.values import Json
from rollbook.views.run_view import Mark, Proof

E = TypeVar("E")
RESTORE = "restore"
SHOWN_FACTS = 6
YES = ("approve", "done", "happened", "choose")
VERDICT_MARKS: dict[str, Mark] = {"pass": "yes", "fail": "no", "no_data": "unknown"}


class TaskPlace(NamedTuple):
    """A task id "STAGE/LANE/ITEM" taken apart."""

    stage: str
    lane: str
    item: str


class Span(NamedTuple):
    """A stage's stretch of time. `left` None: still in it; `entered` None: passed over without entering."""

    entered: float | None
    left: float | None


class Log:
    """The journal of one run beside its plan, and the state that the machine folded from it."""

    def __init__(self, plan: Plan, state: State, entries: Sequence[Entry], now: float = 0.0) -> None:
        self.plan = plan
        self.now = max(now, entries[-1].at) if entries else now
        """Until when what is under way has lasted: the newest entry, or later where somebody is looking on."""
        self.state = state
        self.entries = tuple(entries)
        self._by_kind: dict[type, list[Entry]] = {}
        for entry in self.entries:
            self._by_kind.setdefault(type(entry.event), []).append(entry)
        self.stages: dict[str, Stage] = {stage.id: stage for stage in plan.program}
        self.items = plan.items()
        self.spans = dict(self._spans())
        self.outcomes = dict(self._outcomes())
        """Newest piece of evidence of every task that was begun, in the order of the newest entries."""

    def of(self, kind: type[E]) -> Iterator[tuple[Entry, E]]:
        """Entries whose event is of `kind`, oldest first."""
        return ((entry, cast(E, entry.event)) for entry in self._by_kind.get(kind, ()))

    def last(self, kind: type[E]) -> E | None:
        found = self._by_kind.get(kind)
        return cast(E, found[-1].event) if found else None

    def stages_of(self, step: int) -> tuple[Stage, ...]:
        return tuple(stage for stage in self.plan.program if stage.step == step)

    def proofs_in(self, stage: str) -> tuple[Proof, ...]:
        return self._proofs_by_stage.get(stage, ())

    def server_of(self, task: str) -> str:
        """The server a task is about; "" for tasks of the run or of a whole wave."""
        place = place_of(task)
        if place.stage == RESTORE:
            return place.lane if place.lane in self._servers else ""
        stage = self.stages.get(place.stage)
        return next((lane.server for lane in stage.lanes if lane.key == place.lane), "") if stage else ""

    @cached_property
    def _servers(self) -> frozenset[str]:
        return frozenset(server.name for server in self.plan.servers)

    @cached_property
    def continued(self) -> frozenset[str]:
        """Stages that only go on with a step's work: items of another scope make a stage of their own."""
        begun: set[tuple[int, int, str]] = set()
        found: set[str] = set()
        for stage in self.plan.program:
            key = (stage.step, stage.wave, stage.zone)
            if stage.kind == "work" and key in begun:
                found.add(stage.id)
            elif stage.kind == "work":
                begun.add(key)
        return frozenset(found)

    @cached_property
    def _proofs_by_stage(self) -> dict[str, tuple[Proof, ...]]:
        found: dict[str, tuple[Proof, ...]] = {}
        for task, proof in self.outcomes.items():
            stage = place_of(task).stage
            found[stage] = (*found.get(stage, ()), proof)
        return found

    def _spans(self) -> Iterator[tuple[str, Span]]:
        entered: dict[str, float] = {}
        left: dict[str, float] = {}
        for entry in self.entries:
            if isinstance(entry.event, StageEntered):
                entered.setdefault(entry.event.stage, entry.at)
                left.pop(entry.event.stage, None)
            elif isinstance(entry.event, StageLeft):
                left[entry.event.stage] = entry.at
        for stage in {**entered, **left}:
            yield stage, Span(entered.get(stage), left.get(stage))

    def _outcomes(self) -> Iterator[tuple[str, Proof]]:
        newest: dict[str, Proof] = {}
        for entry in self.entries:
            if proof := self._proof(entry):
                newest.pop(proof.task, None)
                newest[proof.task] = proof
        yield from newest.items()

    def _proof(self, entry: Entry) -> Proof | None:
        """What this entry proves about a task, if anything."""
        match entry.event:
            case Intended(task=task):
                return self._mark(entry, task, "running")
            case Finished(task=task, detail=detail, data=data):
                return self._mark(entry, task, "yes", detail or _facts(data))
            case Failed(task=task, error=error, output=output):
                return self._mark(entry, task, "no", error, output=output)
            case Cancelled(task=task):
                return self._mark(entry, task, "skipped")
            case Unknown(task=task, error=error):
                return self._mark(entry, task, "unknown", error)
            case Judged(task=task, verdict=verdict, detail=detail, numbers=numbers):
                return self._mark(entry, task, VERDICT_MARKS[verdict], detail, numbers)
            case GateAnswered() as answered if self._asked_task(answered.gate):
                said = answered.person + (f": {answered.comment}" if answered.comment else "")
                return self._mark(
                    entry, self._asked_task(answered.gate), "yes" if answered.answer in YES else "no", said
                )
        return None

    def _asked_task(self, gate: str) -> str:
        """The task that a gate made at run time is about ("manual:TASK", "hold:TASK", "doubt:TASK"); else ""."""
        kind, _, task = gate.partition(":")
        return task if kind in ("manual", "hold", "doubt") and "/" in task else ""

    def _mark(
        self,
        entry: Entry,
        task: str,
        mark: Mark,
        detail: str = "",
        numbers: dict[str, float] | None = None,
        output: tuple[str, ...] = (),
    ) -> Proof:
        stage = self.stages.get(place_of(task).stage)
        wave = stage.wave if stage else 0
        return Proof(task, mark, entry.at, entry.seq, self.server_of(task), wave, detail, numbers or {}, output)


def _facts(data: Mapping[str, Json]) -> str:
    """What a step returned, as evidence: `tests.passed=41, tests.failed=0`."""
    shown = [f"{name}={value}" for name, value in data.items() if isinstance(value, str | int | float)]
    return ", ".join(shown[:SHOWN_FACTS])


def place_of(task: str) -> TaskPlace:
    """Where a task stands; a standing watch counts as its stage's own."""
    stage, _, rest = task.removeprefix(STANDING).partition("/")
    lane, _, item = rest.rpartition("/")
    return TaskPlace(stage, lane, item)
