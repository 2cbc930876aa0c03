"""Drawings in fences: which one shows the architecture, and the pipeline's nodes with the marks below them.

Columns are those of a terminal: wide characters take two, ambiguous ones (arrows, box lines) one.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from rollbook.documents.blocks import Line
from rollbook.values import At

ARROWS = re.compile(r"\s*(?:[-=─━]*[→⇒➜➔⟶▶►]|[-=]+>|>>+)\s*")
DOWN = re.compile(r"[\s│┃|↓⇓▼vV┬┴]*")
_BOXES = re.compile(r"[\u2500-\u257f]|\+--+|▲|▼")


class Drawn(NamedTuple):
    """One node as drawn, and the note tied to it."""

    text: str
    note: str
    at: At


class _Span(NamedTuple):
    """A text and the display columns that it covers, the last one excluded."""

    text: str
    first: int
    last: int
    at: At


def is_drawing(text: str) -> bool:
    """Whether a text is drawn with lines and boxes."""
    return bool(_BOXES.search(text))


def arrows(text: str) -> int:
    return len(ARROWS.findall(text))


def drawn_nodes(lines: Iterable[Line]) -> tuple[Drawn, ...]:
    """Nodes in order; lines without arrows hold notes for the nodes above them, or are nodes of a drawing that goes
    down the page."""
    rows = [line for line in lines if line.text.strip()]
    if not any(ARROWS.search(line.text) for line in rows):
        return _downward(rows)
    nodes: list[Drawn] = []
    spans: list[_Span] = []
    for line in rows:
        if ARROWS.search(line.text):
            spans = _spans(line)
            nodes += [Drawn(s.text, "", s.at) for s in spans]
        else:
            _tie(_notes(line), spans, nodes)
    return tuple(nodes)


def _spans(line: Line) -> list[_Span]:
    """The nodes of one line, apart at its arrows."""
    found, start, columns = [], 0, _columns(line.text)
    for end, following in [*((m.start(), m.end()) for m in ARROWS.finditer(line.text)), (len(line.text), 0)]:
        part = line.text[start:end]
        if text := part.strip(" \t│|"):
            begins = start + part.index(text)
            found.append(_Span(text.strip("[]"), columns[begins], columns[begins + len(text)], _at(line, begins)))
        start = following
    return found


def _notes(line: Line) -> list[_Span]:
    """The notes of one line: texts apart by two blanks or more, each from its connector on."""
    found, columns = [], _columns(line.text)
    for m in _NOTE.finditer(line.text):
        if text := m["text"].strip("─-> "):
            first = columns[m.start()]
            last = first + 1 if m["tie"] else columns[m.end()]
            found.append(_Span(text, first, last, _at(line, m.start("text"))))
    return found


_NOTE = re.compile(r"(?P<tie>[└├╰+`\\][─━-]*[>▶]?\s?|[\^↑▲]\s?)?(?P<text>[^\s│┃|└├╰─━↑▲^](?:\s?[^\s│┃|└├╰]+)*)")


def _tie(notes: list[_Span], spans: list[_Span], nodes: list[Drawn]) -> None:
    """Each note to the node that stands above it, in a gap to the nearest one."""
    offset, firsts = len(nodes) - len(spans), [span.first for span in spans]
    for note in notes if spans else ():
        middle = (note.first + note.last - 1) / 2
        left = max(bisect_right(firsts, middle) - 1, 0)
        near = spans[left : left + 2]
        index = left + (len(near) > 1 and _distance(near[1], middle) < _distance(near[0], middle))
        before = nodes[offset + index]
        nodes[offset + index] = before._replace(note=f"{before.note} {note.text}".strip())


def _distance(span: _Span, column: float) -> float:
    return max(span.first - column, column - (span.last - 1), 0)


def _downward(rows: list[Line]) -> tuple[Drawn, ...]:
    """One node a line, with `↓` or nothing between them."""
    found = []
    for line in rows:
        if not DOWN.fullmatch(line.text) and (text := line.text.strip(" \t│┃|+─━-┌┐└┘├┤")):
            found.append(Drawn(text, "", _at(line, line.text.index(text))))
    return tuple(found)


def _at(line: Line, offset: int) -> At:
    """The place of a character of a line, which knows the column of its first character that is no blank."""
    indent = len(line.text) - len(line.text.lstrip())
    return At(line.at.line, line.at.column + offset - indent)


def _columns(text: str) -> list[int]:
    """The display column at which each character begins, and where the text ends."""
    return list(accumulate(map(_width, text), initial=0))


def _width(sign: str) -> int:
    """Columns that a character takes in a terminal."""
    if sign.isascii():
        return 1
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 0 if unicodedata.combining(sign) else 1
