"""The document, filled in: every line as its author wrote it, with mark and evidence beside each bullet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from rollbook.model.plan import Plan, PlanItem
from rollbook.values import Json, Words
from rollbook.views.evidence import evidence, mark_of
from rollbook.views.gates import answer_words
from rollbook.views.run_view import GateView, Mark, RunView
from rollbook.views.wording import PROOF_MARKS, RUN_WORDS, clock, length

BOX = re.compile(r"\[[ xX]\]")
NAMED = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
BULLET = re.compile(r"^\s*(?:[-*+•]|\d+[.)、])\s+")
LINE_END = re.compile(r"\r\n|\r|\n")
FENCE = re.compile(r"^\s*(```+|~~~+)")
GATE_MARKS: dict[str, Mark] = {"passed": "yes", "rejected": "no", "timed_out": "no", "open": "running"}


class Note(msgspec.Struct, frozen=True):
    """What stands beside one bullet."""

    mark: Mark
    text: str


class FilledLine(msgspec.Struct, frozen=True):
    """One line of the source. `note` is None for lines that are no bullets of the plan."""

    text: str
    note: Note | None = None

    @property
    def filled(self) -> str:
        """The line with its mark and evidence; a task-list box is ticked by evidence, not by the source."""
        if self.note is None:
            return self.text
        text = self.text.rstrip()
        if self.note.mark == "yes":
            text = BOX.sub("[x]", text, count=1)
        return f"{text}  {PROOF_MARKS[self.note.mark]} {self.note.text}".rstrip()


class Filled(msgspec.Struct, frozen=True):
    path: str
    lines: tuple[FilledLine, ...]

    @property
    def text(self) -> str:
        return "\n".join(line.filled for line in self.lines)


def filled_documents(plan: Plan, view: RunView, language: str) -> tuple[Filled, ...]:
    """Every document of the plan, filled in."""
    notes = _notes(plan, view, language)
    return tuple(
        Filled(source.path, tuple(_lines(source.text, notes.get(source.path, {})))) for source in plan.documents
    )


def _lines(text: str, notes: dict[int, Note]) -> Iterator[FilledLine]:
    """Source lines in order. The note of a fence stands below it: nothing is written into code."""
    pending: Note | None = None
    fence = ""
    for number, line in enumerate(LINE_END.split(text), start=1):
        note = notes.get(number)
        opening = FENCE.match(line)
        if opening and not fence:
            fence, pending, note = opening.group(1), note, None
        elif opening and line.strip().startswith(fence):
            fence = ""
            yield FilledLine(line)
            if pending:
                yield FilledLine("", pending)
            pending = None
            continue
        elif fence:
            pending, note = pending or note, None
        yield FilledLine(line, note)


def _notes(plan: Plan, view: RunView, language: str) -> dict[str, dict[int, Note]]:
    """Document → line → note. Several conditions of one line are joined; the worst mark wins the line."""
    first = plan.documents[0].path if plan.documents else ""
    found: dict[str, dict[int, Note]] = {source.path: {} for source in plan.documents}
    for item in _items(plan):
        if item.line and not item.added:
            lines = found.setdefault(item.document or first, {})
            lines[item.line] = _joined(lines.get(item.line), _note(view, item, language))
    for path, lines in found.items():
        source = next(source for source in plan.documents if source.path == path)
        lines.update(_told(source.text, plan, view, language, lines))
    for gate in view.gates:
        planned = plan.gate(gate.id)
        if planned and planned.line and gate.state in GATE_MARKS:
            lines = found.setdefault(first, {})
            lines[planned.line] = _joined(lines.get(planned.line), _gate_note(gate, language))
    return found


def _told(text: str, plan: Plan, view: RunView, language: str, taken: Mapping[int, Note]) -> Iterator[tuple[int, Note]]:
    """Bullets that only name values (`- Version: ${version}`): what they came to say."""
    values = {**plan.parameters, **_late(view, language)}
    fenced = False
    for number, line in enumerate(LINE_END.split(text), start=1):
        fenced ^= bool(FENCE.match(line))
        names = NAMED.findall(line)
        if (
            names
            and not fenced
            and number not in taken
            and BULLET.match(line)
            and all(name in values for name in names)
        ):
            yield number, Note("yes" if view.ending else "none", "; ".join(_spelled(values[name]) for name in names))


def _late(view: RunView, language: str) -> dict[str, Json]:
    """Late variables (M4) as far as they are known."""
    cause = view.cause
    return {
        "status": RUN_WORDS[view.state if view.over or not view.ending else view.ending].said(language),
        "started": clock(view.created),
        "total_duration": length((view.told or view.ended or view.looked) - view.created),
        "failed_step": str(cause.step) if cause and cause.step else "-",
        "cause": cause.error if cause else "-",
        "operator": view.initiator,
    }


def _spelled(value: Json) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _items(plan: Plan) -> Iterator[PlanItem]:
    for step in plan.steps:
        yield from (*step.items, *step.checks)
    yield from plan.criteria


def _note(view: RunView, item: PlanItem, language: str) -> Note:
    return Note(mark_of(view, item), evidence(view, item, language))


def _gate_note(gate: GateView, language: str) -> Note:
    said = "; ".join(answer_words(answer, language, at=True) for answer in gate.answers)
    waiting = Words("nobody answered", "无人答复").said(language)
    return Note(GATE_MARKS[gate.state], said or waiting)


def _joined(one: Note | None, other: Note) -> Note:
    if one is None:
        return other
    order = ("no", "unknown", "running", "yes", "skipped", "none")
    worst = min((one.mark, other.mark), key=order.index)
    return Note(worst, "; ".join(part for part in (one.text, other.text) if part))
