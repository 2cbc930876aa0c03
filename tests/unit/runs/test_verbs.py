"""What people may say to a run, who may say it, and what is refused with which reason (M40, M44)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from plans import release_plan, windowed_plan
from rollbook.app.places import Place, find_run
from rollbook.app.verbs import Who, answer, ask, is_named, resume
from rollbook.drivers.holding import Hold, take_hold
from rollbook.drivers.journal import SqlJournal
from rollbook.drivers.tables import open_engine
from rollbook.model.events import (
    Claimed,
    Event,
    GateAnswered,
    GateOpened,
    RunEnded,
    StageEntered,
    StageLeft,
    VerbAsked,
    WindowLooked,
)
from rollbook.model.plan import Plan
from rollbook.model.site import Person, Site
from rollbook.model.windows import Span
from rollbook.problems import Refused
from simulated import RUN, begin, events_of, state_of

PEOPLE = (Person("li", ("tech lead",)), Person("wang", ("ops lead", "tech lead")), Person("operator"), Person("eve"))


class Desk:
    """A run that waits at its approval, carried by a live worker: verbs are journaled and nobody need be woken."""

    def __init__(
        self, directory: Path, need: str = "any", initiator: str = "operator", plan: Plan | None = None
    ) -> None:
        plan = plan or release_plan(2, approval=True)
        gate = replace(plan.gates[0], need=need)
        self.plan: Plan = replace(plan, gates=(gate, *plan.gates[1:]), site=replace(plan.site, initiator=initiator))
        site = Site(kind="ssh", directory=str(directory), people=PEOPLE, initiator=initiator)
        self.journal = SqlJournal(open_engine(f"sqlite:///{directory}/journal.db"))
        self.place = Place(site, self.journal)
        begin(self.journal, self.plan)
        before = [s for s in self.plan.program if s.zone == "before" and s.gate != "window"]
        stages: list[Event] = []
        for stage in before:
            stages += [StageEntered(stage.id), *([] if stage.kind == "gate" else [StageLeft(stage.id)])]
        self.say(Claimed(("test/app-1",)), *stages, GateOpened("s5"))
        self.hold: Hold = take_hold(self.journal, RUN, "worker", directory / "locks")

    def say(self, *events: Event) -> None:
        self.journal.append(RUN, self.journal.newest(RUN), None, events, 2.0)

    def answer(self, said: str, name: str, gate: str = "", user: str = "", choice: str = "") -> object:
        return answer(RUN, gate, said, Who(name, user or name), self.place, choice=choice)  # type: ignore[arg-type]

    def ask(self, verb: str, name: str = "operator", step: str = "") -> object:
        return ask(RUN, verb, Who(name, name), self.place, step)  # type: ignore[arg-type]

    def last(self) -> Event:
        return events_of(self.journal)[-1]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.hold.drop()
    made.journal.close()


def test_an_approval_is_journaled_with_person_roles_and_what_it_binds(desk: Desk) -> None:
    desk.answer("approve", "li")
    event = desk.last()
    assert isinstance(event, GateAnswered)
    assert (event.gate, event.answer, event.person, event.roles) == ("s5", "approve", "li", ("tech lead",))
    assert len(event.binds) == 64
    assert "s5" in state_of(desk.journal, desk.plan).passed


def test_m44_who_is_no_approver_is_refused_and_told_who_may(desk: Desk) -> None:
    with pytest.raises(Refused, match="eve may not answer") as refused:
        desk.answer("approve", "eve")
    assert "tech lead (li)" in refused.value.hint.en
    assert isinstance(desk.last(), GateOpened)


def test_m44_a_name_that_the_users_account_does_not_prove_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused, match="mallory is not li"):
        desk.answer("approve", "li", user="mallory")
    with pytest.raises(Refused, match="nobody this site knows"):
        desk.answer("approve", "mallory")


def test_m44_the_initiator_alone_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path, initiator="li")
    with pytest.raises(Refused, match="cannot approve it alone"):
        desk.answer("approve", "li")
    desk.answer("approve", "wang")
    assert "s5" in state_of(desk.journal, desk.plan).passed
    desk.hold.drop()


def test_f11_one_person_with_two_roles_counts_once_and_blocks_nobody(tmp_path: Path) -> None:
    desk = Desk(tmp_path, need=2)  # type: ignore[arg-type]
    said = desk.answer("approve", "wang")
    assert said.settled is False  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="answered at s5 already"):
        desk.answer("approve", "wang")
    said = desk.answer("approve", "li")
    assert said.settled is True  # type: ignore[attr-defined]
    assert "s5" in state_of(desk.journal, desk.plan).passed
    desk.hold.drop()


def test_f11_one_person_may_speak_for_all_roles_when_each_role_must(tmp_path: Path) -> None:
    desk = Desk(tmp_path, need="all")
    desk.answer("approve", "wang")
    assert "s5" in state_of(desk.journal, desk.plan).passed
    desk.hold.drop()


def test_a_reject_needs_no_second_person(desk: Desk) -> None:
    assert desk.answer("reject", "li").settled  # type: ignore[attr-defined]
    assert state_of(desk.journal, desk.plan).failed


def test_without_an_open_gate_an_answer_is_refused(desk: Desk) -> None:
    desk.answer("approve", "li")
    with pytest.raises(Refused, match="waits for nobody"):
        desk.answer("approve", "wang")


def test_an_answer_at_a_gate_that_is_not_open_names_the_open_ones(desk: Desk) -> None:
    with pytest.raises(Refused, match="waits at: s5"):
        desk.answer("approve", "li", gate="s9")


def test_m40_a_verb_that_makes_no_sense_is_refused_with_what_does(desk: Desk) -> None:
    desk.ask("pause")
    with pytest.raises(Refused, match="paused already") as refused:
        desk.ask("pause")
    assert "resume" in refused.value.hint.en


def test_m40_an_ended_run_takes_no_verb(desk: Desk) -> None:
    desk.say(RunEnded("failed"))
    with pytest.raises(Refused, match="ended"):
        desk.ask("pause")
    with pytest.raises(Refused, match="has ended: failed"):
        resume(RUN, Who("operator", "operator"), desk.place)


def test_m15_skipping_is_the_initiators_or_a_role_holders_to_say(desk: Desk) -> None:
    with pytest.raises(Refused, match="eve may not skip"):
        desk.ask("skip", "eve", "10")


def test_verbs_are_journaled_with_their_reason(desk: Desk) -> None:
    ask(RUN, "abort", Who("li", "li"), desk.place, reason="wrong version")
    assert desk.last() == VerbAsked("abort", "li", ("tech lead",), reason="wrong version")


def test_resume_is_refused_while_a_live_process_carries_the_run(desk: Desk) -> None:
    with pytest.raises(Refused, match="live process"):
        resume(RUN, Who("operator", "operator"), desk.place)


def test_resume_goes_on_with_a_paused_run_in_the_process_that_carries_it(desk: Desk) -> None:
    desk.ask("pause")
    assert resume(RUN, Who("operator", "operator"), desk.place).carried
    assert not state_of(desk.journal, desk.plan).paused


def test_f08_resume_takes_over_at_once_when_the_process_is_gone(desk: Desk) -> None:
    desk.hold._lock.drop()  # what the kernel does when a process dies
    said = resume(RUN, Who("operator", "operator"), desk.place)
    assert not said.carried
    taken = take_hold(desk.journal, RUN, "next", Path(desk.place.site.directory) / "locks")
    assert taken.epoch == desk.hold.epoch + 1
    taken.drop()
    desk.hold = take_hold(desk.journal, RUN, "worker", Path(desk.place.site.directory) / "locks")


def test_a_run_is_found_by_id_by_prefix_and_as_the_last(desk: Desk) -> None:
    begin(desk.journal, desk.plan, "r20")
    begin(desk.journal, desk.plan, "r21")
    assert find_run(desk.journal, "last").run == "r21"
    assert find_run(desk.journal, "r20").run == "r20"
    assert find_run(desk.journal, RUN).run == RUN
    with pytest.raises(Refused, match="any of 2 runs: r20, r21"):
        find_run(desk.journal, "r2")
    with pytest.raises(Refused, match="no run x"):
        find_run(desk.journal, "x")


@pytest.mark.parametrize(
    ("gate", "name", "meant"),
    [
        ("manual:s1/run/1.1", "1.1", True),
        ("manual:s1/run/1.10", "1.1", False),
        ("manual:s1/run/11.1", "1.1", False),
        ("manual:s2/run/2.3", "3", False),
        ("doubt:s6/web-1/6.2", "web-1/6.2", True),
        ("doubt:s6/web-11/6.2", "web-1/6.2", False),
        ("approval.4", "4", True),
        ("approval.14", "4", False),
        ("manual:s1/run/1.1", "", False),
    ],
)
def test_a_gate_is_named_by_whole_parts_of_its_id(gate: str, name: str, meant: bool) -> None:
    assert is_named(gate, name) is meant


def test_a_choice_where_nothing_is_to_choose_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused, match="nothing to choose"):
        desk.answer("approve", "li", choice="9")
    assert isinstance(desk.last(), GateOpened)


def test_m24_overriding_a_release_window_wants_the_quorum_and_a_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path, initiator="li", plan=windowed_plan(Span(600, 660, first="2026-01-10", last="2026-01-10")))
    desk.say(GateAnswered("s5", "approve", "wang", ("ops lead",)), StageLeft("s5.gate"), StageEntered("window.gate"))
    desk.say(WindowLooked("window", open=False), GateOpened("window"))

    def override(name: str, why: str = "urgent") -> None:
        answer(RUN, "window", "approve", Who(name, name), desk.place, comment=why)

    with pytest.raises(Refused, match="needs a reason"):
        override("wang", " ")
    with pytest.raises(Refused, match="eve may not answer"):
        override("eve")
    with pytest.raises(Refused, match="cannot approve it alone"):
        override("li")
    override("wang", "the shop is closed today")
    event = desk.last()
    assert isinstance(event, GateAnswered)
    assert (event.gate, event.comment) == ("window", "the shop is closed today")
    assert "window" in state_of(desk.journal, desk.plan).passed
    desk.hold.drop()
    desk.journal.close()
