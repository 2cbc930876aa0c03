"""`evolve` is total and folding is a function: whatever the journal holds, there is one state, always the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from plans import release_plan
from rollbook.machine.decide import decide
from rollbook.machine.evolve import evolve, fold
from rollbook.machine.ledger import fold as fold_ledger
from rollbook.machine.program import Program
from rollbook.machine.state import run_state
from rollbook.model import events as ev
from walking import PRIOR, Walk

PROGRAM = Program(release_plan(3, approval=True))
TASKS = st.sampled_from([*PROGRAM.tasks, "nonsense", ""])
SERVERS = st.sampled_from([*PROGRAM.servers, "elsewhere"])
GATES = st.sampled_from(
    ["s5", "frozen", "changed", "skip:3", "nonsense", *(f"hold:{t}" for t in list(PROGRAM.tasks)[:9])]
)
EVENTS = st.one_of(
    st.builds(ev.EngineStarted, st.integers(1, 9), st.just("w"), st.sampled_from([(), ("x",)])),
    st.builds(ev.Claimed, st.just(PROGRAM.servers)),
    st.builds(ev.ServerSeen, SERVERS, st.just(PRIOR)),
    st.builds(ev.StageEntered, st.sampled_from([s.id for s in PROGRAM.stages])),
    st.builds(ev.StageLeft, st.sampled_from([s.id for s in PROGRAM.stages])),
    st.builds(ev.PriorRecorded, SERVERS, st.just(PRIOR)),
    st.builds(ev.Intended, TASKS, SERVERS, st.integers(1, 4)),
    st.builds(ev.Finished, TASKS),
    st.builds(ev.Failed, TASKS, st.just("no")),
    st.builds(ev.Cancelled, TASKS),
    st.builds(ev.Unknown, TASKS, st.just("?")),
    st.builds(ev.Judged, TASKS, st.sampled_from(["pass", "fail", "no_data"])),
    st.builds(ev.Surveyed, TASKS, SERVERS, st.booleans()),
    st.builds(ev.GateOpened, GATES),
    st.builds(ev.WindowLooked, GATES, st.booleans()),
    st.builds(ev.ItemClosed, st.just("item"), st.sampled_from(["evidence", "rehearsal", "waived"])),
    st.builds(ev.GateAnswered, GATES, st.sampled_from(["approve", "reject", "done", "not_happened"]), st.just("li")),
    st.builds(ev.TimerFired, GATES),
    st.builds(ev.VerbAsked, st.sampled_from(["pause", "resume", "abort", "retry", "skip", "rollback"]), st.just("li"),
              step=st.sampled_from(["", "3", "8", "99", "x"])),
    st.builds(ev.RollbackBegun, st.just(""), st.just("restore"), st.lists(SERVERS, max_size=3).map(tuple)),
    st.builds(ev.ServerRestored, SERVERS),
    st.builds(ev.Froze, st.just("why")),
    st.builds(ev.RunEnded, st.sampled_from(["succeeded", "failed", "rolled_back", "aborted"])),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(EVENTS, max_size=60))
def test_every_event_in_every_state_gives_a_state_and_a_decision(events: list[ev.Event]) -> None:
    state = fold(PROGRAM, events)
    assert run_state(state)
    decide(PROGRAM, state)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 400), EVENTS)
def test_any_event_in_the_middle_of_a_real_run_is_survived(cut: int, event: ev.Event) -> None:
    journal = Walk(release_plan(3, approval=True)).on().approve("s5", "li", "tech lead").on().events[:cut]
    decide(PROGRAM, evolve(PROGRAM, fold(PROGRAM, journal), event))


@settings(max_examples=50, deadline=None)
@given(st.lists(EVENTS, max_size=40))
def test_folding_a_journal_twice_gives_the_same_state_and_ledger(events: list[ev.Event]) -> None:
    assert fold(PROGRAM, events) == fold(PROGRAM, events)
    assert fold_ledger(events) == fold_ledger(events)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 400))
def test_folding_in_two_parts_equals_folding_whole(cut: int) -> None:
    events = Walk(release_plan(3)).on().events
    state = fold(PROGRAM, events[:cut])
    for event in events[cut:]:
        state = evolve(PROGRAM, state, event)
    assert state == fold(PROGRAM, events)
