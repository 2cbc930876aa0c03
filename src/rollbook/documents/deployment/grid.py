"""Tables with every cell's exact place, empty cells included. Raw pipes within `code` do not part cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rollbook.documents.blocks import Block, Line
from rollbook.documents.notes import Notes
from rollbook.documents.vocabulary import key, table
from rollbook.values import At


class Grid(NamedTuple):
    """A table: its heads, its rows, each as long as the heads. `surplus` are cells beyond the last head."""

    heads: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]
    surplus: tuple[Line, ...]
    at: At
    last_line: int


def grid_of(block: Block, notes: Notes) -> Grid:
    """The table of a parsed block, cut from the document's own lines."""
    lines = [_cells(notes.lines[row.at.line - 1], row.at.line) for row in block.children]
    heads = lines[0] if lines else ()
    width = len(heads)
    rows = _with_dittos([_filled(row, width) for row in lines[1:]])
    surplus = tuple(cell for row in lines[1:] for cell in row[width:] if cell.text)
    return Grid(heads, tuple(row for row in rows if any(cell.text for cell in row)), surplus, block.at, block.last_line)


def column_names(grid: Grid) -> dict[str, list[int]]:
    """Heads as they are compared → the columns that bear them; blank heads are none."""
    found: dict[str, list[int]] = {}
    for column, head in enumerate(grid.heads):
        if name := key(head.text):
            found.setdefault(name, []).append(column)
    return found


def cells_in(line: str) -> tuple[Line, ...]:
    """The cells of one row, wherever it stands."""
    return _cells(line, 0)


def _cells(line: str, number: int) -> tuple[Line, ...]:
    """The cells of one row; a place is where the cell's text begins, or would begin."""
    start = len(line) - len(line.lstrip(" \t>"))
    end = len(line.rstrip())
    bars = list(_bars(line, start, end))
    edges = [*([] if bars and bars[0] == start else [start - 1]), *bars]
    if not bars or bars[-1] != end - 1:
        edges.append(end)
    return tuple(_cell(line, a + 1, b, number) for a, b in pairwise(edges))


def _bars(line: str, start: int, end: int) -> Iterator[int]:
    """Where cells part: at `|` that is neither escaped nor within code."""
    codes = [found.span() for found in _CODE.finditer(line, start, end)]
    inside = iter(codes)
    first, last = next(inside, (end, end))
    for found in re.finditer(r"\|", line[:end]):
        at = found.start()
        while at >= last and last < end:
            first, last = next(inside, (end, end))
        if at >= start and not first <= at < last and (at == 0 or line[at - 1] != "\\"):
            yield at


_CODE = re.compile(r"(?<![\\`])(`+)(?!`)(?:(?!\1).)+\1(?!`)")


def _cell(line: str, start: int, end: int, number: int) -> Line:
    raw = line[start:end]
    text = raw.strip()
    begins = start + (len(raw) - len(raw.lstrip()) if text else min(1, len(raw)))
    return Line(text.replace("\\|", "|"), At(number, begins + 1))


def _with_dittos(rows: list[tuple[Line, ...]]) -> tuple[tuple[Line, ...], ...]:
    """What says “as above” (〃, 同上, ditto) says what stands above it."""
    said: list[tuple[Line, ...]] = []
    for row in rows:
        above = said[-1] if said else row
        said.append(tuple(Line(a.text, c.at) if is_ditto(c.text) else c for a, c in zip(above, row, strict=True)))
    return tuple(said)


@lru_cache(maxsize=1024)
def is_ditto(text: str) -> bool:
    return key(text) in {key(word) for word in table("deployment", "cell")["ditto"]}


def _filled(row: tuple[Line, ...], width: int) -> tuple[Line, ...]:
    """The row as long as the heads: missing cells are blank, behind the last one."""
    behind = row[-1].at if row else At()
    return (*row[:width], *(Line("", behind) for _ in range(width - len(row))))
