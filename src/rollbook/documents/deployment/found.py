"""What a deployment document holds, while it is being read."""

from __future__ import annotations

import msgspec

from rollbook.documents.blocks import Block, Line
from rollbook.documents.deployment.cells import cell_of, is_blank, other_tag
from rollbook.documents.deployment.grid import Grid, column_names
from rollbook.documents.deployment.sections import Section
from rollbook.documents.deployment.shapes import Shape
from rollbook.documents.notes import Notes
from rollbook.documents.vocabulary import meaning
from rollbook.model.deployment import (
    AlertRule,
    CanaryStage,
    Cell,
    ChecklistItem,
    CommandFence,
    Downstream,
    Environment,
    FrontMatter,
    Link,
    Migration,
    PipelineNode,
    ProbeSpec,
    Resource,
    RunbookRow,
    SignOff,
    UnreadCell,
    Variable,
)
from rollbook.values import At


class Found(msgspec.Struct):
    """Collected section by section; the fields are those of `Deployment`."""

    notes: Notes
    front: FrontMatter = FrontMatter()
    information: dict[str, Cell] = {}
    release_version: Cell = Cell()
    release_window: Cell = Cell()
    architecture: list[str] = []
    environments: list[Environment] = []
    variables: list[Variable] = []
    resources: list[Resource] = []
    pipeline: list[PipelineNode] = []
    fences: list[CommandFence] = []
    migrations: list[Migration] = []
    checklist: list[ChecklistItem] = []
    canary: list[CanaryStage] = []
    probes: list[ProbeSpec] = []
    alerts: list[AlertRule] = []
    links: list[Link] = []
    runbook: list[RunbookRow] = []
    signoffs: list[SignOff] = []
    downstream: list[Downstream] = []
    unread_cells: list[UnreadCell] = []
    first: dict[tuple[str, str], At] = {}
    """Kind and name → where it stood first: names of environments by identity, of variables, of migrations."""

    def seen(self, kind: str, name: str, at: At) -> At | None:
        """Where a name stood before; None the first time, which is remembered."""
        known = self.first.get((kind, name))
        if known is None:
            self.first[kind, name] = at
        return known

    def keep_cell(self, table: str, column: str, cell: Line, *, expected: bool = False) -> None:
        """Remember a cell that no rule understood; a blank one says nothing (M3). `expected`: its column is known."""
        found = cell_of(cell)
        if not found.blank:
            self.unread_cells.append(UnreadCell(table, column, found.text, cell.at, expected))

    def keep_block(self, section: Section, block: Block) -> None:
        """Remember a block that nobody read, under its section's title."""
        last = max(block.last_line, block.at.line)
        what = section.title or block.kind
        text = self.notes.source(block.at.line, last)
        self.notes.keep(what, text, block.at, warn=False, about=section.about)


class Table(msgspec.Struct, frozen=True):
    """One recognised table: its cells by the meanings of their columns."""

    grid: Grid
    shape: Shape
    section: Section

    def line(self, row: tuple[Line, ...], meaning: str) -> Line:
        """The cell of a meaning; an empty one where the table has no such column."""
        column = self.shape.columns.get(meaning)
        return Line("", At()) if column is None else row[column]

    def cell(self, row: tuple[Line, ...], meaning: str) -> Cell:
        return cell_of(self.line(row, meaning))

    def text(self, row: tuple[Line, ...], meaning: str) -> str:
        """What the cell of a meaning says; "" when it is blank."""
        found = self.cell(row, meaning)
        return "" if found.blank else found.text

    def head(self, meaning: str) -> str:
        column = self.shape.columns.get(meaning)
        return "" if column is None else self.grid.heads[column].text

    def keep(self, row: tuple[Line, ...], meaning: str, found: Found) -> None:
        """Remember one cell as not understood."""
        found.keep_cell(self.section.title, self.head(meaning), self.line(row, meaning), expected=True)


def keep_others(table: Table, found: Found) -> None:
    """Remember the cells of columns that mean nothing here, and those beyond the last column."""
    for row in table.grid.rows:
        for column in table.shape.other_columns(len(table.grid.heads)):
            if meaning("deployment", "column", table.grid.heads[column].text) == "numbering":
                continue
            found.keep_cell(table.section.title, cell_of(table.grid.heads[column]).text, row[column])
    for cell in table.grid.surplus:
        found.keep_cell(table.section.title, "", cell)


def check_tags(grid: Grid, notes: Notes) -> None:
    """HTML that is more than emphasis and line breaks: nobody who reads the page sees it as it is written."""
    for cell in (*grid.heads, *(cell for row in grid.rows for cell in row), *grid.surplus):
        if "<" in cell.text and (tag := other_tag(cell.text)):
            notes.problem("html-in-cell", cell.at, text=tag)


def check_heads(grid: Grid, notes: Notes) -> None:
    """Two columns of one name: nobody can say which of them counts."""
    for columns in column_names(grid).values():
        for column in columns[1:]:
            head = grid.heads[column]
            if not is_blank(head.text):
                first = cell_of(grid.heads[columns[0]]).text
                notes.problem("duplicate-column", head.at, name=cell_of(head).text, first=first)
