"""Going back: which servers, in which order, and how far capacity allows (M33, M38, M39). Reads the ledger only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rollbook.machine.commands import Command, Perform, Record, Survey
from rollbook.machine.gates import FROZEN, ask
from rollbook.machine.program import Program
from rollbook.machine.schema import take_back
from rollbook.machine.state import State, current
from rollbook.machine.transitions import is_schema_due
from rollbook.model.events import Froze, RollbackBegun, ServerRestored

MAX_RESTORE_ATTEMPTS = 3
STUCK = ("failed", "lost")


def begin_rollback(program: Program, state: State) -> tuple[Command, ...]:
    """Say what will be restored and by which rule: the failing wave's servers first, then earlier waves backwards."""
    stage = current(program, state)
    action = "switch_back" if stage is None or state.stopping == "rollback" else program.rollback_of(stage)
    touched = [name for name, t in zip(program.servers, state.targets, strict=True) if t.touched and not t.restored]
    if action == "manual" and touched and not state.stopping:
        return (
            ask(state, FROZEN, "")
            if state.frozen
            else (Record(Froze("the document leaves this rollback to a person")),)
        )
    wave = stage.servers if stage and stage.wave else ()
    order = [s for s in touched if s in wave] + [s for s in reversed(touched) if s not in wave]
    beside = bool(program.plan.restore_beside) and all(t.touched for t in state.targets)
    return (Record(RollbackBegun(state.stopping or "failure", action, tuple(order), beside)),)


def restore_next(program: Program, state: State) -> tuple[Command, ...]:
    """The next commands of the rollback: servers already out at once, side by side; then, when none is out, as many as
    the floor lets leave. What cannot be restored freezes the run."""
    commands = tuple(restore_lanes(program, state, state.undo_order))
    if commands or any(t.restore.status == "running" for t in state.targets):
        return commands
    if is_schema_due(program, state) and all(state.targets[i].restored for i in state.undo_order):
        return take_back(program, state)
    if state.frozen:
        return ask(state, FROZEN, "")
    stuck = [program.servers[i] for i in state.undo_order if state.targets[i].restore.status in STUCK]
    return (Record(Froze(f"cannot restore {', '.join(stuck)}", stuck[0] if stuck else "")),)


def repair(program: Program, state: State) -> tuple[Command, ...]:
    """Servers that failed within the failure budget are restored before the next stage begins (M33)."""
    if state.phase != "forward" or state.entered:
        return ()
    broken = [i for i, t in enumerate(state.targets) if t.failed and t.touched and not t.restored]
    commands = tuple(restore_lanes(program, state, broken))
    if commands or any(state.targets[i].restore.status == "running" for i in broken):
        return commands
    return (
        (Record(Froze(f"cannot restore {program.servers[broken[0]]}", program.servers[broken[0]])),) if broken else ()
    )


def restore_lanes(program: Program, state: State, order: Iterable[int]) -> Iterator[Command]:
    leaving = may_leave(program, state)
    beside = program.plan.beside or state.undo_beside
    for i in order:
        target = state.targets[i]
        begun = target.restore.position > 0 or target.restore.attempt > 0 or target.restore.status != "idle"
        if target.restored:
            continue
        if not target.out and not begun and not beside:
            if not leaving:
                continue
            leaving -= 1
        yield from restore_one(program, state, i)


def may_leave(program: Program, state: State) -> int:
    """How many servers that still serve may be taken out for restoring now: none while any server is out."""
    busy = any(t.out or (t.restore.attempt and not t.restored) or t.restore.status != "idle" for t in state.targets)
    underway = any(t.restore.position and not t.restored for t in state.targets)
    return 0 if busy or underway else max(1, program.plan.site.max_out)


def restore_one(program: Program, state: State, i: int) -> Iterator[Command]:
    """One server's next restoring command."""
    lane, server = state.targets[i].restore, program.servers[i]
    way = program.way_back(state.undo_beside)
    if lane.position >= len(way):
        yield Record(ServerRestored(server))
        return
    task = program.restore_task(server, way[lane.position])
    if lane.status in ("idle", "doubt"):
        yield Perform(task.id, server, lane.attempt + 1)
    elif lane.status == "unknown":
        yield Survey(task.id, server)
