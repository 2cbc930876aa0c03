"""Going forward: the current stage's lanes, its gate or its soak, one decision at a time."""

from __future__ import annotations

from rollbook.machine.commands import (
    Await,
    Cancel,
    Command,
    LookAtClock,
    LookForRequest,
    Perform,
    Record,
    RecordPrior,
    RecordSchema,
    Survey,
)
from rollbook.machine.gates import ask
from rollbook.machine.program import Program, Task
from rollbook.machine.schema import UNREADABLE
from rollbook.machine.state import Lane, State, current, open_gate
from rollbook.model.events import Decided, Froze, GateOpened, StageEntered, StageLeft
from rollbook.model.gates import Gate
from rollbook.model.plan import Stage

MAX_ATTEMPTS = 3
"""Tries of an idempotent command whose outcome stayed unknown although its server could be seen."""


def advance(program: Program, state: State) -> tuple[Command, ...]:
    """The next commands of the current stage; () when waiting for what is in flight, or behind the last stage."""
    stage = current(program, state)
    if stage is None:
        return ()
    if stage.step in state.skipped and stage.zone != "criteria":
        return (Record(StageLeft(stage.id)),)
    if not state.entered:
        return () if state.paused and stage.kind == "work" else (Record(StageEntered(stage.id)),)
    if stage.kind == "gate":
        return at_gate(program, state, stage)
    if stage.kind == "soak":
        return (Record(StageLeft(stage.id)),) if state.timer_fired else (Await(stage.id, stage.soak_s, gate=False),)
    return work(program, state, stage)


def at_gate(program: Program, state: State, stage: Stage) -> tuple[Command, ...]:
    """An approval, a choice or an outage to agree to. An optional one waits only for a pending request (M14)."""
    gate = program.gates[stage.gate]
    if gate.id in state.passed:
        return (Record(StageLeft(stage.id)),)
    if gate.kind == "window":
        return at_window(state, gate)
    if gate.mode == "optional" and state.looked is None:
        return (LookForRequest(gate.id),)
    if gate.mode == "optional" and not state.looked:
        return (Record(Decided(gate.id, "skip", "no pending request")),)
    return ask(state, gate.id, gate.reason or gate.title, gate.timeout_s)


def at_window(state: State, gate: Gate) -> tuple[Command, ...]:
    """A release window: look at the clock; while it is closed, wait for its opening or for people who override it."""
    if state.looked is None:
        return (LookAtClock(gate.id),)
    if state.looked:
        return (Record(Decided(gate.id, "open", gate.reason)),)
    if open_gate(state, gate.id) is None:
        return (Record(GateOpened(gate.id, gate.reason)),)
    return (Await(gate.id, wall=True),)


def work(program: Program, state: State, stage: Stage) -> tuple[Command, ...]:
    """Every lane's next command; the stage is over when all lanes are."""
    if all(is_done(stage, index, lane) for index, lane in enumerate(state.lanes)):
        return (Record(StageLeft(stage.id)),)
    return tuple(
        command
        for index, lane in enumerate(state.lanes)
        if not is_done(stage, index, lane)
        for command in lane_next(program, state, lane, program.task(stage, stage.lanes[index], lane.position))
    )


def is_done(stage: Stage, index: int, lane: Lane) -> bool:
    return lane.status == "left_out" or (lane.status == "idle" and lane.position >= len(stage.lanes[index].items))


def lane_next(program: Program, state: State, lane: Lane, task: Task) -> tuple[Command, ...]:
    """What one lane needs now."""
    match lane.status:
        case "idle":
            return start(program, state, lane, task)
        case "doubt" if task.item.effect == "once" and task.item.kind != "check":
            return ask(state, f"doubt:{task.id}", "the engine died while this ran: did it happen?")
        case "doubt":
            return (Perform(task.id, task.server, lane.attempt + 1),)
        case "unknown":
            return look_again(state, lane, task)
        case "lost" if task.item.migrates:
            return (Record(Froze(UNREADABLE)),)
        case "lost":
            return (Record(Froze(f"{task.server or task.item.text}: cannot be seen", task.server)),)
        case "held":
            return ask(state, f"hold:{task.id}", "no data: not proved good, not proved bad")
    return ()


def start(program: Program, state: State, lane: Lane, task: Task) -> tuple[Command, ...]:
    """Start the lane's item: after a person's yes where it asks, after the prior state is recorded where it touches,
    and only while the floor holds where it takes a server out."""
    item = task.item
    if state.paused and item.kind != "check":
        return ()
    if item.kind == "manual":
        return ask(state, f"manual:{task.id}", item.text)
    if item.asks and task.id not in state.passed:
        return ask(state, f"ask:{task.id}", item.text)
    if item.migrates and not state.schema.known:
        return (RecordSchema(task.id),)
    if item.touches and (unseen := unrecorded(program, state, task)):
        return tuple(RecordPrior(server, task.id) for server in unseen)
    if item.leaves and not has_room(program, state, task):
        return at_floor(state, task)
    return (Perform(task.id, task.server, lane.attempt + 1),)


def unrecorded(program: Program, state: State, task: Task) -> tuple[str, ...]:
    """Servers this task will touch whose prior state is not yet in the journal (M38). A canary moves the weights of all
    servers, so all are recorded first."""
    touched = program.servers if program.canary else touched_by(task)
    return tuple(s for s in touched if not state.targets[program.server_index[s]].known)


def touched_by(task: Task) -> tuple[str, ...]:
    """The servers a touching task acts on: its lane's, or all of its stage's."""
    if task.server:
        return (task.server,)
    return task.stage.servers if task.stage else ()


def has_room(program: Program, state: State, task: Task) -> bool:
    """Whether these servers may leave without breaking the floor: the servers out of rotation by our act stay within
    `max_out`, and none of them awaits repair (M33)."""
    if program.plan.beside or f"floor:{task.id}" in state.passed:
        return True
    leaving = {program.server_index[s] for s in touched_by(task)}
    out = {i for i, t in enumerate(state.targets) if t.out}
    return len(out | leaving) <= program.plan.site.max_out


def at_floor(state: State, task: Task) -> tuple[Command, ...]:
    """Wait while others are on their way back; ask people when nothing is."""
    if any(lane.status == "running" for lane in state.lanes):
        return ()
    return ask(state, f"floor:{task.id}", "another server is still out of rotation")


def look_again(state: State, lane: Lane, task: Task) -> tuple[Command, ...]:
    """An outcome nobody knows: look at the server; where there is none, an idempotent act is its own look (M38)."""
    if task.server:
        return (Survey(task.id, task.server),)
    if task.item.migrates and not state.schema.known:
        return (RecordSchema(task.id),)
    if task.item.effect == "once" and task.item.kind != "check":
        return ask(state, f"doubt:{task.id}", "the outcome is unknown: did it happen?")
    return (Perform(task.id, task.server, lane.attempt + 1),)


def cancel_work(program: Program, state: State) -> tuple[Command, ...]:
    """Stop what runs and see it dead before anything is undone (M40, F7)."""
    stage = current(program, state)
    if stage is None:
        return ()
    return tuple(
        Cancel(program.task(stage, stage.lanes[index], lane.position).id)
        for index, lane in enumerate(state.lanes)
        if lane.status in ("running", "doubt")
    )
