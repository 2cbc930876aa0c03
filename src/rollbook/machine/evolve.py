"""How each event changes the situation. Total: an event that makes no sense here changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from rollbook.machine import answers, outcomes, schema, transitions
from rollbook.machine.program import Program
from rollbook.machine.state import State, start
from rollbook.model import events as ev

Rule = Callable[[Program, State, Any], State]


def evolve(program: Program, state: State, event: ev.Event) -> State:
    """The state after `event`. Pure, and defined for every pair of state and event."""
    rule = RULES.get(type(event))
    return rule(program, state, event) if rule else state


def fold(program: Program, events: Iterable[ev.Event]) -> State:
    """The state after all events, from the beginning."""
    state = start(program)
    for event in events:
        state = evolve(program, state, event)
    return state


def request_looked(program: Program, state: State, event: ev.RequestLooked) -> State:
    return replace(state, looked=event.found)


def decided(program: Program, state: State, event: ev.Decided) -> State:
    passed = state.passed | {event.what} if event.what in program.gates else state.passed
    return replace(state, passed=passed, skipped=state.skipped | set(event.steps))


RULES: dict[type, Rule] = {
    ev.EngineStarted: transitions.engine_started,
    ev.Claimed: transitions.claimed,
    ev.StageEntered: transitions.stage_entered,
    ev.StageLeft: transitions.stage_left,
    ev.RollbackBegun: transitions.rollback_begun,
    ev.ServerRestored: transitions.server_restored,
    ev.Froze: transitions.froze,
    ev.RunEnded: transitions.run_ended,
    ev.ServerSeen: outcomes.server_seen,
    ev.PriorRecorded: outcomes.prior_recorded,
    ev.SchemaRecorded: schema.recorded,
    ev.Intended: outcomes.intended,
    ev.Finished: outcomes.finished,
    ev.Judged: outcomes.judged,
    ev.Failed: outcomes.failed,
    ev.Cancelled: outcomes.cancelled,
    ev.Unknown: outcomes.unknown,
    ev.Surveyed: outcomes.surveyed,
    ev.RequestLooked: request_looked,
    ev.WindowLooked: answers.window_looked,
    ev.Decided: decided,
    ev.GateOpened: answers.gate_opened,
    ev.GateAnswered: answers.gate_answered,
    ev.TimerFired: answers.timer_fired,
    ev.VerbAsked: answers.verb_asked,
}
