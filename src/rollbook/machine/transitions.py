"""From stage to stage and phase to phase."""

from __future__ import annotations

from msgspec.structs import replace

from rollbook.machine.program import Program
from rollbook.machine.state import Lane, OpenGate, State, Target, current
from rollbook.model import events as ev

FROZEN = "frozen"


def engine_started(program: Program, state: State, event: ev.EngineStarted) -> State:
    """What was intended and has no outcome is in doubt: the engine that ran it is gone."""
    lanes = tuple(replace(x, status="doubt") if x.status == "running" else x for x in state.lanes)
    targets = tuple(
        replace(t, restore=replace(t.restore, status="doubt")) if t.restore.status == "running" else t
        for t in state.targets
    )
    back = state.schema.restore
    if back.status == "running":
        state = replace(state, schema=replace(state.schema, restore=replace(back, status="doubt")))
    approved = any(g in program.gates and program.gates[g].kind == "approval" for g in state.passed)
    return replace(state, lanes=lanes, targets=targets, changed=state.changed or bool(event.changed and approved))


def claimed(program: Program, state: State, event: ev.Claimed) -> State:
    if state.phase != "new":
        return state
    return settle(program, replace(state, phase="forward", claimed=True))


def stage_entered(program: Program, state: State, event: ev.StageEntered) -> State:
    stage = current(program, state)
    if stage is None or stage.id != event.stage or state.entered:
        return state
    out = {program.servers[i] for i, t in enumerate(state.targets) if t.failed}
    lanes = tuple(Lane(status="left_out") if lane.server in out else Lane() for lane in stage.lanes)
    return replace(state, entered=True, lanes=lanes, timer_fired=False, looked=None)


def stage_left(program: Program, state: State, event: ev.StageLeft) -> State:
    stage = current(program, state)
    if stage is None or stage.id != event.stage:
        return state
    moved = replace(state, stage=state.stage + 1, entered=False, lanes=(), timer_fired=False, looked=None)
    return settle(program, moved)


def settle(program: Program, state: State) -> State:
    """Having come to the reporting stages going forward, the release has succeeded."""
    if state.phase == "forward" and not state.stopping and state.stage >= program.first_reporting:
        return replace(state, phase="reporting", ending="succeeded")
    return state


def rollback_begun(program: Program, state: State, event: ev.RollbackBegun) -> State:
    if state.phase != "forward":
        return state
    order = tuple(program.server_index[s] for s in event.servers if s in program.server_index)
    base = replace(
        state, lanes=(), entered=False, gates=(), frozen=False, undo_order=order, paused=False, undo_beside=event.beside
    )
    if order:
        targets = tuple(replace(t, restore=Lane()) if i in order else t for i, t in enumerate(state.targets))
        return replace(base, phase="undoing", targets=targets)
    return after_servers(program, replace(base, phase="undoing"))


def after_servers(program: Program, state: State) -> State:
    """Every server serves its old release again: now the schema, where the document says so and this run began a
    migration (M31); else what is left is to tell."""
    return state if is_schema_due(program, state) else to_reporting(program, state)


def is_schema_due(program: Program, state: State) -> bool:
    """Whether what becomes of the schema is open."""
    return bool(program.plan.take_back) and state.schema.touched and not state.schema.settled


def to_reporting(program: Program, state: State) -> State:
    """Everything is undone: what is left is to tell (M17), then the end."""
    undone = state.schema.touched or any(t.touched for t in state.targets)
    ending = (
        "aborted"
        if state.stopping == "abort" or (state.stopping and not undone)
        else "rolled_back"
        if undone
        else "failed"
    )
    return replace(
        state, phase="reporting", ending=ending, stage=program.first_reporting, entered=False, lanes=(), gates=(),
        frozen=False,
    )  # fmt: skip


def server_restored(program: Program, state: State, event: ev.ServerRestored) -> State:
    i = program.server_index.get(event.server)
    if i is None:
        return state
    done = replace(state.targets[i], restored=True, restore=Lane())
    state = with_target(state, i, done)
    if state.phase == "undoing" and all(state.targets[j].restored for j in state.undo_order):
        return after_servers(program, state)
    return state


def froze(program: Program, state: State, event: ev.Froze) -> State:
    if state.frozen or state.phase == "ended":
        return state
    return replace(state, frozen=True, gates=(*state.gates, OpenGate(FROZEN)))


def run_ended(program: Program, state: State, event: ev.RunEnded) -> State:
    return replace(
        state, phase="ended", end=event.state, claimed=False, gates=(), paused=False, frozen=False, stopping=""
    )


def with_target(state: State, i: int, target: Target) -> State:
    return replace(state, targets=(*state.targets[:i], target, *state.targets[i + 1 :]))


def with_lane(state: State, i: int, lane: Lane) -> State:
    return replace(state, lanes=(*state.lanes[:i], lane, *state.lanes[i + 1 :]))
