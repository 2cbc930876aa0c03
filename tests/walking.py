"""Walks the machine in tests: every command succeeds unless the test says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from rollbook.machine.commands import (
    Await,
    Cancel,
    ClaimTargets,
    Command,
    LookAt,
    LookAtClock,
    LookForRequest,
    Perform,
    Record,
    RecordPrior,
    RecordSchema,
    StandWatch,
)
from rollbook.machine.decide import decide
from rollbook.machine.evolve import evolve
from rollbook.machine.program import Program
from rollbook.machine.state import State, start
from rollbook.model import events as ev
from rollbook.model.plan import Plan
from rollbook.values import Image, Prior

Outcome = Callable[[Command], ev.Event | None]
PRIOR = Prior("baseline", Image("shop:v1", "sha256:1"), {})


class Walk:
    """One run, told as a transcript: `events` is its journal."""

    def __init__(
        self, plan: Plan, outcome: Outcome = lambda _: None, request: bool = False, window: bool = True
    ) -> None:
        self.program = Program(plan)
        self.state: State = start(self.program)
        self.events: list[ev.Event] = []
        self.outcome, self.request, self.window = outcome, request, window

    def on(self, limit: int = 2000) -> Walk:
        """Go on until only people or time can help, or the run has ended."""
        for _ in range(limit):
            commands = [c for c in decide(self.program, self.state) if not isinstance(c, Await | StandWatch)]
            if not commands:
                return self
            for command in commands:
                self.carry_out(command)
        raise AssertionError("the machine goes round in circles")

    def until(self, task: str) -> Walk:
        """Go on until `task` is intended and has no outcome."""
        self.outcome_before, self.outcome = self.outcome, lambda c: _stop(c, task) or self.outcome_before(c)
        with suppress(Stopped):
            self.on()
        self.outcome = self.outcome_before
        return self

    def carry_out(self, command: Command) -> None:
        if isinstance(command, Record):
            return self.say(command.event)
        if isinstance(command, Perform):
            self.say(ev.Intended(command.task, command.server, command.attempt))
        return self.say(self.outcome(command) or self.success(command))

    def success(self, command: Command) -> ev.Event:
        if isinstance(command, ClaimTargets):
            return ev.Claimed(command.targets)
        if isinstance(command, LookAt):
            return ev.ServerSeen(command.server, PRIOR)
        if isinstance(command, RecordPrior):
            return ev.PriorRecorded(command.server, PRIOR)
        if isinstance(command, RecordSchema):
            return ev.SchemaRecorded(("V000",))
        if isinstance(command, LookForRequest):
            return ev.RequestLooked(command.gate, self.request)
        if isinstance(command, LookAtClock):
            return ev.WindowLooked(command.gate, open=self.window)
        if isinstance(command, Cancel):
            return ev.Cancelled(command.task)
        if isinstance(command, Perform):
            check = self.program.tasks[command.task].item.kind == "check"
            return ev.Judged(command.task, "pass") if check else ev.Finished(command.task)
        return ev.Surveyed(command.task, command.server, reachable=True)  # type: ignore[union-attr]

    def say(self, event: ev.Event) -> None:
        self.events.append(event)
        self.state = evolve(self.program, self.state, event)

    def approve(self, gate: str, person: str, *roles: str) -> Walk:
        self.say(ev.GateAnswered(gate, "approve", person, roles))
        return self

    def ask(self, verb: str, step: str = "", person: str = "operator") -> Walk:
        self.say(ev.VerbAsked(verb, person, step=step))  # type: ignore[arg-type]
        return self

    def tasks(self, kind: type = ev.Intended) -> list[str]:
        return [e.task for e in self.events if isinstance(e, kind)]


class Stopped(Exception):
    pass


def _stop(command: Command, task: str) -> None:
    if isinstance(command, Perform) and command.task == task:
        raise Stopped


def failing(*tasks: str) -> Outcome:
    """These tasks fail."""
    return lambda c: ev.Failed(c.task, "broken") if isinstance(c, Perform) and c.task in tasks else None
