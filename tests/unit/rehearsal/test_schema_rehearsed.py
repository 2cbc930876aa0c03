"""Migrations in a rehearsal: every failure of them, half of them too; and what is found when the machine is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from plans import Functions, migrating_plan
from rollbook.drivers.loop import Machine
from rollbook.drivers.rehearsal import Rehearsal, rehearse
from rollbook.drivers.rehearsal.migrating import AHEAD, KEPT, NOT_OURS
from rollbook.machine import schema
from rollbook.machine.commands import Command, Perform
from rollbook.machine.decide import decide
from rollbook.machine.evolve import evolve
from rollbook.machine.program import Program
from rollbook.machine.state import State
from rollbook.model import events as ev
from rollbook.model.deployment import ShellCommand
from rollbook.model.plan import Plan
from rollbook.steps import reversing

UP, DOWN = "s4/run/4.1", "restore/run/schema.2"


def by_command(plan: Plan) -> Plan:
    """The same by the document's own commands."""
    assert plan.deployment is not None
    commands = {
        "migrate_up": (ShellCommand("./migrate.sh up", "migrate_up"),),
        "migrate_down": (ShellCommand("./migrate.sh down", "migrate_down"),),
    }
    return replace(plan, deployment=replace(plan.deployment, commands=commands))


PLANS = {
    "table, asked": migrating_plan(),
    "table, told": migrating_plan(asks=False),
    "command, asked": by_command(migrating_plan()),
    "command, told": by_command(migrating_plan(asks=False)),
    "never": replace(migrating_plan(), take_back=()),
    "not reversible": migrating_plan(reversible=False),
    "beside": migrating_plan(1),
}


def rehearsed(plan: Plan, failures: int = 1, **broken: object) -> Rehearsal:
    return rehearse(plan, Functions(), failures, Machine(**broken))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PLANS)
def test_m31_no_failure_lets_release_and_migrations_disagree(name: str) -> None:
    found = rehearsed(PLANS[name])
    assert found.complete
    assert found.violations == ()
    assert {"succeeded", "rolled_back", "failed", "aborted", "frozen"} <= set(found.ends)


@pytest.mark.slow
def test_m31_no_pair_of_failures_lets_release_and_migrations_disagree() -> None:
    found = rehearsed(PLANS["command, asked"], failures=2)
    assert found.complete
    assert found.violations == ()


def test_it_finds_a_migration_that_is_left_out() -> None:
    def hasty(program: Program, state: State, event: ev.Event) -> State:
        """Takes a failed migration for a finished one."""
        failed = isinstance(event, ev.Failed) and event.task == UP
        return evolve(program, state, ev.Finished(UP) if failed else event)

    assert AHEAD in {v.invariant for v in rehearsed(migrating_plan(), evolve=hasty).violations}


def test_it_finds_a_schema_that_goes_back_before_the_servers() -> None:
    def early(program: Program, state: State) -> tuple[Command, ...]:
        """Takes the schema back while the new release still serves."""
        commands = decide(program, state)
        going = state.phase == "undoing" and not any(t.restored or t.restore.attempt for t in state.targets)
        return (Perform(DOWN, "", 1),) if going and state.undo_order else commands

    found = rehearsed(migrating_plan(asks=False), decide=early)
    assert found.violations, "the step itself refuses while the release is served, and the rehearsal calls that a fault"


def test_it_finds_a_yes_that_nobody_acts_upon() -> None:
    def deaf(program: Program, state: State, event: ev.Event) -> State:
        after = evolve(program, state, event)
        gate = isinstance(event, ev.GateAnswered) and event.gate.startswith(schema.GATE)
        return schema.settled(program, after) if gate and after.phase == "undoing" else after

    assert KEPT in {v.invariant for v in rehearsed(migrating_plan(), evolve=deaf).violations}


def test_it_finds_a_reversal_of_what_others_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    async def greedy(ours: Sequence[str], *given: Any) -> None:
        """Calls the document's command once too often."""
        deployment, project, _, run = given
        for _ in (*ours, "one more"):
            await reversing.carry_out("migrate_down", deployment, project, run)

    monkeypatch.setattr(reversing, "down_by_command", greedy)
    found = rehearsed(by_command(migrating_plan(asks=False)))
    assert NOT_OURS in {v.invariant for v in found.violations}
