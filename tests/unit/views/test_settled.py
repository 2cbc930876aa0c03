"""What was settled when a run was made: evidence ticks a box; a waived item stays open and is a warning (M24)."""

from __future__ import annotations

import json

from msgspec.structs import replace

from journals import BEGAN, view_of
from plans import windowed_plan
from rollbook.model import events as ev
from rollbook.model.windows import Span
from rollbook.model.workflow import Source
from rollbook.views.filled import filled_documents
from rollbook.views.run import render
from walking import Walk

TEXT = """---
status: draft
---
- [ ] tests passed
- [x] support desk is staffed
- [ ] release window confirmed
"""
NIGHT = Span(22 * 60, 24 * 60, first="2026-01-10", last="2026-01-10")
SETTLED = (
    ev.ItemClosed("status is draft", "waived", "", "deploy.md", 2),
    ev.ItemClosed("tests passed", "evidence", "TEST-PLAN.md is approved", "deploy.md", 4),
    ev.ItemClosed("support desk is staffed", "waived", "", "deploy.md", 5),
)


def walked(window: bool) -> Walk:
    base = windowed_plan(NIGHT)
    gates = tuple(replace(g, document="deploy.md", line=6) if g.windows else g for g in base.gates)
    walk = Walk(replace(base, gates=gates, documents=(Source("deploy.md", TEXT, "0" * 64),)), window=window)
    for event in SETTLED:
        walk.say(event)
    return walk.on().approve("s5", "li", "tech lead").on()


def filled(walk: Walk) -> list[str]:
    (document,) = filled_documents(walk.program.plan, view_of(walk), "en")
    return document.text.splitlines()


def test_m24_evidence_ticks_a_box_and_a_waiver_and_a_claim_do_not() -> None:
    lines = filled(walked(window=True))
    assert lines[1] == "status: draft"
    assert lines[3] == "- [x] tests passed  ✓ TEST-PLAN.md is approved · #3"
    assert lines[4].startswith("- [x] support desk is staffed  –")
    assert "waived" in lines[4]
    assert lines[5].startswith("- [x] release window confirmed  ✓")


def test_m24_an_overridden_window_names_who_and_why() -> None:
    walk = walked(window=False)
    walk.say(ev.GateAnswered("window", "approve", "li", ("tech lead",), comment="urgent fix"))
    line = filled(walk.on())[5]
    assert "li (tech lead)" in line
    assert "urgent fix" in line


def test_m24_show_warns_of_what_was_waived_in_both_languages() -> None:
    view = view_of(walked(window=True))
    assert "  ! support desk is staffed  waived" in render(view, "text", "en")
    assert "  ✓ tests passed  由证据关闭：TEST-PLAN.md is approved" in render(view, "text", "zh")
    listed = json.loads(render(view, "json", "en"))["checklist"]
    assert [item["how"] for item in listed] == ["waived", "evidence", "waived"]


def test_a_closed_window_says_when_it_opens_and_what_overrides_it() -> None:
    walk = walked(window=False)
    walk.say(ev.TimerFired("window"))
    walk.say(ev.WindowLooked("window", open=False, opens=BEGAN + 3600, said="22:00"))
    view = view_of(walk)
    (gate,) = view.open_gates
    assert (gate.id, gate.state, gate.opens) == ("window", "open", BEGAN + 3600)
    shown = render(view, "text", "en")
    assert "opens by itself" in shown
    assert "approve k2m9x4q7 window --as li --comment WHY" in shown
    assert any("opens 22:00" in moment.text.en for moment in view.timeline)
    assert not any("time is over" in moment.text.en for moment in view.timeline)


def test_a_window_that_opened_by_itself_has_passed() -> None:
    view = view_of(walked(window=True))
    assert next(g for g in view.gates if g.id == "window").state == "passed"
