"""What people and time say: gates answered, timers fired, verbs asked."""

from __future__ import annotations

from msgspec.structs import replace

from rollbook.machine import schema
from rollbook.machine.forward import is_done
from rollbook.machine.gates import CHANGED, FROZEN, enough, may_answer
from rollbook.machine.outcomes import done, not_done
from rollbook.machine.program import Program, Task
from rollbook.machine.state import Lane, OpenGate, State, current, open_gate
from rollbook.machine.transitions import after_servers, with_lane, with_target
from rollbook.machine.verbs import needs_quorum, refusal
from rollbook.model import events as ev
from rollbook.model.gates import kind_of


def gate_opened(program: Program, state: State, event: ev.GateOpened) -> State:
    if open_gate(state, event.gate):
        return state
    return replace(state, gates=(*state.gates, OpenGate(event.gate)))


def gate_answered(program: Program, state: State, event: ev.GateAnswered) -> State:
    """One person's word. A no closes the gate at once, a yes when it completes the quorum."""
    gate = open_gate(state, event.gate)
    if gate is None or gate.id == FROZEN or not may_answer(program, gate.id, event.person, event.roles):
        return state
    if event.answer == "reject":
        return refused(program, close(state, gate.id), gate.id)
    answered = OpenGate(gate.id, gate.answers | {(event.person, event.roles)})
    if not enough(program, answered):
        return replace(state, gates=tuple(answered if g.id == gate.id else g for g in state.gates))
    return agreed(program, close(state, gate.id), gate.id, event)


def agreed(program: Program, state: State, gate: str, event: ev.GateAnswered) -> State:
    """The gate is passed: what it was about goes on."""
    if gate in program.gates:
        chosen = next((c for c in program.gates[gate].choices if c.name == event.choice), None)
        skipped = state.skipped | set(chosen.skips if chosen else ())
        return replace(state, passed=state.passed | {gate}, skipped=skipped)
    kind, _, about = gate.partition(":")
    if gate == CHANGED:
        return replace(state, changed=False)
    if kind == "skip":
        return skip_now(program, state, int(about))
    if kind in ("ask", "floor", schema.GATE):
        return replace(state, passed=state.passed | {gate if kind == "floor" else about})
    task = lane_task(program, state, about)
    if task is None:
        return state
    if kind == "doubt" and event.answer == "not_happened":
        lane = state.lanes[task.lane]
        return with_lane(state, task.lane, Lane(lane.position, "idle", lane.attempt))
    return done(program, state, task)


def refused(program: Program, state: State, gate: str) -> State:
    """A no: the run fails, except where only a request was refused, or a command under a condition is not needed."""
    if kind_of(gate) == "skip":
        return state
    if kind_of(gate) == schema.GATE:
        return schema.settled(program, state)
    task = lane_task(program, state, gate.partition(":")[2])
    if task is not None:
        left_out = kind_of(gate) == "ask" and task.item.guarded
        return done(program, state, task) if left_out else not_done(program, state, task)
    return state if state.phase == "reporting" else replace(state, failed=True)


def timer_fired(program: Program, state: State, event: ev.TimerFired) -> State:
    """A soak is over; a window may be open now; or nobody answered in time, and the run fails (M14)."""
    stage = current(program, state)
    if stage is not None and stage.kind == "soak" and stage.id == event.timer and state.entered:
        return replace(state, timer_fired=True)
    gate = open_gate(state, event.timer)
    if gate is None or gate.id not in program.gates:
        return state
    if program.gates[gate.id].kind == "window":
        return replace(state, looked=None)
    return replace(close(state, gate.id), failed=True)


def window_looked(program: Program, state: State, event: ev.WindowLooked) -> State:
    """The clock was looked at: an open window needs nobody's answer any more."""
    stage = current(program, state)
    if stage is None or stage.gate != event.gate or not state.entered or state.phase != "forward":
        return state
    return replace(close(state, event.gate) if event.open else state, looked=event.open)


def verb_asked(program: Program, state: State, event: ev.VerbAsked) -> State:
    """A person steers the run, where the table of verbs allows it (M40)."""
    if refusal(program, state, event.verb, event.step) is not None:
        return state
    match event.verb:
        case "pause":
            return replace(state, paused=True)
        case "resume":
            return replace(state, paused=False)
        case "abort":
            return replace(state, stopping="abort")
        case "rollback":
            return go_back(program, state)
        case "retry":
            return retry(state)
    return skip(program, state, event)


def go_back(program: Program, state: State) -> State:
    """Back, also after the run has succeeded: then the claims are taken anew first."""
    if state.phase == "forward":
        return replace(state, stopping="rollback", frozen=False)
    fresh = replace(state, phase="new", stopping="rollback", stage=max(0, program.first_reporting - 1))
    return replace(fresh, entered=False, lanes=(), gates=(), end="", ending="")


def retry(state: State) -> State:
    """What was held, lost or could not be restored is tried again."""
    targets = tuple(
        replace(t, restore=Lane(t.restore.position)) if t.restore.status in ("failed", "lost") else t
        for t in state.targets
    )
    gates = tuple(g for g in state.gates if kind_of(g.id) not in ("hold", FROZEN))
    lanes, back = tuple(map(again, state.lanes)), schema.again(state.schema)
    return replace(state, lanes=lanes, targets=targets, gates=gates, frozen=False, schema=back)


def again(lane: Lane) -> Lane:
    """A held lane measures anew; a lost one is looked at anew."""
    if lane.status == "held":
        return Lane(lane.position)
    return Lane(lane.position, "unknown", 1) if lane.status == "lost" else lane


def skip(program: Program, state: State, event: ev.VerbAsked) -> State:
    """Pass a step over; a frozen run's stuck servers are answered for by the person who says so."""
    if state.frozen:
        return by_hand(program, state)
    step = int(event.step)
    if needs_quorum(program, step):
        gate = f"skip:{step}"
        return state if open_gate(state, gate) else replace(state, gates=(*state.gates, OpenGate(gate)))
    return skip_now(program, state, step)


def skip_now(program: Program, state: State, step: int) -> State:
    """The step counts as skipped from here on; if it is the current one, its lanes are over."""
    stage = current(program, state)
    state = replace(state, skipped=state.skipped | {step})
    if stage is None or stage.step != step or not state.entered:
        return state
    gates = tuple(
        g for g in state.gates if g.id != stage.gate and kind_of(g.id) not in ("hold", "manual", "ask", "doubt")
    )
    return replace(state, gates=gates, lanes=tuple(Lane(x.position, "left_out") for x in state.lanes))


def by_hand(program: Program, state: State) -> State:
    """A person has put right what the engine could not: stuck servers count as restored, lost items as done."""
    state = replace(close(state, FROZEN), frozen=False)
    if state.phase == "undoing":
        for i in state.undo_order:
            target = state.targets[i]
            if target.restore.status in ("failed", "lost"):
                state = with_target(state, i, replace(target, restored=True, by_hand=True, out=False, restore=Lane()))
        done_all = all(state.targets[i].restored for i in state.undo_order)
        state = replace(state, schema=schema.by_hand(state.schema))
        return after_servers(program, state) if done_all else state
    stage = current(program, state)
    for i, lane in enumerate(state.lanes):
        if stage and lane.status == "lost" and not is_done(stage, i, lane):
            state = done(program, state, program.task(stage, stage.lanes[i], lane.position))
    return state


def close(state: State, gate: str) -> State:
    return replace(state, gates=tuple(g for g in state.gates if g.id != gate))


def lane_task(program: Program, state: State, task_id: str) -> Task | None:
    """The forward task, if it is what its lane is at now."""
    task = program.tasks.get(task_id)
    stage = current(program, state)
    if task is None or task.stage is None or task.stage is not stage or task.lane >= len(state.lanes):
        return None
    lane, items = state.lanes[task.lane], stage.lanes[task.lane].items
    return task if lane.position < len(items) and items[lane.position] == task.item.id else None
