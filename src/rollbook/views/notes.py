"""What stands beside each bullet of a document: executed ones by their evidence, the others by what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from rollbook.model.plan import Plan, PlanItem
from rollbook.model.workflow import Workflow
from rollbook.values import Words
from rollbook.views.evidence import WORST_FIRST, evidence, mark_of
from rollbook.views.gates import answer_words
from rollbook.views.run_view import Closed, GateView, Mark, RunView

GATE_MARKS: dict[str, Mark] = {"passed": "yes", "rejected": "no", "timed_out": "no", "open": "running"}


class Note(msgspec.Struct, frozen=True):
    """A mark and, where there is any, the evidence."""

    mark: Mark
    text: str = ""


Lines = dict[int, Note]


def notes_of(plan: Plan, view: RunView, language: str, workflows: Sequence[Workflow] = ()) -> dict[str, Lines]:
    """Document → line → note. `workflows` are the documents as read: with them, bullets that are not executed (skip
    conditions, approvers, rollback ranges, metrics) are answered too. Executed bullets win their lines."""
    from rollbook.views.said import said_notes
    from rollbook.views.told import told_notes

    first = plan.documents[0].path if plan.documents else ""
    found: dict[str, Lines] = {source.path: {} for source in plan.documents}
    for item in (item for item in _items(plan) if item.line and not item.added):
        _add(found, item.document or first, item.line, item_note(view, item, language))
    for gate in view.gates:
        planned = plan.gate(gate.id)
        if planned and planned.line and gate.state in GATE_MARKS:
            _add(found, planned.document or first, planned.line, gate_note(gate, language))
    for closed in view.checklist:
        if is_bullet(plan, closed):
            _add(found, closed.document or first, closed.line, closed_note(closed, language))
    for workflow in workflows:
        lines = found.setdefault(workflow.source.path, {})
        found[workflow.source.path] = {**dict(said_notes(workflow, plan, view, language)), **lines}
    for source in plan.documents:
        found[source.path] = {**dict(told_notes(source.text, plan, view, language)), **found[source.path]}
    return found


def item_note(view: RunView, item: PlanItem, language: str) -> Note:
    return Note(mark_of(view, item), evidence(view, item, language))


def is_bullet(plan: Plan, closed: Closed) -> bool:
    """Whether it stands in a list: nothing is written into front matter and tables."""
    from rollbook.views.told import BULLET, LINE_END

    text = next((s.text for s in plan.documents if s.path == closed.document), "")
    lines = LINE_END.split(text)
    return 0 < closed.line <= len(lines) and BULLET.match(lines[closed.line - 1]) is not None


def closed_note(closed: Closed, language: str) -> Note:
    """Evidence ticks the box; a waived item stays open, and says so (M24)."""
    if closed.how == "waived":
        said = Words("waived: the environment is not protected", "已豁免：环境不受保护").said(language)
        return Note("skipped", "; ".join(filter(None, (said, closed.detail))))
    return Note("yes", f"{closed.detail} · #{closed.seq}".removeprefix(" · "))


def gate_note(gate: GateView, language: str) -> Note:
    """Who answered, and when."""
    said = "; ".join(answer_words(answer, language, at=True) for answer in gate.answers)
    if gate.kind == "window" and not said:
        return Note(GATE_MARKS.get(gate.state, "none"), gate.why)
    return Note(GATE_MARKS.get(gate.state, "none"), said or Words("nobody answered", "无人答复").said(language))


def _items(plan: Plan) -> Iterator[PlanItem]:
    for step in plan.steps:
        yield from (*step.items, *step.checks)
    yield from plan.criteria


def _add(found: dict[str, Lines], path: str, line: int, note: Note) -> None:
    """Several conditions may stand on one line: their texts are joined, and the worst mark wins."""
    lines = found.setdefault(path, {})
    there = lines.get(line)
    if there:
        worst = min((there.mark, note.mark), key=WORST_FIRST.index)
        note = Note(worst, "; ".join(part for part in (there.text, note.text) if part))
    lines[line] = note
