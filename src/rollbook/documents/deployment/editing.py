"""Cells of a table filled in, and columns added to it: edits that leave every other byte as it was."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rollbook.documents.blocks import Line
from rollbook.documents.deployment.cells import cell_of
from rollbook.documents.deployment.grid import Grid, cells_in
from rollbook.model.deployment import Cell
from rollbook.problems import Edit
from rollbook.values import At


def filled(lines: Sequence[str], cell: Cell, text: str) -> Edit:
    """The cell's text replaced, the blanks around it kept; a cell of nothing but blanks gets its text before the last
    one."""
    line, column = lines[cell.at.line - 1], cell.at.column - 1
    end = _end_of_cell(line, column)
    old = line[column:end].rstrip()
    space = "" if old or (column < end) else " "
    return Edit(cell.at, old, in_cell(text) + space)


def filled_row(lines: Sequence[str], row: Sequence[Line], texts: Mapping[int, str]) -> list[Edit]:
    """Cells of one row filled, by column; those that the row lacks are written behind it."""
    number = row[0].at.line
    there = len(cells_in(lines[number - 1]))
    edits = [filled(lines, cell_of(row[column]), text) for column, text in texts.items() if column < there]
    lacking = [texts.get(column, "") for column in range(there, max(texts) + 1)]
    return [*edits, *([_behind(lines, number, lacking)] if lacking else [])]


def in_cell(text: str) -> str:
    """`text` as a cell can hold it: on one line, its bars escaped, nothing that begins markup of HTML: a wide `＜`
    reads as the plain one."""
    plain = re.sub(r"\s*[\r\n]+\s*", " ", text).replace("\\", "\\\\").replace("|", "\\|")
    return re.sub(r"<(?=[A-Za-z/!?])", "＜", plain)


def added_columns(
    lines: Sequence[str], grid: Grid, heads: Sequence[str], rows: Mapping[int, Sequence[str]]
) -> list[Edit]:
    """Columns behind the last one; `rows`: line of a row → its new cells. Nothing where a row has more cells than the
    table has columns: they would become cells of the new ones."""
    if grid.surplus:
        return []
    first, last = grid.heads[0].at.line, grid.last_line
    below = range(first + 2, last + 1)
    blank = ["-"] * len(heads)
    made = [_behind(lines, first, heads), _rule(lines, first + 1, len(heads))]
    return [*made, *(_behind(lines, n, rows.get(n, blank), _missing(lines[n - 1], grid)) for n in below)]


def added_rows(lines: Sequence[str], grid: Grid, columns: Sequence[int], rows: Sequence[Sequence[str]]) -> list[Edit]:
    """Rows below the last one, `rows` giving the cells of `columns`, the others blank; drawn as the last row is."""
    last = lines[grid.last_line - 1]
    lead = last[: len(last) - len(last.lstrip(" \t>"))]
    edge = ("| ", " |") if last[len(lead) :].startswith("|") else ("", "")
    made = []
    for row in rows:
        cells = ["" for _ in grid.heads]
        for column, text in zip(columns, row, strict=True):
            cells[column] = in_cell(text)
        made.append(f"\n{lead}{edge[0]}{' | '.join(cells)}{edge[1]}")
    return [Edit(At(grid.last_line, len(last) + 1), "", "".join(made))] if made else []


def _rule(lines: Sequence[str], number: int, count: int) -> Edit:
    """The line below the heads made longer, as closely drawn as it is."""
    edit = _behind(lines, number, ["---"] * count)
    close = " " not in lines[number - 1].strip()
    return Edit(edit.at, edit.old, edit.new.replace(" ", "")) if close else edit


def _behind(lines: Sequence[str], number: int, cells: Sequence[str], missing: int = 0) -> Edit:
    """Cells written at the end of a row, behind as many empty ones as it lacks."""
    bare = lines[number - 1].rstrip()
    closed = bare.endswith("|") and not bare.endswith("\\|")
    texts = [*[""] * missing, *map(in_cell, cells)]
    new = "".join(f" {text} |" for text in texts) if closed else "".join(f" | {text}" for text in texts)
    return Edit(At(number, len(bare) + 1), "", new)


def _missing(line: str, grid: Grid) -> int:
    """How many cells a row has less than the table has columns."""
    return max(0, len(grid.heads) - len(cells_in(line)))


def _end_of_cell(line: str, start: int) -> int:
    """Where the bar stands that ends the cell which begins at `start`; a bar behind a backslash is text."""
    at = start
    while at < len(line) and line[at] != "|":
        at += 2 if line[at] == "\\" else 1
    return min(at, len(line))
