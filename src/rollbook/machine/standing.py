"""Standing watches: from a canary's first watch on, the new release is judged whatever else the run does or waits for.

A watch ends with its verdict, and then the run may wait for hours at a gate, be paused, or convert more servers, with
part of the traffic on the new release. Whoever waits is not looking: so each condition of the latest watch is judged
on, and its trip rolls back as a trip of the watch itself does (M37, M40).
"""

from __future__ import annotations

from msgspec.structs import replace

from rollbook.machine.commands import StandWatch
from rollbook.machine.program import Program
from rollbook.machine.state import Lane, State
from rollbook.model.events import STANDING
from rollbook.model.plan import Stage


def standing(program: Program, state: State) -> tuple[StandWatch, ...]:
    """The conditions to judge beside what the run does now. None where people have the run in hand (frozen, changed
    code) or it is going back already."""
    if state.phase != "forward" or state.failed or state.stopping or state.frozen or state.changed:
        return ()
    index = latest_watch(program, state)
    if index is None or program.stages[index].step in state.skipped:
        return ()
    stage, here = program.stages[index], index == state.stage
    return tuple(
        StandWatch(f"{STANDING}{stage.id}/{lane.key}/{item}")
        for number, lane in enumerate(stage.lanes)
        if not here or over(stage, number, state.lanes[number])
        for item in lane.items
    )


def latest_watch(program: Program, state: State) -> int | None:
    """The stage whose watch was entered last; None while no part of the traffic was put on the new release to stay."""
    index = program.last_watch[min(state.stage, len(program.stages))]
    if index == state.stage and not state.entered:
        return program.last_watch[index - 1] if index else None
    return index


def to_be_judged(program: Program, state: State) -> bool:
    """Whether a canary serves traffic and no person has the run in hand: whoever leaves it now leaves it unwatched."""
    return state.phase == "forward" and not state.frozen and latest_watch(program, state) is not None


def over(stage: Stage, index: int, lane: Lane) -> bool:
    """Whether the watch itself does not look any more: it has no data, or has passed."""
    return lane.status == "held" or (lane.status == "idle" and lane.position >= len(stage.lanes[index].items))


def tripped(program: Program, state: State, task: str) -> State:
    """The new release is proved bad although nobody was waiting for the verdict: the run fails. A word about a watch
    that is not asked for any more changes nothing."""
    wanted = any(watch.task == task for watch in standing(program, state))
    return replace(state, failed=True) if wanted else state
