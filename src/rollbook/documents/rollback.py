"""Rollback strategy: which failed steps a line is about, and what is done then."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollbook.documents.blocks import Block, Line
from rollbook.documents.fields import join_lines
from rollbook.documents.notes import Notes
from rollbook.documents.outline import Part
from rollbook.documents.vocabulary import longest_first, meaning
from rollbook.documents.vocabulary.patterns import searched
from rollbook.model.literals import normalised
from rollbook.model.phrases import plain_text
from rollbook.model.words import number
from rollbook.model.workflow import RollbackAction, RollbackRange, Step

LAST = 10**9
"""Stands for "to the end"."""


def read_rollback(parts: list[Part], steps: tuple[Step, ...], notes: Notes) -> tuple[RollbackRange, ...]:
    """Every range of the rollback section in order; lines that are about no steps are problems."""
    found: list[RollbackRange] = []
    for part in parts:
        for block in part.blocks:
            for line in _lines(block):
                found += _ranges(line, steps, found, notes, prose=block.kind == "paragraph")
    return tuple(found)


def action_of(text: str) -> RollbackAction:
    """What the words of an action mean; "manual" when they are none that Rollbook knows."""
    found = searched("rollback", "action", text)
    if not found:
        return "manual"
    return (
        "stop"
        if found.meaning in ("nothing", "stop")
        else "switch_back"
        if found.meaning == "switch_back"
        else "restore"
    )


def _ranges(
    line: Line, steps: tuple[Step, ...], before: list[RollbackRange], notes: Notes, *, prose: bool
) -> list[RollbackRange]:
    text = plain_text(line.text)
    where, action = _split(text)
    bounds = _bounds(where, steps, before) if where != text or searched("rollback", "range", text) else []
    if not bounds:
        if where == text or prose:
            notes.keep("text", text, line.at, warn=not _introduces(text))
        else:
            notes.problem("unreadable-rollback-range", line.at, text=text)
        return []
    known = {step.number for step in steps}
    for bound in _named(where) if known else ():
        if bound not in known and bound != max(known) + 1:
            notes.problem("rollback-of-nowhere", line.at, number=bound, steps=_listed(known))
    return [RollbackRange(first, last, action_of(action), text, line.at) for first, last in bounds]


def _split(text: str) -> tuple[str, str]:
    """Cause and effect: apart at an arrow, else a colon, else a comma; a text with none is both."""
    arrows = "|".join(re.escape(sign) for sign in longest_first("wording", "arrow", "signs"))
    for cut in (rf"\s*(?:{arrows})\s*", r"\s*[:：]\s*(?=\S)", r"\s*[,，]\s*(?:(?:then|则|就)\s*)?"):
        if found := re.search(cut, text):
            return text[: found.start()], text[found.end() :]
    return text, text


def _bounds(where: str, steps: tuple[Step, ...], before: list[RollbackRange]) -> list[tuple[int, int]]:
    """The ranges that a cause names, by numbers or by a step's title; [] when it names none."""
    found = searched("rollback", "range", where)
    if not found:
        titled = [
            s.number for s in steps if len(s.title) > 1 and normalised(s.title).lower() in normalised(where).lower()
        ]
        return [(n, n) for n in titled]
    kind, groups = found
    if kind == "every":
        return [(0, LAST)]
    if kind == "rest":
        return _gaps(before)
    a, b = (number(groups.get(name) or "") or 0 for name in ("a", "b"))
    if kind == "pair":
        return [(a, b)] if b == a + 1 else [(a, a), (b, b)]
    pairs = {"before": (0, a - 1), "until": (0, a), "from": (a, LAST), "after": (a + 1, LAST), "one": (a, a)}
    first, last = pairs.get(kind, (min(a, b), max(a, b)))
    return [(first, last)]


def _named(where: str) -> list[int]:
    """The step numbers that a cause names."""
    found = searched("rollback", "range", where)
    groups = found.slots if found else {}
    return [n for name in ("a", "b") if (n := number(groups.get(name) or "")) is not None]


def _gaps(before: list[RollbackRange]) -> list[tuple[int, int]]:
    """What the ranges so far leave open."""
    gaps, start = [], 0
    for first, last in sorted((r.first, r.last) for r in before):
        if first > start:
            gaps.append((start, first - 1))
        start = max(start, last + 1)
    return [*gaps, (start, LAST)] if start <= LAST else gaps


def _introduces(text: str) -> bool:
    """A line that only leads to the list below it (`当任何步骤失败时:`)."""
    return text.rstrip().endswith((":", "："))


def _lines(block: Block) -> Iterator[Line]:
    if block.kind == "list":
        for item in block.children:
            below = [child for child in item.children if child.kind == "list"]
            more = "; ".join(child.head.text for b in below for child in b.children)
            paragraph = item.children[0] if item.children else item
            head = join_lines(line.text for line in paragraph.lines)
            yield Line(f"{head} {more}".strip(), item.head.at)
    elif block.kind == "table":
        yield from _rows(block)
    elif block.kind == "quote":
        for child in block.children:
            yield from _lines(child)
    else:
        yield from (line for line in block.lines if line.text.strip() and not _introduces(line.text))


def _rows(block: Block) -> Iterator[Line]:
    """Rows as `where → what`, by the columns' headings, else the first and the last."""
    heads = [meaning("labels", "table", cell.head.text) for cell in block.children[0].children]
    where = heads.index("failed") if "failed" in heads else 0
    what = heads.index("action") if "action" in heads else len(heads) - 1
    for row in block.children[1:]:
        cells = [cell.head for cell in row.children]
        if cells[where].text.strip():
            yield Line(f"{_as_steps(cells[where].text)} → {cells[what].text}", cells[where].at)


def _as_steps(cell: str) -> str:
    """A cell of bare numbers (`1-3`) is about steps."""
    return f"step {cell}" if re.fullmatch(r"\s*\d+(?:\s*[-–~～至到]\s*\d+)?\s*", cell) else cell


def _listed(numbers: set[int]) -> str:
    ordered = sorted(numbers)
    return f"{ordered[0]}–{ordered[-1]}" if ordered else "—"
