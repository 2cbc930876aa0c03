"""A deployment document filled in by a run: every other byte stays, it reads as before, and says what was filled in."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from rollbook.app.check import check
from rollbook.app.fixing import edited
from rollbook.documents import read
from rollbook.documents.deployment.filling import edits_of
from rollbook.model.deployment import Deployment
from rollbook.model.filling import AppliedMigration, Filling, Measured, Signature, Tick
from rollbook.model.workflow import Source
from rollbook.problems import source_lines

CORPUS = Path(__file__).parents[2] / "corpus"
HASH = "ab12" * 16
FACTS = {"environment": "QA", "digest": f"sha256:{HASH}", "started": "2026-11-22 10:00:05", "person": "wang",
         "ended": "2026-11-22 10:20:05", "result": "ok | fine", "run": "k2m9x4q7"}  # fmt: skip
RECORD = ("# {title} k2m9x4q7", "", "- head: `" + HASH * 3 + "`", "", "## Servers", "", "| server | before |",
          "|---|---|", "| app-1 | v1 |", "", "## 审批 / approvals", "", "| role | name | date | status |",
          "|---|---|---|---|", "| nobody | x | never | y |", "", "```", "# no heading", "```",
          "- [ ] no item")  # fmt: skip


def deployment(path: Path) -> Deployment:
    document = read(Source("document.md", path.read_text(encoding="utf-8"), "")).document
    assert isinstance(document, Deployment)
    return document


def whole(path: Path) -> bool:
    """A deployment document without errors: what a run can be made of."""
    reading = read(Source("document.md", path.read_text(encoding="utf-8"), ""))
    return isinstance(reading.document, Deployment) and all(p.severity != "error" for p in reading.problems)


DOCUMENTS = [path for path in sorted(CORPUS.glob("*/document.md")) if whole(path)]


def filling(document: Deployment) -> Filling:
    """Something for every place that there is."""
    title = "运行记录" if document.language == "zh" else "Run record"
    return Filling(
        "v9.9.9",
        FACTS,  # type: ignore[arg-type]
        {c.item.at.line: Tick("✓" if i % 2 else "✗", f"10:0{i % 10} a|b <i> #{i}") for i, c in
         enumerate(document.checklist)},
        {s.at.line: Measured("4.9%", f"{n}00", "3", "promoted", "30m", f"3 of {n}00 | <= 1%") for n, s in
         enumerate(document.canary, 1)},
        {m.at.line: AppliedMigration("applied by k2m9x4q7", HASH) for m in document.migrations},
        {s.at.line: Signature("Li Wei", "2026-11-22", "approved") for s in document.signoffs if s.name.blank},
        tuple(line.format(title=title) if "{title}" in line else line for line in RECORD),
    )  # fmt: skip


@pytest.fixture(params=DOCUMENTS, ids=lambda path: path.parent.name)
def original(request: pytest.FixtureRequest) -> Deployment:
    return deployment(request.param)


def filled(document: Deployment) -> str:
    return edited(document.source.text, edits_of(document, filling(document)))


def again(text: str) -> Deployment:
    document = read(Source("document.md", text, "")).document
    assert isinstance(document, Deployment)
    return document


def test_there_are_documents_of_both_languages_with_every_place() -> None:
    documents = [deployment(path) for path in DOCUMENTS]
    assert len(documents) >= 20
    for language in ("zh", "en"):
        mine = [d for d in documents if d.language == language]
        assert all(any(getattr(d, part) for d in mine) for part in ("checklist", "canary", "migrations", "signoffs"))


def test_every_other_byte_stays(original: Deployment) -> None:
    edits = edits_of(original, filling(original))
    lines, touched = source_lines(original.source.text), {edit.at.line for edit in edits}
    after = source_lines(filled(original))
    position = 0
    for number, line in enumerate(lines, 1):
        if number not in touched:
            position = after.index(line, position) + 1
    for edit in edits:
        assert edit.old == lines[edit.at.line - 1][edit.at.column - 1 :][: len(edit.old)]
    blank = {c.text for s in original.signoffs for c in (s.name, s.date, s.status)}
    allowed = {"", "[ ]", "☐", "no", original.release_version.text, *blank}
    known = {c.text for c in original.information.values() if c.blank}
    assert {edit.old for edit in edits} - allowed - known == set()


def test_a_filled_document_reads_as_the_same_document(original: Deployment) -> None:
    copy = again(filled(original))
    assert (copy.title, copy.language) == (original.title, original.language)
    assert [c.item.phrase for c in copy.checklist] == [c.item.phrase for c in original.checklist]
    assert [c.phase for c in copy.checklist] == [c.phase for c in original.checklist]
    assert [(s.number, s.traffic, s.duration_s) for s in copy.canary] == [
        (s.number, s.traffic, s.duration_s) for s in original.canary
    ]
    assert [m.version for m in copy.migrations] == [m.version for m in original.migrations]
    assert [s.role for s in copy.signoffs] == [s.role for s in original.signoffs]
    for part in ("environments", "variables", "resources", "alerts", "runbook", "fences", "downstream", "probes"):
        assert len(getattr(copy, part)) == len(getattr(original, part)), part


def test_reading_it_again_gives_the_values_that_were_filled_in(original: Deployment) -> None:
    copy, wanted = again(filled(original)), filling(original)
    if original.release_version.at.line and original.release_version.blank:
        assert copy.release_version.text == "v9.9.9"
    ticks = [wanted.boxes[c.item.at.line] for c in original.checklist]
    for before, item, tick in zip(original.checklist, copy.checklist, ticks, strict=True):
        assert item.evidence.startswith(f"{tick.sign} 10:0"), item
        boxed = before.item.checkbox is not None
        assert bool(item.item.checkbox) == bool(before.item.checkbox or (tick.done and boxed))
    for stage, before_stage in zip(copy.canary, original.canary, strict=True):
        measured = wanted.stages[before_stage.at.line]
        assert stage.measured["requests"] == measured.requests
        assert stage.measured["verdict"] == "promoted"
    for migration, stated in zip(copy.migrations, original.migrations, strict=True):
        assert migration.applied == "applied by k2m9x4q7"
        assert migration.checksum == (stated.checksum or HASH)
    for row, unsigned in zip(copy.signoffs, original.signoffs, strict=True):
        if unsigned.name.blank and all(cell.at.line for cell in (unsigned.name, unsigned.date, unsigned.status)):
            assert (row.name.text, row.date.text, row.status.text) == ("Li Wei", "2026-11-22", "approved")


def test_a_filled_document_passes_check_as_its_original_does(original: Deployment, tmp_path: Path) -> None:
    before, after = tmp_path / "before.md", tmp_path / "after.md"
    before.write_text(original.source.text, encoding="utf-8")
    after.write_text(filled(original), encoding="utf-8")
    found, now = check([str(before)]), check([str(after)])
    assert now.exit_code == found.exit_code == 0
    assert Counter(p.rule for p in now.problems) <= Counter(p.rule for p in found.problems)


def test_filling_in_a_filled_document_replaces_what_the_first_run_wrote(original: Deployment) -> None:
    once = filled(original)
    twice = filled(again(once))
    copy = again(twice)
    assert [c.item.phrase for c in copy.checklist] == [c.item.phrase for c in original.checklist]
    for line in source_lines(twice):
        assert line.count("#1") <= 1 or "sha" in line


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_breaks_stay_as_they_are(newline: str) -> None:
    text = "# Deployment plan\n\n## Environments\n\n| Environment | Domain |\n|---|---|\n| QA | q |\n\n## Release checklist\n\n- [ ] Deploy\n\n## Canary\n\n| Stage | Traffic | Duration |\n|---|---|---|\n| 1 | 5% | 1m |"  # noqa: E501
    document = again(text.replace("\n", newline))
    after = filled(document)
    assert ("\r\n" in after) == (newline == "\r\n")
    assert after.startswith(f"# Deployment plan{newline}")
    assert again(after).canary[0].measured["traffic"] == "4.9%"
