"""A release window is a gate that opens by itself (M24): behind the approval, ahead of whatever touches anything."""

from __future__ import annotations

from plans import Functions, release_plan, windowed_plan
from rollbook.drivers.clock_gates import looked_at_clock
from rollbook.drivers.loop import Loop
from rollbook.drivers.memory_journal import MemoryJournal
from rollbook.drivers.rehearsal import rehearse
from rollbook.machine.commands import Await, LookAtClock
from rollbook.machine.decide import decide
from rollbook.machine.state import open_gate, run_state
from rollbook.model import events as ev
from rollbook.model.windows import Span
from rollbook.ports.fakes.clock import FakeClock
from walking import Walk

DAY = 86_400.0
NIGHT = Span(22 * 60, 24 * 60, first="2026-01-10", last="2026-01-10")
OPENS = 1_768_082_400.0
"""2026-01-10 22:00 UTC."""


def at_window(window: bool = False) -> Walk:
    """A run that has its approval and stands at the closed window."""
    return Walk(windowed_plan(NIGHT), window=window).on().approve("s5", "li", "tech lead").on()


def test_m24_an_open_window_is_passed_without_asking_anybody() -> None:
    walk = at_window(window=True)
    assert walk.state.end == "succeeded"
    assert not any(isinstance(e, ev.GateOpened) and e.gate == "window" for e in walk.events)
    assert [e.choice for e in walk.events if isinstance(e, ev.Decided) and e.what == "window"] == ["open"]


def test_m24_the_window_is_looked_at_behind_the_approval_and_before_the_first_touch() -> None:
    walk = at_window(window=True)
    place = {type(e).__name__ + getattr(e, "gate", ""): n for n, e in reversed(list(enumerate(walk.events)))}
    assert place["GateAnswereds5"] < place["WindowLookedwindow"] < place["PriorRecorded"]


def test_m24_a_closed_window_holds_the_run_with_nothing_touched() -> None:
    walk = at_window()
    assert run_state(walk.state) == "waiting"
    assert not any(t.touched for t in walk.state.targets)
    assert decide(walk.program, walk.state) == (Await("window", wall=True),)


def test_m24_the_time_that_comes_looks_at_the_clock_again_and_goes_on() -> None:
    walk = at_window()
    walk.say(ev.TimerFired("window"))
    assert decide(walk.program, walk.state) == (LookAtClock("window"),)
    walk.window = True
    assert walk.on().state.end == "succeeded"
    assert open_gate(walk.state, "window") is None


def test_m24_a_timer_that_came_too_early_waits_on() -> None:
    walk = at_window()
    walk.say(ev.TimerFired("window"))
    assert decide(walk.program, walk.on().state) == (Await("window", wall=True),)
    assert walk.state.end == ""


def test_m24_the_approvals_quorum_overrides_the_window_and_the_initiator_alone_does_not() -> None:
    walk = at_window()
    walk.approve("window", "operator", "tech lead")
    assert run_state(walk.on().state) == "waiting"
    walk.approve("window", "eve")
    assert run_state(walk.on().state) == "waiting"
    assert walk.approve("window", "li", "tech lead").on().state.end == "succeeded"


def test_m24_a_no_at_the_window_ends_the_run_untouched() -> None:
    walk = at_window()
    walk.say(ev.GateAnswered("window", "reject", "li", ("tech lead",)))
    assert walk.on().state.end == "failed"
    assert not any(t.touched for t in walk.state.targets)


def test_m24_skipping_the_approval_does_not_skip_the_window() -> None:
    walk = Walk(windowed_plan(NIGHT), window=False).on()
    walk.ask("skip", "5").on().approve("skip:5", "li", "tech lead").on()
    assert [g.id for g in walk.state.gates] == ["window"]


def test_m24_without_a_gate_of_people_the_window_comes_first() -> None:
    plan = windowed_plan(NIGHT, approval=False)
    assert plan.program[0].gate == "window"
    assert release_plan(2).program == plan.program[1:]


def test_the_clock_says_when_the_window_opens() -> None:
    gate = windowed_plan(NIGHT).gates[-1]
    assert looked_at_clock(gate, OPENS - DAY) == ev.WindowLooked("window", False, OPENS, "2026-01-10 22:00 +0000")
    assert looked_at_clock(gate, OPENS) == ev.WindowLooked("window", True)
    assert looked_at_clock(gate, OPENS + DAY) == ev.WindowLooked("window", False)


def test_a_window_waits_by_the_clock_on_the_wall_whatever_the_time_scale() -> None:
    walk = at_window()
    waits = Await("window", wall=True), Await("s5", 100.0)
    for scale in (1.0, 0.001):
        loop = Loop(walk.program, "r", MemoryJournal(), None, FakeClock(None, 0.0), 1, scale)  # type: ignore[arg-type]
        closed = ev.WindowLooked("window", False, OPENS)
        loop.entries = [ev.Entry("r", 1, 1, 5.0, ev.GateOpened("s5"), "", ""), ev.Entry("r", 2, 1, 9.0, closed, "", "")]
        assert [loop.deadline(w) for w in waits] == [OPENS, 5.0 + 100.0 * scale]


def test_no_failure_around_a_window_breaks_an_invariant() -> None:
    found = rehearse(windowed_plan(NIGHT), Functions(), 1)
    assert found.violations == ()
    assert found.complete
    bare = rehearse(release_plan(2, approval=True), Functions(), 1)
    assert found.states > bare.states
