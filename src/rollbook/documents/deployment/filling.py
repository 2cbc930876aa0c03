"""A deployment document filled in by a run: where each value belongs, as edits of the document's own text.

tables      facts into the information table, measured figures behind canary stages, what became of migrations, names
            into the sign-off table
checklist   boxes ticked, evidence behind each item
record      a section of its own at the end

Whatever is not one of these keeps every byte. Places are found as the reader finds them: by shape and vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rollbook.documents.blocks import Block
from rollbook.documents.classifying import RECORD_MARK
from rollbook.documents.deployment import tables_of
from rollbook.documents.deployment.cells import cell_of, is_open
from rollbook.documents.deployment.checklist import parted
from rollbook.documents.deployment.editing import added_columns, added_rows, filled, filled_row
from rollbook.documents.deployment.found import Found, Table
from rollbook.documents.deployment.sections import title_and_sections
from rollbook.documents.deployment.stages import MEASURED
from rollbook.documents.markdown import parse
from rollbook.documents.notes import Notes
from rollbook.documents.vocabulary import meaning, spelling
from rollbook.model.deployment import Deployment
from rollbook.model.filling import FactName, Filling, Tick
from rollbook.problems import Edit, source_lines
from rollbook.values import At

BOXES = {"[ ]": "[x]", "☐": "☑", "": "✓"}
"""An open box → a ticked one; a blank cell gets a mark."""


class Page(NamedTuple):
    """A document and what is written into it."""

    document: Deployment
    filling: Filling
    lines: Sequence[str]

    def word(self, topic: str, meaning_: str) -> str:
        """How a head or label is written in the document's language."""
        return spelling("deployment", topic, meaning_, self.document.language)


def edits_of(document: Deployment, filling: Filling) -> tuple[Edit, ...]:
    """Every edit that fills the document in. Edits at one place stand in the order in which they are to be made."""
    parsed = parse(document.source.text)
    page = Page(document, filling, source_lines(document.source.text))
    _, sections = title_and_sections(parsed.blocks)
    tables = tuple(tables_of(sections, Found(Notes("", parsed.lines))).values())
    edits = [*_record(page, parsed.blocks), *_version(page), *_facts(page, tables)]
    for table in tables:
        edits += FILLERS.get(table.shape.kind, _nothing)(page, table)
    return (*edits, *_ticked(page, parsed.blocks))


def _version(page: Page) -> Iterator[Edit]:
    cell = page.document.release_version
    if cell.blank and cell.at.line and page.filling.version:
        yield filled(page.lines, cell, page.filling.version)


def _facts(page: Page, tables: Iterable[Table]) -> list[Edit]:
    """Facts into blank cells beside their labels; what has no label becomes a row of the table that tells the
    version."""
    told: dict[FactName, str] = dict(page.filling.facts)
    edits: list[Edit] = []
    home: Table | None = None
    for table in (t for t in tables if t.shape.kind == "information"):
        label, value = table.shape.columns["label"], table.shape.columns["value"]
        for row in table.grid.rows:
            name = meaning("deployment", "run_fact", cell_of(row[label]).text)
            home = home or (table if meaning("deployment", "fact", row[label].text) == "release_version" else None)
            text = told.pop(name, "") if name else ""  # type: ignore[call-overload]
            if text and cell_of(row[value]).blank:
                edits.append(filled(page.lines, cell_of(row[value]), text))
    if home is None:
        return edits
    columns = (home.shape.columns["label"], home.shape.columns["value"])
    rows = [(page.word("run_fact", name), text) for name, text in told.items() if text]
    return [*edits, *added_rows(page.lines, home.grid, columns, rows)]


def _canary(page: Page, table: Table) -> list[Edit]:
    """Figures of each stage, in columns of their own."""
    if not page.filling.stages:
        return []
    names = [f"measured_{name}" for name in MEASURED]
    figures = {n: [getattr(stage, name) for name in MEASURED] for n, stage in page.filling.stages.items()}
    return _columns(page, table, "canary", names, figures)


def _migrations(page: Page, table: Table) -> list[Edit]:
    """What became of each script, and its checksum where the table states none."""
    done = page.filling.migrations
    if not done:
        return []
    edits: list[Edit] = []
    names, cells = ["applied"], {n: [one.said] for n, one in done.items()}
    if "checksum" in table.shape.columns:
        for row in table.grid.rows:
            one = done.get(row[0].at.line)
            if one and one.checksum and table.cell(row, "checksum").blank:
                edits.append(filled(page.lines, table.cell(row, "checksum"), one.checksum))
    elif any(one.checksum for one in done.values()):
        names, cells = [*names, "checksum"], {n: [one.said, one.checksum or "-"] for n, one in done.items()}
    return [*edits, *_columns(page, table, "migrations", names, cells)]


def _checklist(page: Page, table: Table) -> list[Edit]:
    """Boxes of a checklist that is a table."""
    ticks = {row[0].at.line: tick for row in table.grid.rows if (tick := page.filling.boxes.get(row[0].at.line))}
    edits: list[Edit] = []
    for row in table.grid.rows:
        tick = ticks.get(row[0].at.line)
        cell = table.line(row, "done")
        if tick and tick.done and "done" in table.shape.columns and (cell.text in BOXES or is_open(cell.text)):
            edits += filled_row(page.lines, row, {table.shape.columns["done"]: BOXES.get(cell.text, "✓")})
    said = {n: [f"{tick.sign} {tick.said}"] for n, tick in ticks.items()}
    return [*edits, *(_columns(page, table, "checklist", ["evidence"], said) if said else [])]


def _signoffs(page: Page, table: Table) -> list[Edit]:
    """Name, day and status into the rows that the run's approval answers."""
    columns, edits = table.shape.columns, list[Edit]()
    if not {"name", "date", "status"} <= set(columns):
        return []
    for row in table.grid.rows:
        if one := page.filling.signatures.get(row[0].at.line):
            texts = {columns["name"]: one.name, columns["date"]: one.date, columns["status"]: one.status}
            edits += filled_row(page.lines, row, texts)
    return edits


def _columns(
    page: Page, table: Table, topic: str, names: Sequence[str], rows: dict[int, list[str]]
) -> list[Edit]:  # fmt: skip
    """New columns of these meanings; columns that an earlier run filled in are filled in anew."""
    there = [name for name in names if name in table.shape.columns]
    edits = [
        filled(page.lines, table.cell(row, name), rows[row[0].at.line][names.index(name)])
        for row in table.grid.rows
        for name in there
        if row[0].at.line in rows
    ]
    fresh = [i for i, name in enumerate(names) if name not in there]
    heads = [page.word(topic, names[i]) for i in fresh]
    cells = {line: [texts[i] for i in fresh] for line, texts in rows.items()}
    return [*edits, *(added_columns(page.lines, table.grid, heads, cells) if fresh else [])]


def _nothing(_page: Page, _table: Table) -> list[Edit]:
    return []


FILLERS: dict[str, Callable[[Page, Table], list[Edit]]] = {
    "canary": _canary, "migrations": _migrations, "checklist": _checklist, "signoffs": _signoffs,
}  # fmt: skip


def _ticked(page: Page, blocks: Iterable[Block]) -> Iterator[Edit]:
    """Boxes and evidence of the items of lists."""
    for block in blocks:
        tick = page.filling.boxes.get(block.head.at.line) if block.kind == "item" else None
        if tick:
            yield from _tick(page, block, tick)
        yield from _ticked(page, block.children if block.kind in ("list", "item", "quote") else ())


def _tick(page: Page, block: Block, tick: Tick) -> Iterator[Edit]:
    head = block.head
    box = next((mark for mark in BOXES if mark and head.text.lstrip().startswith(mark)), "")
    if box and tick.done:
        start = page.lines[head.at.line - 1].index(box, head.at.column - 1)
        yield Edit(At(head.at.line, start + 1), box, BOXES[box])
    last = block.children[0].lines[-1].at.line if block.children and block.children[0].lines else head.at.line
    bare = page.lines[last - 1].rstrip()
    kept = parted(bare)[0]
    said = " ".join(tick.said.split())
    yield Edit(At(last, len(kept) + 1), bare[len(kept) :], f" — {tick.sign} {said}")


def _record(page: Page, blocks: Iterable[Block]) -> Iterator[Edit]:
    """The run's record behind everything else, its headings below the document's title."""
    if not page.filling.record:
        return
    levels = [block.level for block in blocks if block.kind == "heading"] or [1]
    deeper = levels[0] if page.document.title else max(1, min(levels) - 1)
    last = page.lines[-1]
    lead = "\n" if not last else "\n\n"
    lines = [RECORD_MARK, "", "---", "", *_deeper(page.filling.record, deeper)]
    yield Edit(At(len(page.lines), len(last) + 1), "", lead + "\n".join(lines) + "\n")


def _deeper(lines: Iterable[str], by: int) -> Iterator[str]:
    """Headings that many levels further down, six at most; other lines, and those of fences, as they are."""
    fence = ""
    for line in lines:
        ticks = line[: len(line) - len(line.lstrip("`"))]
        if len(ticks) > 2 and not fence:
            fence = ticks
        elif fence and line.strip() == fence:
            fence = ""
        marks = 0 if fence else len(line) - len(line.lstrip("#"))
        yield "#" * min(6, marks + by) + line[marks:] if marks else line
