"""The plan indexed for the machine: look-ups that `decide` and `evolve` need at every step, built once per run."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

from msgspec.structs import asdict

from rollbook.model.events import STANDING
from rollbook.model.gates import Gate
from rollbook.model.plan import Lane, Plan, PlanItem, Stage
from rollbook.model.workflow import RollbackAction

RESTORE = "restore"
SCHEMA = -1
"""In place of a server's index: the task is about the database's schema."""


class Task(NamedTuple):
    """One command's place: a task id "STAGE/LANE/ITEM" taken apart. `lane` is its index in the stage; without a stage
    the server's index, or SCHEMA."""

    id: str
    stage: Stage | None
    lane: int
    server: str
    item: PlanItem


class Program:
    """A plan with its indexes. Immutable; equal plans make equal programs."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.stages = plan.program
        self.items = plan.items()
        self.servers = tuple(s.name for s in plan.servers)
        self.server_index = {name: i for i, name in enumerate(self.servers)}
        self.stage_index = {stage.id: i for i, stage in enumerate(self.stages)}
        self.step_rollback: dict[int, RollbackAction] = {s.number: s.rollback for s in plan.steps}
        self.tasks = {t.id: t for t in self._tasks()}
        watches = (t for t in self.tasks.values() if t.stage and t.stage.kind == "watch")
        self.standing = {STANDING + t.id: t._replace(id=STANDING + t.id) for t in watches}
        """What a watch judges, judged on beside whatever the run does."""
        self.gates = {g.id: g for g in plan.gates}

    def _tasks(self) -> list[Task]:
        forward = [
            Task(f"{stage.id}/{lane.key}/{item}", stage, index, lane.server, self.items[item])
            for stage in self.stages
            for index, lane in enumerate(stage.lanes)
            for item in lane.items
        ]
        restore = [
            Task(f"{RESTORE}/{server}/{item.id}", None, index, server, item)
            for index, server in enumerate(self.servers)
            for item in (*self.plan.restore, *self.plan.restore_beside)
        ]
        restore += [Task(f"{RESTORE}/run/{item.id}", None, SCHEMA, "", item) for item in self.plan.take_back]
        return forward + restore

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What the plan took from the site, by field name, for step functions."""
        return asdict(self.plan.site)

    @cached_property
    def canary(self) -> bool:
        """Whether traffic is moved by weights, stage by stage (M32)."""
        return any(wave.canary for wave in self.plan.waves)

    @cached_property
    def last_watch(self) -> tuple[int | None, ...]:
        """For each stage the index of the latest watch up to and with it, None before the first; one more entry for
        the end of the program."""
        latest: int | None = None
        found = []
        for index, stage in enumerate(self.stages):
            latest = index if stage.kind == "watch" else latest
            found.append(latest)
        return (*found, latest)

    @cached_property
    def first_reporting(self) -> int:
        """Index of the first reporting stage; the length of the program when there is none."""
        return next((i for i, s in enumerate(self.stages) if s.zone == "reporting"), len(self.stages))

    @cached_property
    def approval(self) -> Gate | None:
        """The gate whose quorum also guards skipping an approval, a rejoin or a judge (M15)."""
        return self.plan.approval

    def task(self, stage: Stage, lane: Lane, position: int) -> Task:
        return self.tasks[f"{stage.id}/{lane.key}/{lane.items[position]}"]

    def way_back(self, beside: bool) -> tuple[PlanItem, ...]:
        """What is done to each server in a rollback, in order."""
        return self.plan.restore_beside if beside and self.plan.restore_beside else self.plan.restore

    def restore_task(self, server: str, item: PlanItem) -> Task:
        return self.tasks[f"{RESTORE}/{server}/{item.id}"]

    def schema_task(self, position: int) -> Task:
        return self.tasks[f"{RESTORE}/run/{self.plan.take_back[position].id}"]

    def rollback_of(self, stage: Stage) -> RollbackAction:
        """What a failure in this stage calls for: the document's range, else by zone (M39)."""
        if stage.step in self.step_rollback:
            return self.step_rollback[stage.step]
        return "stop" if stage.zone in ("before", "reporting") else "switch_back"
