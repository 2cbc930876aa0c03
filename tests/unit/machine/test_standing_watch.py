"""A release that serves part of the traffic is judged whatever the run does or waits for (M37, M40)."""

from __future__ import annotations

from plans import canary_plan
from rollbook.machine.commands import Perform, StandWatch
from rollbook.machine.decide import decide
from rollbook.machine.standing import standing
from rollbook.machine.state import open_gate, run_state
from rollbook.model import events as ev
from rollbook.model.events import STANDING
from walking import Walk

FIRST = "w1.soak/w1.watch.1/w1.watch.1"
SECOND = "w2.soak/w2.watch.1/w2.watch.1"


def no_data(*tasks: str) -> object:
    return lambda c: ev.Judged(c.task, "no_data") if isinstance(c, Perform) and c.task in tasks else None


def watched(walk: Walk) -> list[str]:
    return [c.task.removeprefix(STANDING) for c in decide(walk.program, walk.state) if isinstance(c, StandWatch)]


def held(task: str = FIRST) -> Walk:
    walk = Walk(canary_plan(), no_data(task)).on()  # type: ignore[arg-type]
    assert open_gate(walk.state, f"hold:{task}")
    return walk


def test_m37_a_stage_that_holds_for_people_is_judged_on() -> None:
    assert watched(held()) == [FIRST]


def test_m37_a_trip_while_a_stage_holds_closes_the_gate_and_rolls_back() -> None:
    walk = held()
    walk.say(ev.Judged(STANDING + FIRST, "fail"))
    walk.on()
    assert run_state(walk.state) == "rolled_back"
    assert not walk.state.gates


def test_m37_an_approval_after_the_trip_does_not_promote() -> None:
    walk = held()
    walk.say(ev.Judged(STANDING + FIRST, "fail"))
    walk.approve(f"hold:{FIRST}", "operator")
    walk.on()
    assert run_state(walk.state) == "rolled_back"


def test_m37_no_data_of_a_standing_watch_says_nothing() -> None:
    walk = held()
    before = walk.state
    walk.say(ev.Judged(STANDING + FIRST, "no_data"))
    walk.say(ev.Judged(STANDING + FIRST, "pass"))
    assert walk.state == before


def test_m40_a_paused_canary_is_judged_on_between_its_stages() -> None:
    walk = Walk(canary_plan()).until(FIRST)
    walk.say(ev.Intended(FIRST))
    walk.ask("pause")
    walk.say(ev.Judged(FIRST, "pass"))
    walk.on()
    assert run_state(walk.state) == "paused"
    assert watched(walk) == [FIRST]
    walk.say(ev.Judged(STANDING + FIRST, "fail"))
    walk.on()
    assert run_state(walk.state) == "rolled_back"


def test_m37_the_next_stages_own_watch_takes_over() -> None:
    walk = Walk(canary_plan())
    shift = next(t.id for t in walk.program.tasks.values() if t.stage and t.stage.id == "w2.weight")
    walk.until(shift)
    assert watched(walk) == [FIRST], "while the second stage is made ready the first one's watch stands"
    walk.say(ev.Finished(shift))
    walk.until(SECOND)
    assert watched(walk) == []


def test_m37_nothing_is_watched_before_the_first_stage_was() -> None:
    walk = Walk(canary_plan()).until(FIRST)
    seen = [event for event in walk.events if isinstance(event, ev.StageEntered)]
    assert seen
    assert watched(walk) == []


def test_m37_a_word_about_a_watch_that_is_over_changes_nothing() -> None:
    walk = Walk(canary_plan()).until(SECOND)
    walk.say(ev.Intended(SECOND))
    before = walk.state
    walk.say(ev.Judged(STANDING + FIRST, "fail"))
    assert walk.state == before


def test_m37_a_broken_measure_of_a_standing_watch_rolls_back_as_the_watch_would() -> None:
    walk = held()
    walk.say(ev.Failed(STANDING + FIRST, "the measure is broken"))
    walk.on()
    assert run_state(walk.state) == "rolled_back"


def test_m43_a_run_that_is_going_back_or_over_stands_no_watch() -> None:
    walk = held()
    walk.ask("abort")
    assert standing(walk.program, walk.state) == ()
    walk.on()
    assert run_state(walk.state) == "aborted"
    assert standing(walk.program, walk.state) == ()
