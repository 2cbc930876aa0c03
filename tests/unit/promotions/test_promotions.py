"""Promotions in a journal: found again, continued from an earlier one, answered and steered through their runs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from promotions import promotion_of
from rollbook.app.places import Place, find_run
from rollbook.app.promote import start_promotion
from rollbook.app.promotion_verbs import ask_promotion, resume_promotion
from rollbook.app.promotion_views import follow_promotion, report_promotion, view_promotion, with_states
from rollbook.app.promotions import answering, continued, find_promotion, standing, under_way
from rollbook.app.run import start_run
from rollbook.app.verbs import Who
from rollbook.drivers.journal import SqlJournal
from rollbook.drivers.tables import open_engine
from rollbook.model.events import Event, NodeEnded, NodeStarted, RunEnded
from rollbook.model.promotion import Promotion, is_promotion
from rollbook.model.site import Site
from rollbook.problems import Refused
from rollbook.views.promotion import as_json, render

LINE = ("commit", "image", "deploy", "integration_test", "deploy")
OPERATOR = Who("operator", "operator")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    journal = SqlJournal(open_engine(f"sqlite:///{tmp_path}/.rollbook/journal.db"))
    return Place(Site(directory=str(tmp_path)), journal)


def said(place: Place, run: str, events: Sequence[Event]) -> None:
    place.journal.append(run, place.journal.newest(run), None, events, time.time())


def passed(nodes: Sequence[int], digest: str = "sha256:a", end: str = "succeeded") -> list[Event]:
    """These nodes, each ended well but the last, which ends as `end` says."""
    events: list[Event] = []
    for node in nodes:
        state = end if node == nodes[-1] else "succeeded"
        events += [NodeStarted(node, f"run{node}"), NodeEnded(node, f"run{node}", state, digest if node > 1 else "")]  # type: ignore[arg-type]
    return events


def now(place: Place, run: str):
    return standing(place.journal, find_run(place.journal, run))


def test_the_same_promotion_is_found_until_it_has_ended(place) -> None:
    promotion = promotion_of(*LINE)
    assert under_way(promotion, place) == ""
    run = start_promotion(promotion, place)
    assert is_promotion(run)
    assert under_way(promotion, place) == run
    assert under_way(msgspec.structs.replace(promotion, version="v3"), place) == ""
    said(place, run, [*passed(range(1, 6)), RunEnded("succeeded")])
    assert under_way(promotion, place) == ""


def test_another_text_of_one_version_is_not_taken_for_the_same(place) -> None:
    promotion = promotion_of(*LINE)
    run = start_promotion(promotion, place)
    with pytest.raises(Refused, match=f"promotion {run} of this version is under way"):
        under_way(msgspec.structs.replace(promotion, sha256="1" * 64), place)


def test_one_version_is_not_promoted_twice_at_once_but_two_versions_are(place) -> None:
    promotion = promotion_of(*LINE)
    run = start_promotion(promotion, place)
    with pytest.raises(Refused, match=f"held by run {run}"):
        start_promotion(promotion, place)
    start_promotion(msgspec.structs.replace(promotion, version="v3"), place)
    said(place, run, [*passed(range(1, 4), end="failed"), RunEnded("failed", "node.3")])
    start_promotion(promotion, place)


def test_m21_a_later_promotion_begins_where_the_earlier_stopped_with_its_image(place) -> None:
    promotion = promotion_of(*LINE)
    run = start_promotion(promotion, place)
    said(place, run, [*passed(range(1, 4), end="rolled_back"), RunEnded("failed", "node.3")])
    again = continued(promotion, 2, place)
    assert [n.kept.run if n.kept else "" for n in again.nodes] == ["run1", "run2", "", "", ""]
    assert {n.kept.digest for n in again.nodes if n.kept} == {"sha256:a"}
    assert [n.runs for n in again.nodes] == [False, False, True, True, True]
    second = start_promotion(again, place)
    said(place, second, [*passed([3]), RunEnded("aborted")])
    third = continued(promotion, 3, place)
    assert [n.kept.run if n.kept else "" for n in third.nodes] == ["run1", "run2", "run3", "", ""]


def test_what_was_not_passed_is_not_gone_past(place) -> None:
    promotion = promotion_of(*LINE)
    run = start_promotion(promotion, place)
    said(place, run, [*passed(range(1, 4), end="failed"), RunEnded("failed", "node.3")])
    for start in (3, 4):
        with pytest.raises(Refused, match="no promotion of v2"):
            continued(promotion, start, place)
    with pytest.raises(Refused, match="has passed"):
        continued(msgspec.structs.replace(promotion, version="v3"), 2, place)


def test_a_document_that_was_signed_meanwhile_goes_on_and_says_so(place) -> None:
    promotion = promotion_of(*LINE)
    run = start_promotion(promotion, place)
    said(place, run, [*passed(range(1, 5)), RunEnded("succeeded")])
    signed = msgspec.structs.replace(promotion, sha256="1" * 64)
    assert continued(signed, 4, place).notes
    assert not continued(promotion, 4, place).notes
    renamed = msgspec.structs.replace(signed.nodes[0], text="another node")
    with pytest.raises(Refused, match="has passed"):
        continued(msgspec.structs.replace(signed, nodes=(renamed, *signed.nodes[1:])), 4, place)


def begun(place: Place, promotion: Promotion) -> tuple[str, str]:
    """A promotion that waits for the run of its first node."""
    run = start_promotion(promotion, place)
    said(place, run, [NodeStarted(1, "child1")])
    assert promotion.nodes[0].plan is not None
    start_run(promotion.nodes[0].plan, place, run="child1", promotion=run)
    return run, "child1"


def test_m02_the_gate_of_a_promotion_is_that_of_its_run(place) -> None:
    run, child = begun(place, promotion_of(*LINE))
    assert answering(place.journal, run) == child
    assert answering(place.journal, child) == child
    said(place, run, [NodeEnded(1, child, "succeeded")])
    with pytest.raises(Refused, match="waits for no run"):
        answering(place.journal, run)


def test_f14_pause_reaches_the_run_and_resume_takes_both_up_again(place, monkeypatch) -> None:
    woken: list[str] = []
    for module in ("rollbook.app.promotion_verbs", "rollbook.app.verbs"):
        monkeypatch.setattr(f"{module}.wake", lambda run, _place: woken.append(run))
    run, child = begun(place, promotion_of(*LINE))
    ask_promotion(now(place, run), "pause", OPERATOR, place)
    assert {row.run: row.state for row in place.journal.runs()} == {run: "paused", child: "paused"}
    assert set(woken) == {run, child}
    resumed = resume_promotion(now(place, run), OPERATOR, place)
    assert not resumed.carried
    assert {row.state for row in place.journal.runs()} == {"running"}
    with pytest.raises(Refused, match="has no `retry`"):
        ask_promotion(now(place, run), "retry", OPERATOR, place)
    ask_promotion(now(place, run), "abort", OPERATOR, place)
    assert now(place, run).walk.stopping
    said(place, run, [NodeEnded(1, child, "aborted"), RunEnded("aborted")])
    for act in (lambda: ask_promotion(now(place, run), "abort", OPERATOR, place),
                lambda: resume_promotion(now(place, run), OPERATOR, place)):  # fmt: skip
        with pytest.raises(Refused, match="has ended"):
            act()


def test_m44_a_stranger_steers_no_promotion(place) -> None:
    site = Site(kind="ssh", directory=place.site.directory, initiator="wang")
    run = start_promotion(msgspec.structs.replace(promotion_of(*LINE), initiator="wang"), place)
    with pytest.raises(Refused, match="nobody this site knows"):
        ask_promotion(now(place, run), "abort", Who("zhao", "zhao"), place._replace(site=site))


def test_what_a_reader_sees_of_a_failure_is_node_run_reason_and_what_to_type(place) -> None:
    promotion = msgspec.structs.replace(promotion_of(*LINE), command="rollbook promote deploy.md -p version=v2.0.0")
    run = start_promotion(promotion, place)
    why = NodeEnded(3, "run3", "rolled_back", "sha256:a", "error rate 5 %")
    said(place, run, [*passed([1, 2]), NodeStarted(3, "run3"), why, RunEnded("failed", "node.3")])
    view = view_promotion(now(place, run), place)
    assert view.state == "failed"
    assert [n.state for n in view.nodes] == ["succeeded", "succeeded", "failed", "pending", "pending"]
    text = render(view, "text", "en")
    for part in ("stopped at 3. deploy 3 (run run3): rolled back · error rate 5 %", "rollbook show run3",
                 "rollbook promote deploy.md -p version=v2.0.0 --from 3", "sha256:a"):  # fmt: skip
        assert part in text
    shown = as_json(view)
    assert (shown["state"], shown["digest"], shown["gates"]) == ("failed", "sha256:a", [])
    assert [n["state"] for n in shown["nodes"]][2] == "failed"
    for form in ("md", "html", "json"):
        told = report_promotion(now(place, run), place, form, "zh")
        assert "停在 3. deploy 3" in told or "stopped at 3." in told
        assert "run3" in told


def test_a_run_that_could_not_be_created_is_not_pointed_at(place) -> None:
    run = start_promotion(promotion_of(*LINE), place)
    held = NodeEnded(1, "run1", "failed", detail="app-1 is held by run x", begun=False)
    said(place, run, [NodeStarted(1, "run1"), held, RunEnded("failed", "node.1")])
    view = view_promotion(now(place, run), place)
    assert "could not be started · app-1 is held by run x" in view.cause
    assert not any("show run1" in command for command in view.next)


def test_the_list_says_what_a_promotion_waits_for(place) -> None:
    run, child = begun(place, promotion_of(*LINE))
    rows = [msgspec.structs.replace(row, state="waiting") if row.run == child else row for row in place.journal.runs()]
    assert {row.run: row.state for row in with_states(rows, place)} == {run: "waiting", child: "waiting"}


def test_the_journal_of_a_promotion_is_whole_and_tampering_is_found(place) -> None:
    run = start_promotion(promotion_of(*LINE), place)
    said(place, run, passed([1, 2]))
    assert place.journal.audit(run) == ()
    assert find_promotion(place.journal, run[:4]) is not None


def test_m45_a_pipelines_tests_are_no_releases_of_the_environment_they_look_at(place) -> None:
    from rollbook.app.places import situation
    from rollbook.app.show import earlier_states

    run, _ = begun(place, promotion_of(*LINE))
    plan = promotion_of(*LINE).nodes[3].plan
    assert plan is not None
    tested = msgspec.structs.replace(plan, environment="env")
    start_run(tested, place, run="tested", promotion=run)
    start_run(tested, place, run="plain")
    rows = {row.run: row.environment for row in place.journal.runs()}
    assert (rows["tested"], rows["plain"], rows[run]) == ("", "env", "env")
    start_run(tested, place, run="newest")
    now_ = situation(place.journal, find_run(place.journal, "newest"))
    assert earlier_states(place.journal, now_) == ("running",), "neither the promotion nor its tests"


def test_what_is_for_a_run_alone_says_so_of_a_promotion(place) -> None:
    from rollbook.app.places import situation

    run = start_promotion(promotion_of(*LINE), place)
    with pytest.raises(Refused, match=f"{run} is a promotion"):
        situation(place.journal, find_run(place.journal, run))


def test_following_ends_with_the_promotion_and_shows_each_change_once(place) -> None:
    run = start_promotion(promotion_of(*LINE), place)
    seen = []
    for view in follow_promotion(now(place, run), place):
        seen.append([n.state for n in view.nodes])
        if len(seen) == 1:
            said(place, run, passed(range(1, 6)))
        elif len(seen) == 2:
            said(place, run, [RunEnded("succeeded")])
    assert seen[0] == ["pending"] * 5
    assert seen[-1] == ["succeeded"] * 5
    assert len(seen) == 3
