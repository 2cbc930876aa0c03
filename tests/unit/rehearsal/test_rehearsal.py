"""The rehearsal explores every failure of a plan, finds nothing wrong with the machine, and finds what is broken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from plans import Functions, canary_plan, release_plan
from rollbook.drivers.loop import Machine
from rollbook.drivers.rehearsal import Rehearsal, rehearse
from rollbook.machine.commands import Command, Perform, Record
from rollbook.machine.decide import decide
from rollbook.machine.evolve import evolve
from rollbook.machine.program import Program
from rollbook.machine.state import State
from rollbook.model import events as ev
from walking import Walk

Decide = Callable[[Program, State], tuple[Command, ...]]
Evolve = Callable[[Program, State, ev.Event], State]


def rehearsed(failures: int = 1, servers: int = 3, **broken: object) -> Rehearsal:
    return rehearse(release_plan(servers, approval=True), Functions(), failures, Machine(**broken))  # type: ignore[arg-type]


@pytest.mark.parametrize("servers", [1, 2, 3, 5])
def test_no_single_failure_breaks_an_invariant(servers: int) -> None:
    found = rehearsed(servers=servers)
    assert found.complete
    assert found.violations == ()
    assert {"succeeded", "rolled_back", "failed", "aborted", "frozen"} <= set(found.ends)


@pytest.mark.slow
def test_no_pair_of_failures_breaks_an_invariant() -> None:
    found = rehearsed(failures=2)
    assert found.complete
    assert found.violations == ()


def test_two_servers_a_wave_keep_the_floor() -> None:
    found = rehearse(release_plan(4, max_out=2), Functions(), 1)
    assert found.violations == ()


@pytest.mark.slow
def test_a_failure_budget_repairs_the_failed_server_before_the_next_leaves() -> None:
    found = rehearse(release_plan(3, max_failures=1), Functions(), 2)
    assert found.violations == ()
    assert found.ends["succeeded"] > 0


def test_without_failures_only_people_decide_the_end() -> None:
    found = rehearsed(failures=0)
    assert found.ends == {"failed": 1, "succeeded": 1}


def test_the_same_plan_gives_the_same_states_ends_and_stories() -> None:
    assert rehearsed() == rehearsed()


def test_equal_states_are_explored_once() -> None:
    """Three servers fail in much the same ways: far fewer situations than stories."""
    assert rehearsed().states < 6000


# -- the machine broken on purpose


def told_done(program: Program, command: Command, when: Callable[[Perform], bool]) -> Command:
    if isinstance(command, Perform) and when(command):
        return Record(ev.Finished(command.task))
    return command


def skipping(when: Callable[[Program, Perform], bool]) -> Decide:
    def broken(program: Program, state: State) -> tuple[Command, ...]:
        return tuple(told_done(program, c, lambda p: when(program, p)) for c in decide(program, state))

    return broken


def forgets_to_rejoin(program: Program, command: Perform) -> bool:
    return program.tasks[command.task].item.returns


def forgets_the_configuration(program: Program, command: Perform) -> bool:
    return program.tasks[command.task].item.text == "restoring:restore_configuration"


def stops_nothing_old_but_starts_new(program: Program, command: Perform) -> bool:
    return program.tasks[command.task].item.text == "restoring:stop_new"


def restores_everyone(program: Program, state: State) -> tuple[Command, ...]:
    return tuple(
        Record(replace(c.event, servers=program.servers))
        if isinstance(c, Record) and isinstance(c.event, ev.RollbackBegun) and c.event.servers
        else c
        for c in decide(program, state)
    )


def restores_only_the_failing_wave(program: Program, state: State) -> tuple[Command, ...]:
    return tuple(
        Record(replace(c.event, servers=c.event.servers[:1]))
        if isinstance(c, Record) and isinstance(c.event, ev.RollbackBegun)
        else c
        for c in decide(program, state)
    )


def touches_before_recording(program: Program, state: State) -> tuple[Command, ...]:
    recorded = replace(state, targets=tuple(replace(t, known=True) for t in state.targets))
    return decide(program, recorded)


def restores_all_at_once(program: Program, state: State) -> tuple[Command, ...]:
    free = replace(state, targets=tuple(replace(t, out=True) for t in state.targets))
    return decide(program, free) if state.phase == "undoing" else decide(program, state)


def gives_up_without_rolling_back(program: Program, state: State) -> tuple[Command, ...]:
    return tuple(
        Record(replace(c.event, servers=())) if isinstance(c, Record) and isinstance(c.event, ev.RollbackBegun) else c
        for c in decide(program, state)
    )


def keeps_the_claim(program: Program, state: State, event: ev.Event) -> State:
    after = evolve(program, state, event)
    return replace(after, claimed=state.claimed) if isinstance(event, ev.RunEnded) else after


def takes_unknown_for_done(program: Program, state: State, event: ev.Event) -> State:
    return evolve(program, state, ev.Finished(event.task) if isinstance(event, ev.Unknown) else event)


def drains_the_next_while_one_is_unknown(program: Program, state: State, event: ev.Event) -> State:
    if isinstance(event, ev.Surveyed) and not event.reachable:
        return evolve(program, state, ev.Finished(event.task))
    return evolve(program, state, event)


def takes_doubt_for_done(program: Program, state: State, event: ev.Event) -> State:
    """After the engine died, everything it had intended counts as done."""
    if not isinstance(event, ev.EngineStarted):
        return evolve(program, state, event)
    running = [t for t in program.tasks if is_running(program, state, t)]
    for task in running:
        state = evolve(program, state, ev.Finished(task))
    return state


def is_running(program: Program, state: State, task: str) -> bool:
    before = evolve(program, state, ev.Cancelled(task))
    return before is not state and before != state


def ignores_a_budget_of_zero(program: Program, state: State, event: ev.Event) -> State:
    """F10: a failed server is left behind although no failure is allowed."""
    task = program.tasks.get(event.task) if isinstance(event, ev.Failed) else None
    if task and task.server and task.stage:
        lanes = tuple(replace(x, status="left_out") for x in state.lanes)
        return replace(state, lanes=lanes)
    return evolve(program, state, event)


BROKEN: dict[str, dict[str, object]] = {
    "forget to rejoin": {"decide": skipping(forgets_to_rejoin)},
    "restore untouched servers": {"decide": restores_everyone},
    "leave the claim": {"evolve": keeps_the_claim},
    "drain a second server while one is unknown": {"evolve": drains_the_next_while_one_is_unknown},
    "leave the new configuration (F5)": {"decide": skipping(forgets_the_configuration)},
    "leave the new release running": {"decide": skipping(stops_nothing_old_but_starts_new)},
    "restore the failing wave only": {"decide": restores_only_the_failing_wave},
    "touch before the prior state is recorded": {"decide": touches_before_recording},
    "restore all servers at once": {"decide": restores_all_at_once},
    "give up without rolling back": {"decide": gives_up_without_rolling_back},
    "take an unknown outcome for success (F6)": {"evolve": takes_unknown_for_done},
    "take a dead engine's intents for done": {"evolve": takes_doubt_for_done},
    "ignore a failure budget of zero (F10)": {"evolve": ignores_a_budget_of_zero},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_machine_broken_on_purpose_is_caught_with_its_story(broken: dict[str, object]) -> None:
    found = rehearsed(**broken)
    assert found.violations
    assert all(v.story for v in found.violations)


def test_the_story_told_is_a_shortest_one() -> None:
    """Forgetting to rejoin shows in the first wave, without any failure."""
    found = rehearsed(failures=1, decide=skipping(forgets_to_rejoin))
    told = [w.en for w in found.violations[0].story]
    assert not [line for line in told if "fails" in line or "dies" in line or "lost" in line]


# -- canary: traffic by weight


@pytest.mark.parametrize("servers", [2, 3])
def test_m32_no_single_failure_of_a_canary_breaks_an_invariant(servers: int) -> None:
    found = rehearse(canary_plan(servers), Functions(), 1)
    assert found.complete
    assert found.violations == ()
    assert {"succeeded", "rolled_back", "failed", "aborted", "frozen"} <= set(found.ends)


def forgets_the_canary(program: Program, command: Perform) -> bool:
    return program.tasks[command.task].item.text in ("restoring:withdraw", "restoring:stop_new")


def drains_without_weighing(program: Program, state: State) -> tuple[Command, ...]:
    return decide(program, replace(state, targets=tuple(replace(t, known=True) for t in state.targets)))


@pytest.mark.parametrize("broken", [skipping(forgets_the_canary), drains_without_weighing])
def test_f04_a_canary_weight_left_behind_is_caught(broken: Decide) -> None:
    found = rehearse(canary_plan(3), Functions(), 1, Machine(decide=broken))
    assert found.violations


def test_f03_a_rollback_from_the_last_stage_brings_the_old_releases_back_before_the_new_ones_leave() -> None:
    def trips(command: Command) -> ev.Event | None:
        last = isinstance(command, Perform) and command.task.startswith("w4.soak")
        return ev.Judged(command.task, "fail", "2 % > 0.05 %") if last else None

    walk = Walk(canary_plan(3), trips).on()
    tasks = walk.tasks()
    assert walk.state.end == "rolled_back"
    assert tasks.index("restore/app-1/beside.4") < tasks.index("restore/app-1/beside.5")
    assert not [t for t in tasks if t.endswith("/restore.1")]


def test_m32_a_stage_that_adds_no_server_changes_the_weight_alone() -> None:
    tasks = Walk(canary_plan(3)).on().tasks()
    second = [t for t in tasks if t.startswith("w2")]
    assert second == ["w2.weight/run/shift.1", "w2.soak/w2.watch.1/w2.watch.1"]


def test_m32_at_100_percent_the_old_releases_stay_started_until_the_stage_is_judged() -> None:
    tasks = Walk(canary_plan(3)).on().tasks()
    stops = [t for t in tasks if t.startswith("w4") and t.endswith("/6.3")]
    assert stops
    assert tasks.index("w4.soak/w4.watch.1/w4.watch.1") < tasks.index(stops[0])
