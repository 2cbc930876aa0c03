"""What a run fills into its deployment document: boxes by evidence alone, figures as measured, sign-offs as given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from journals import RUN, view_of
from plans import canary_plan, release_plan
from rollbook.app.filling import bytes_of, filled_paper, place_beside, write_beside
from rollbook.documents import read
from rollbook.model import events as ev
from rollbook.model.deployment import Deployment, Environment
from rollbook.model.facts import Closing, DeploymentFacts
from rollbook.model.plan import Plan
from rollbook.model.workflow import Source
from rollbook.problems import Refused
from rollbook.views.filled import FilledPaper
from rollbook.views.report_texts import render
from walking import Walk, failing

TEXT = """\
# Deployment plan

## Document information

| Item | Value |
|---|---|
| Release version | |

## Environments

| Environment | Domain |
|---|---|
| PROD | shop.example |

## Database migrations

| Version | Script | Reversible |
|---|---|---|
| V001 | a.sql | yes |
| V002 | b.sql | yes |

## Release checklist

### Before
- [ ] Tests passed
- [ ] Window agreed

### During
- [ ] Deploy
- [x] Verify the ports
- [ ] Build the image

## Canary stages

| Stage | Traffic | Duration | Roll back when |
|---|---|---|---|
| 1 | 5% | 1m | error rate > 1% |
| 2 | 100% | 1m | error rate > 1% |

## Sign-off

| Role | Name | Date | Status |
|---|---|---|---|
| tech lead | | | |
| ops lead | | | |
"""
LINE = {line: number for number, line in enumerate(TEXT.splitlines(), 1)}
DEPLOY, VERIFY, BUILD = LINE["- [ ] Deploy"], LINE["- [x] Verify the ports"], LINE["- [ ] Build the image"]
STAGES = (LINE["| 1 | 5% | 1m | error rate > 1% |"], LINE["| 2 | 100% | 1m | error rate > 1% |"])


def documented(plan: Plan, path: str = "deploy.md") -> Plan:
    """The plan behind TEXT: deploying is the rotation, verifying step 8, building step 3."""
    placed = tuple(
        replace(
            step,
            items=tuple(replace(i, line={8: VERIFY, 3: BUILD}.get(step.number, 0), document=path) for i in step.items),
        )
        for step in plan.steps
    )
    facts = DeploymentFacts(
        path, Environment("PROD"), migrations=document().migrations,
        closings=(Closing(LINE["- [ ] Tests passed"], "evidence", "TEST-REPORT.md is approved"),
                  Closing(LINE["- [ ] Window agreed"], "waived", "waived: QA is not protected"),
                  Closing(DEPLOY, "rotation")),
    )  # fmt: skip
    waves = tuple(replace(wave, line=line) for wave, line in zip(plan.waves, STAGES, strict=False))
    waves = (*waves, *plan.waves[len(waves) :])
    return replace(plan, steps=placed, waves=waves, deployment=facts, documents=(Source(path, TEXT, "0" * 64),))


def document(text: str = TEXT) -> Deployment:
    found = read(Source("deploy.md", text, "0" * 64)).document
    assert isinstance(found, Deployment)
    return found


def filled(walk: Walk) -> Deployment:
    return document(paper(walk).text)


def paper(walk: Walk) -> FilledPaper:
    return filled_paper(walk.program.plan, view_of(walk), document())


def evidence(deployment: Deployment) -> dict[str, tuple[bool | None, str]]:
    return {c.item.text: (c.item.checkbox, c.evidence) for c in deployment.checklist}


def test_m24_a_finished_run_ticks_what_it_did_and_says_what_was_waived() -> None:
    told = evidence(filled(Walk(documented(release_plan(2))).on()))
    assert told["Tests passed"][0] is True
    assert told["Tests passed"][1].endswith("TEST-REPORT.md is approved")
    assert told["Window agreed"] == (False, told["Window agreed"][1])
    assert told["Window agreed"][1].startswith("⊘ ")
    for item in ("Deploy", "Verify the ports", "Build the image"):
        assert told[item][0] is True
        assert told[item][1].startswith("✓ ")
        assert "#" in told[item][1]


def test_m24_what_the_journal_says_was_settled_bears_its_entry() -> None:
    walk = Walk(documented(release_plan(2)))
    walk.say(ev.ItemClosed("Tests passed", "evidence", "seen approved", "deploy.md", LINE["- [ ] Tests passed"]))
    walk.say(ev.ItemClosed("Window agreed", "waived", "", "deploy.md", LINE["- [ ] Window agreed"]))
    told = evidence(filled(walk.on()))
    assert told["Tests passed"][1].endswith("seen approved · #2")
    assert told["Window agreed"][1].endswith("waived: QA is not protected · #3")


def test_m24_a_gate_on_an_item_s_line_ticks_it_with_who_answered() -> None:
    plan = documented(release_plan(2, approval=True))
    line = LINE["- [ ] Window agreed"]
    gates = tuple(replace(gate, kind="manual", line=line, document="deploy.md") for gate in plan.gates)
    facts = replace(plan.deployment, closings=())
    walk = Walk(replace(plan, gates=gates, deployment=facts)).on().approve("s5", "li", "tech lead").on()
    box, said = evidence(filled(walk))["Window agreed"]
    assert box is True
    assert said.startswith("✓ li (tech lead) approved 20")


def test_m20_a_box_is_not_ticked_for_what_was_taken_back() -> None:
    walk = Walk(documented(release_plan(2)), failing("w2.s7/app-2/7.3")).on()
    told = evidence(filled(walk))
    assert told["Deploy"][0] is False
    assert told["Deploy"][1].startswith("✗ ")
    assert told["Build the image"][0] is True


def test_m20_what_was_done_on_some_servers_and_taken_back_is_told_as_that() -> None:
    bad = ev.Judged("w2.s8.judge/8.?1/8.?1", "fail", "too many errors")
    walk = Walk(documented(release_plan(2)), lambda c: bad if getattr(c, "task", "") == bad.task else None).on()
    assert bad in walk.events
    told = evidence(filled(walk))
    for item in ("Deploy", "Verify the ports"):
        assert told[item][1].startswith("✗ ")
        assert told[item][1].endswith("taken back · app-1, app-2")


def test_m24_what_a_run_did_not_reach_says_so() -> None:
    walk = Walk(documented(release_plan(2)), failing("s3/run/3.1")).on()
    told = evidence(filled(walk))
    assert told["Deploy"] == (False, "· not reached")
    assert told["Build the image"][1].startswith("✗ ")


def test_a_run_under_way_leaves_open_what_is_open() -> None:
    told = evidence(filled(Walk(documented(release_plan(2))).until("w1.s7/app-1/7.2")))
    assert told["Deploy"] == (False, "")
    assert told["Build the image"][0] is True


def test_canary_stages_have_their_measured_figures() -> None:
    numbers = {"n": 900.0, "events": 2.0, "limit": 0.01, "seen_n": 800.0, "seen_events": 1.0, "seen_stable_n": 15200.0,
               "seen_stable_events": 20.0, "evidence": 0.5, "threshold": 400.0, "needed": 300.0}  # fmt: skip

    def judged(command: object) -> ev.Event | None:
        task = getattr(command, "task", "")
        return ev.Judged(task, "pass", "1 of 800", numbers) if task.startswith("w1.soak/") else None

    stages = filled(Walk(documented(canary_plan(stages=(0.05, 1.0))), judged).on()).canary
    first = stages[0].measured
    assert (first["traffic"], first["requests"], first["events"]) == ("5%", "800", "1")
    assert first["verdict"] == "promoted"
    assert "1 of 800" in first["evidence"]
    assert "evidence 0.5 of 400" in first["evidence"]


def test_a_stage_that_tripped_is_rolled_back_and_those_behind_it_not_reached() -> None:
    def judged(command: object) -> ev.Event | None:
        task = getattr(command, "task", "")
        return ev.Judged(task, "fail", "9 of 100", {"n": 100.0, "events": 9.0}) if "w1.soak/" in task else None

    stages = filled(Walk(documented(canary_plan(stages=(0.05, 1.0))), judged).on()).canary
    assert [stage.measured["verdict"] for stage in stages] == ["rolled back", "not reached"]
    assert stages[0].measured["events"] == "9"


def test_migrations_say_what_became_of_them_with_checksums() -> None:
    done = ev.Finished("s3/run/3.1", "", {"migrations.applied": ["V002"], "migrations.after": ["V001", "V002"],
                                         "migrations.checksums": {"V002": "cd" * 32}})  # fmt: skip
    walk = Walk(documented(release_plan(2)), lambda c: done if getattr(c, "task", "") == done.task else None).on()
    rows = filled(walk).migrations
    assert [row.applied for row in rows] == ["was applied before", f"applied by {RUN}"]
    assert rows[1].checksum == "cd" * 32


def test_m44_an_approval_signs_the_row_of_its_role() -> None:
    walk = Walk(documented(release_plan(2, approval=True))).on().approve("s5", "li", "tech lead").on()
    rows = {row.role: (row.name.text, row.status.text, row.date.blank) for row in filled(walk).signoffs}
    assert rows == {"tech lead": ("li", "approved", False), "ops lead": ("", "", True)}


def test_m44_one_person_signs_one_row() -> None:
    walk = Walk(documented(release_plan(2, approval=True))).on().approve("s5", "li", "tech lead", "ops lead").on()
    assert [row.name.text for row in filled(walk).signoffs] == ["li", ""]


def test_a_rejection_is_written_down_as_one() -> None:
    walk = Walk(documented(release_plan(2, approval=True))).on()
    walk.say(ev.GateAnswered("s5", "reject", "wang", ("ops lead",)))
    rows = filled(walk.on()).signoffs
    assert [(row.name.text, row.status.text) for row in rows] == [("", ""), ("wang", "rejected")]


def test_the_information_table_tells_the_release() -> None:
    told = filled(Walk(documented(release_plan(2))).on())
    assert told.release_version.text == "v2.0.0"
    facts = {label: cell.text for label, cell in told.information.items()}
    assert facts["Deployed to"] == "production"
    assert facts["Run id"] == RUN
    assert facts["Result"] == "succeeded"
    assert facts["Deployed by"] == "operator"


def test_the_record_holds_story_servers_failures_and_the_journals_head() -> None:
    walk = Walk(documented(release_plan(2)), failing("w2.s7/app-2/7.3")).on()
    view, text = view_of(walk), paper(walk).text
    record = text.partition(f"## Run record {RUN}")[2]
    assert view.head in record
    for heading in ("### Cause", "### Servers", "### Timeline", "### Steps"):
        assert heading in record
    assert text.startswith("# Deployment plan\n")


def test_every_form_is_the_filled_in_document() -> None:
    walk = Walk(documented(release_plan(2))).on()
    view, plan, one = view_of(walk), walk.program.plan, paper(walk)
    assert render(plan, view, "md", "en", (), [one]) == one.text
    page = render(plan, view, "html", "en", (), [one])
    assert "☑ Deploy" in page
    assert "<td>v2.0.0</td>" in page
    shown = json.loads(render(plan, view, "json", "en", (), [one]))
    assert shown["documents"][0]["text"] == one.text
    assert shown["documents"][0]["filled"]["version"] == "v2.0.0"


def test_raw_html_of_a_document_does_not_reach_the_page() -> None:
    walk = Walk(documented(release_plan(2))).on()
    evil = FilledPaper(
        "d.md", "", "# x\n\n<script>alert(1)</script>\n\n<!-- note -->\n\n- [ ] <img src=x>\n", paper(walk).filling
    )
    page = render(walk.program.plan, view_of(walk), "html", "en", (), [evil])
    assert "<script>" not in page
    assert "<img" not in page
    assert "note -->" not in page


def test_the_copy_stands_beside_the_original_and_replaces_nothing(tmp_path: Path) -> None:
    original = tmp_path / "deploy.md"
    original.write_text(TEXT, encoding="utf-8")
    walk = Walk(documented(release_plan(2), str(original))).on()
    source = walk.program.plan.documents[0]
    one = filled_paper(walk.program.plan, view_of(walk), replace(document(), source=source))
    path = write_beside(one, source, RUN)
    assert path == tmp_path / f"deploy.{RUN}.md"
    assert original.read_text(encoding="utf-8") == TEXT
    assert write_beside(one, source, RUN) == path
    path.write_text("somebody's notes", encoding="utf-8")
    with pytest.raises(Refused):
        write_beside(one, source, RUN)
    assert path.read_text(encoding="utf-8") == "somebody's notes"
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"deploy.{RUN}.md", "deploy.md"]


def test_a_byte_order_mark_stays() -> None:
    import hashlib

    walk = Walk(documented(release_plan(2))).on()
    marked = Source("deploy.md", TEXT, hashlib.sha256(("\ufeff" + TEXT).encode()).hexdigest())
    assert bytes_of(paper(walk), marked).startswith(b"\xef\xbb\xbf#")
    assert bytes_of(paper(walk), walk.program.plan.documents[0]).startswith(b"# Deployment")


def test_a_place_beside_bears_the_run() -> None:
    assert place_beside("docs/deploy.zh.md", "k2") == Path("docs/deploy.zh.k2.md")
