"""What to do next. Every rule of a run is behind this one function; everything else only carries it out."""

from __future__ import annotations

from rollbook.machine.commands import ClaimTargets, Command, LookAt, Record
from rollbook.machine.forward import advance, cancel_work
from rollbook.machine.gates import CHANGED, FROZEN, ask
from rollbook.machine.program import Program
from rollbook.machine.standing import standing
from rollbook.machine.state import State
from rollbook.machine.undo import begin_rollback, repair, restore_next
from rollbook.model.events import RunEnded


def decide(program: Program, state: State) -> tuple[Command, ...]:
    """The commands that this situation calls for. Pure: no clock, no network; the same state gives the same answer.

    Commands already in flight may be named again (the loop knows them by key); an empty answer means: wait for what
    is in flight.
    """
    if state.phase == "ended":
        return ()
    if state.phase == "new":
        return (ClaimTargets(program.servers),)
    if state.phase == "undoing":
        return restore_next(program, state)
    if state.phase == "forward" and (state.failed or state.stopping):
        return cancel_work(program, state) or begin_rollback(program, state)
    if state.frozen:
        return ask(state, FROZEN, "")
    if state.changed and state.phase == "forward":
        return ask(state, CHANGED, "step code changed since it was approved")
    if state.phase == "forward" and (unseen := look_around(program, state)):
        return unseen
    return *standing(program, state), *go_on(program, state)


def go_on(program: Program, state: State) -> tuple[Command, ...]:
    """Forward: mend what failed within the budget, then the current stage, then the end."""
    return repair(program, state) or advance(program, state) or finish(program, state)


def look_around(program: Program, state: State) -> tuple[Command, ...]:
    """Before the first step every server is seen: what cannot be seen must not be left half-way later."""
    if state.stage or state.entered:
        return ()
    return tuple(LookAt(name) for name, t in zip(program.servers, state.targets, strict=True) if not t.seen)


def finish(program: Program, state: State) -> tuple[Command, ...]:
    """Behind the last stage the run is over; its end was settled before reporting began."""
    if state.stage < len(program.stages):
        return ()
    return (Record(RunEnded(state.ending or "succeeded")),)
