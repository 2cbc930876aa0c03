"""The document, filled in: every line as its author wrote it, with mark and evidence beside each bullet."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

import msgspec

from rollbook.model.filling import Filling
from rollbook.model.plan import Plan
from rollbook.model.workflow import Workflow
from rollbook.views.notes import Note, notes_of
from rollbook.views.run_view import RunView
from rollbook.views.told import FENCE, LINE_END
from rollbook.views.wording import PROOF_MARKS

BOX = re.compile(r"\[[ xX]\]")


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


class FilledPaper(msgspec.Struct, frozen=True):
    """A deployment document with everything filled in that the run knows (M24). `body`: without the run's record."""

    path: str
    text: str
    body: str
    filling: Filling


def filled_documents(
    plan: Plan, view: RunView, language: str, workflows: Sequence[Workflow] = (), but: Collection[str] = ()
) -> tuple[Filled, ...]:
    """Every document of the plan, filled in, `but` those of these paths. `workflows`: those of them that are templates,
    as read."""
    notes = notes_of(plan, view, language, workflows)
    return tuple(
        Filled(source.path, tuple(_lines(source.text, notes.get(source.path, {}))))
        for source in plan.documents
        if source.path not in but
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
