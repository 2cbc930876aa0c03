"""What is settled before a run begins: rehearsal, release window, checklist (M24); what refuses it touches nothing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

import rollbook.app.rehearse as rehearsing
from plans import Functions, windowed_plan
from rollbook.app.rehearse import Rehearsed, recorded, rehearse_plan
from rollbook.app.run import refuse_impossible
from rollbook.app.settling import settled
from rollbook.drivers.rehearsal import Rehearsal, Violation
from rollbook.model.deployment import Environment
from rollbook.model.events import ItemClosed
from rollbook.model.facts import DeploymentFacts, Settlement
from rollbook.model.plan import Plan
from rollbook.model.site import Site
from rollbook.model.windows import Span, Window
from rollbook.planning.plan import plan_hash
from rollbook.problems import Refused
from rollbook.values import Words

ITEMS = (
    Settlement("tests passed", "evidence", "TEST-PLAN.md is approved", "deploy.md", 9),
    Settlement("rollback plan confirmed", "rehearsal", "", "deploy.md", 10),
    Settlement("support desk staffed", "waived", "", "deploy.md", 11),
    Settlement("stakeholders notified", "act", "", "deploy.md", 12),
    Settlement("both releases work", "person", "", "deploy.md", 13),
)
ALWAYS = Span(0, 1440, tuple(range(7)))
NOW = 1_768_082_400.0
DAY = 86_400.0
TEN_TO_MIDNIGHT = Span(22 * 60, 24 * 60, first="2026-01-10", last="2026-01-10")


def checked_plan(protected: bool = True, span: Span = ALWAYS, version: str = "v2") -> Plan:
    base = windowed_plan(span)
    facts = DeploymentFacts("deploy.md", Environment("production"), checklist=ITEMS)
    return replace(base, version=version, deployment=facts, site=replace(base.site, protected=protected))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(directory=str(tmp_path))


def settle(plan: Plan, site: Site, now: float = NOW) -> tuple[ItemClosed, ...]:
    return settled(plan, site, Functions, now)


def test_m24_evidence_waivers_and_the_rehearsal_are_journaled_people_and_acts_later(site: Site) -> None:
    plan = checked_plan()
    closed = settle(plan, site)
    assert [(c.text, c.how, c.line) for c in closed] == [
        ("tests passed", "evidence", 9), ("rollback plan confirmed", "rehearsal", 10),
        ("support desk staffed", "waived", 11),
    ]  # fmt: skip
    assert plan_hash(plan)[:12] in closed[1].detail


def test_m24_a_recorded_rehearsal_of_this_very_plan_is_not_done_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, begun = checked_plan(), []
    rehearse_plan(plan, Functions(), site=site)
    real = rehearsing.rehearse_plan
    monkeypatch.setattr(rehearsing, "rehearse_plan", lambda *a, **k: begun.append(a) or real(*a, **k))
    settle(plan, site)
    assert begun == []
    settle(checked_plan(version="v3"), site)
    assert len(begun) == 1


def test_m24_a_record_of_another_rollbook_counts_for_nothing(site: Site) -> None:
    plan = checked_plan()
    rehearse_plan(plan, Functions(), site=site)
    (file,) = Path(site.directory).rglob("rehearsals/*.json")
    kept = msgspec.json.decode(file.read_bytes(), type=Rehearsed)
    assert recorded(plan, site) == kept
    file.write_bytes(msgspec.json.encode(replace(kept, rollbook="0.0.0")))
    assert recorded(plan, site) is None
    file.write_bytes(b"{")
    assert recorded(plan, site) is None


def broken(*_: object, **__: object) -> Rehearsal:
    """What the driver finds of a plan whose way back leaves a server out."""
    violation = Violation(Words("a server is left out", "有服务器未恢复"), (Words("6.1 fails", "6.1 失败"),))
    return Rehearsal(12, {"rolled_back": 1}, (violation,))


def test_m24_a_way_back_that_breaks_in_rehearsal_forbids_a_protected_environment(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollbook.drivers.rehearsal.rehearse", broken)
    with pytest.raises(Refused, match="a server is left out"):
        settle(checked_plan(), site)
    with pytest.raises(Refused, match="rollback-unrehearsed"):
        settle(checked_plan(), site)
    closed = settle(checked_plan(protected=False), site)
    assert [(c.how, c.detail) for c in closed if c.line == 10] == [("waived", "a server is left out")]


def test_m24_a_rehearsal_that_could_not_see_everything_confirms_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollbook.drivers.rehearsal.rehearse", lambda *_: Rehearsal(9, {}, (), complete=False))
    with pytest.raises(Refused, match="not everything could be explored"):
        settle(checked_plan(), site)


def test_a_rehearsal_that_no_item_asks_for_leaves_nothing_behind(site: Site) -> None:
    rehearse_plan(windowed_plan(ALWAYS), Functions(), site=site)
    assert list(Path(site.directory).iterdir()) == []


def test_m24_a_window_that_is_over_refuses_the_run_before_anything_is_made(site: Site) -> None:
    plan = replace(checked_plan(span=TEN_TO_MIDNIGHT), deployment=None)
    settle(plan, site, NOW - DAY)
    with pytest.raises(Refused, match="window is over"):
        settle(plan, site, NOW + DAY)
    here = replace(plan, site=replace(plan.site, name=site.name))
    over = replace(here, gates=tuple(
        replace(g, windows=(Window("then", (replace(TEN_TO_MIDNIGHT, first="2001-01-01", last="2001-01-01"),)),))
        if g.windows else g for g in here.gates))  # fmt: skip
    with pytest.raises(Refused, match="window is over"):
        refuse_impossible(over, site)
    assert list(Path(site.directory).iterdir()) == []


def test_a_time_zone_that_this_machine_does_not_know_is_refused(site: Site) -> None:
    plan = checked_plan()
    gates = tuple(replace(g, windows=(Window("x", (ALWAYS,), "Mars/Olympus"),)) if g.windows else g for g in plan.gates)
    with pytest.raises(Refused, match="Mars/Olympus"):
        settle(replace(plan, gates=gates), site)
