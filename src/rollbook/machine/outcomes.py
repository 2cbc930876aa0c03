"""What the outcome of a command does to its lane and to the ledger of targets.

A task is either forward (a lane of the current stage) or restoring ("restore/SERVER/ITEM", "restore/run/ITEM").
Outcomes of tasks that are not current any more change nothing.
"""

from __future__ import annotations

from msgspec.structs import replace

from rollbook.machine import schema
from rollbook.machine.commands import LOOK
from rollbook.machine.forward import MAX_ATTEMPTS, touched_by
from rollbook.machine.program import SCHEMA, Program, Task
from rollbook.machine.standing import tripped
from rollbook.machine.state import Lane, State, Target, current
from rollbook.machine.transitions import with_lane, with_target
from rollbook.machine.undo import MAX_RESTORE_ATTEMPTS
from rollbook.model import events as ev
from rollbook.model.events import STANDING


def server_seen(program: Program, state: State, event: ev.ServerSeen) -> State:
    i = program.server_index.get(event.server)
    return state if i is None else with_target(state, i, replace(state.targets[i], seen=True))


def prior_recorded(program: Program, state: State, event: ev.PriorRecorded) -> State:
    i = program.server_index.get(event.server)
    return state if i is None else with_target(state, i, replace(state.targets[i], known=True))


def intended(program: Program, state: State, event: ev.Intended) -> State:
    """From here on the effect may have happened: the ledger counts its servers as touched, and as out if it drains."""
    task = current_task(program, state, event.task)
    if task is None:
        return state
    running = Lane(lane_of(state, task).position, "running", event.attempt)
    if task.lane == SCHEMA:
        return with_restore(state, task, running)
    if task.stage is None:
        target = state.targets[task.lane]
        leaves = task.item.leaves and not (program.plan.beside or state.undo_beside)
        return with_target(state, task.lane, replace(target, restore=running, out=target.out or leaves))
    return touch(program, with_lane(state, task.lane, running), task)


def touch(program: Program, state: State, task: Task) -> State:
    item = task.item
    if item.migrates:
        state = replace(state, schema=replace(state.schema, touched=True))
    if not item.touches:
        return state
    out = item.leaves and not program.plan.beside
    for server in touched_by(task):
        i = program.server_index[server]
        target = state.targets[i]
        state = with_target(state, i, replace(target, touched=True, out=target.out or out))
    return state


def finished(program: Program, state: State, event: ev.Finished) -> State:
    task = current_task(program, state, event.task)
    if task is not None and task.lane == SCHEMA:
        return schema.finished(program, state, task, event)
    return state if task is None else done(program, state, task)


def done(program: Program, state: State, task: Task) -> State:
    """The item is done: on to the next; a server that returned is in rotation again."""
    following = Lane(lane_of(state, task).position + 1)
    if task.stage is None:
        target = state.targets[task.lane]
        return with_target(
            state, task.lane, replace(target, restore=following, out=target.out and not task.item.returns)
        )
    state = with_lane(state, task.lane, following)
    if task.item.returns:
        for server in touched_by(task):
            i = program.server_index[server]
            state = with_target(state, i, replace(state.targets[i], out=False))
    return state


def judged(program: Program, state: State, event: ev.Judged) -> State:
    if event.task.startswith(STANDING):
        return tripped(program, state, event.task) if event.verdict == "fail" else state
    task = current_task(program, state, event.task)
    if task is None:
        return state
    if event.verdict == "pass":
        return done(program, state, task)
    if event.verdict == "fail" or task.stage is None or state.phase == "reporting":
        return not_done(program, state, task)
    return with_lane(state, task.lane, replace(lane_of(state, task), status="held"))


def failed(program: Program, state: State, event: ev.Failed) -> State:
    if event.task.startswith(LOOK) and state.phase == "forward":
        return replace(state, failed=True)
    if event.task.startswith(STANDING):
        return tripped(program, state, event.task)
    task = current_task(program, state, event.task)
    return state if task is None else not_done(program, state, task)


def not_done(program: Program, state: State, task: Task) -> State:
    """A failure: tried again while restoring, passed over while reporting, within the budget the server is left out,
    else the run fails."""
    lane = lane_of(state, task)
    if task.stage is None:
        again = lane.attempt < MAX_RESTORE_ATTEMPTS and task.lane != SCHEMA
        return with_restore(state, task, replace(lane, status="idle" if again else "failed"))
    if state.phase == "reporting":
        return done(program, state, task)
    budget = program.plan.site.max_failures
    if task.server and task.stage.zone == "rotation" and state.failures < budget:
        i = program.server_index[task.server]
        state = with_target(state, i, replace(state.targets[i], failed=True))
        return replace(with_lane(state, task.lane, replace(lane, status="left_out")), failures=state.failures + 1)
    return replace(with_lane(state, task.lane, replace(lane, status="failed")), failed=True)


def cancelled(program: Program, state: State, event: ev.Cancelled) -> State:
    """Verified dead. When the run is not going back, the item is to be done again."""
    task = current_task(program, state, event.task)
    if task is None:
        return state
    lane = lane_of(state, task)
    if task.stage is None:
        return with_restore(state, task, replace(lane, status="idle"))
    if state.failed or state.stopping:
        return with_lane(state, task.lane, replace(lane, status="cancelled"))
    return with_lane(state, task.lane, replace(lane, status="doubt" if task.item.effect == "once" else "idle"))


def unknown(program: Program, state: State, event: ev.Unknown) -> State:
    """Nobody can say. Reporting goes on; a check that got no answer has no data; all else is looked at."""
    task = current_task(program, state, event.task)
    if task is None:
        return state
    lane = lane_of(state, task)
    if task.stage is None:
        return with_restore(state, task, replace(lane, status="lost" if task.lane == SCHEMA else "unknown"))
    if state.phase == "reporting":
        return done(program, state, task)
    if state.failed or state.stopping:
        return with_lane(state, task.lane, replace(lane, status="cancelled"))
    if task.item.migrates:
        return with_lane(state, task.lane, replace(lane, status="lost"))
    if lane.attempt >= MAX_ATTEMPTS:
        if task.item.kind == "check":
            return with_lane(state, task.lane, replace(lane, status="held"))
        return with_lane(state, task.lane, replace(lane, status="lost"))
    return with_lane(state, task.lane, replace(lane, status="unknown"))


def surveyed(program: Program, state: State, event: ev.Surveyed) -> State:
    """Seen again: an idempotent item is done again (it looks first), a `once` item is asked about. Not seen: lost."""
    task = current_task(program, state, event.task)
    if task is None or lane_of(state, task).status != "unknown":
        return state
    lane = lane_of(state, task)
    if task.stage is None:
        again = event.reachable and lane.attempt < MAX_RESTORE_ATTEMPTS
        return with_restore(state, task, replace(lane, status="idle" if again else "lost"))
    return with_lane(state, task.lane, replace(lane, status="doubt" if event.reachable else "lost"))


def current_task(program: Program, state: State, task_id: str) -> Task | None:
    """The task, if it is what its lane is at now."""
    task = program.tasks.get(task_id)
    if task is None or state.phase in ("new", "ended"):
        return None
    if task.lane == SCHEMA:
        back = state.schema.restore
        mine = state.phase == "undoing" and not state.schema.settled and program.schema_task(back.position) == task
        return task if mine else None
    if task.stage is None:
        lane = state.targets[task.lane].restore
        way = program.way_back(state.undo_beside)
        return task if lane.position < len(way) and way[lane.position].id == task.item.id else None
    if task.stage is not current(program, state) or task.lane >= len(state.lanes):
        return None
    items, position = task.stage.lanes[task.lane].items, state.lanes[task.lane].position
    return task if position < len(items) and items[position] == task.item.id else None


def lane_of(state: State, task: Task) -> Lane:
    if task.lane == SCHEMA:
        return state.schema.restore
    return state.lanes[task.lane] if task.stage else state.targets[task.lane].restore


def with_restore(state: State, task: Task, lane: Lane) -> State:
    if task.lane == SCHEMA:
        return replace(state, schema=replace(state.schema, restore=lane))
    target: Target = replace(state.targets[task.lane], restore=lane)
    return with_target(state, task.lane, target)
