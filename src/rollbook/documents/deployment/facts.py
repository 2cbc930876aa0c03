"""The document's facts: front matter, the information table, and `label: value` lines. Scalars stay text (M3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from rollbook.documents.approvals import split_label, split_names
from rollbook.documents.blocks import Block, Line
from rollbook.documents.deployment.cells import cell_of, is_blank
from rollbook.documents.deployment.found import Found, Table
from rollbook.documents.deployment.signing import check_date
from rollbook.documents.deployment.standing import check_status
from rollbook.documents.notes import Notes
from rollbook.documents.vocabulary import meaning
from rollbook.documents.yaml_reading import Node, read_yaml
from rollbook.model.deployment import Cell, FrontMatter
from rollbook.model.phrases import plain_text
from rollbook.values import At

TEXTS = ("status", "author", "created", "updated", "version")
LISTS = ("reviewers", "depends_on")


def read_front(blocks: Iterable[Block], found: Found) -> None:
    """The front matter. One that is begun and never closed, or that is no mapping, is a problem."""
    front = next((block for block in blocks if block.kind == "front"), None)
    if front is None:
        _check_unclosed(found.notes)
        return
    node, problems = read_yaml(front.lines, found.notes.file)
    found.notes.problems += problems
    if node is None or node.entries is None:
        if node is not None and not problems:
            found.notes.problem("bad-front-matter", node.at)
        return
    found.front = _front(node, found.notes)
    check_status(found.front.status, found.front.lines.get("status", At()), found.notes)
    for name in ("created", "updated"):
        check_date(_cell(getattr(found.front, name), found.front.lines.get(name, At())), found)


def _front(node: Node, notes: Notes) -> FrontMatter:
    fields: dict[str, Any] = {}
    others: dict[str, Any] = {}
    lines: dict[str, At] = {}
    seen: dict[str, At] = {}
    for key, value in node.entries or ():
        name = (key.text or "").strip()
        if name in seen:
            notes.problem("duplicate-key", key.at, name=name, line=seen[name].line)
            continue
        seen[name] = key.at
        known = name if name in TEXTS + LISTS else meaning("deployment", "fact", name.replace("_", " ")) or ""
        if known in TEXTS:
            fields[known] = _one(value)
        elif known in LISTS:
            fields[known] = _many(value)
        else:
            known = name
            others[name] = value.spelled
        lines[known] = value.at
    return msgspec.structs.replace(FrontMatter(others=others, lines=lines), **fields)


def _one(node: Node) -> str:
    """A scalar as text, a list joined; "" for what is blank."""
    if node.items is not None:
        return ", ".join(text for item in node.items if (text := _one(item)))
    text = (node.text or "").strip()
    return "" if (node.plain and text in ("~", "null")) or is_blank(text) else text


def _many(node: Node) -> tuple[str, ...]:
    if node.items is not None:
        return tuple(text for item in node.items if (text := _one(item)))
    return split_names(_one(node))[0] if _one(node) else ()


def _check_unclosed(notes: Notes) -> None:
    """A first line `---` with `key:` below it was meant to be front matter."""
    head = notes.lines[:2]
    if len(head) == 2 and head[0].strip() == "---" and re.match(r"\w[\w -]*:(?: |$)", head[1]):
        notes.problem("unclosed-front-matter", At(1, 1))


def _cell(text: str, at: At) -> Cell:
    return Cell(text, not text, at=at)


def read_information(table: Table, found: Found) -> None:
    """Rows of label and value; a table of four columns has two of each."""
    grid = table.grid
    first = (table.shape.columns["label"], table.shape.columns["value"])
    pairs = [first, (2, 3)] if first == (0, 1) and len(grid.heads) == 4 else [first]
    for row in grid.rows:
        for label, value in pairs:
            take_fact(plain_text(row[label].text).replace("`", ""), row[value], found)
        for column in range(len(grid.heads)):
            if column not in {i for pair in pairs for i in pair}:
                found.keep_cell(table.section.title, cell_of(grid.heads[column]).text, row[column])
    for label, value in pairs if not _is_head(table) else ():
        if text := cell_of(grid.heads[label]).text:
            take_fact(text, grid.heads[value], found)


def _is_head(table: Table) -> bool:
    """Whether the first row names the columns, and is no fact itself."""
    label, value = table.head("label"), table.head("value")
    known = meaning("deployment", "information", label) or meaning("deployment", "information", value)
    return bool(known) or meaning("deployment", "fact", label) is None


def take_fact(label: str, value: Line, found: Found, *, listed: bool = True) -> bool:
    """One label with its value. False for a label that nobody knows, which is kept only when `listed`."""
    cell, known = cell_of(value), meaning("deployment", "fact", label)
    if known == "release_version" and (not cell.blank or not found.release_version.at.line):
        found.release_version = cell
    elif known == "release_window" and (not cell.blank or not found.release_window.at.line):
        found.release_window = cell
    elif known in TEXTS + LISTS:
        _fill_front(known, cell, found)
    if label and (listed or known):
        found.information[label] = cell
    return known is not None


def _fill_front(name: str, cell: Cell, found: Found) -> None:
    """A document without front matter tells these facts in its table."""
    if cell.blank or getattr(found.front, name) or name in found.front.lines:
        return
    value = split_names(cell.text)[0] if name in LISTS else cell.text
    lines = {**found.front.lines, name: cell.at}
    found.front = msgspec.structs.replace(found.front, lines=lines, **{name: value})
    if name in ("created", "updated"):
        check_date(cell, found)


def pairs_of(block: Block) -> Iterator[tuple[str, Line]]:
    """`label: value` of bullets and lines."""
    lines = [item.head for item in block.children] if block.kind == "list" else list(block.lines)
    for line in lines:
        label, value = split_label(line)
        if value.text and len(label) <= _LONGEST_LABEL:
            yield label, value


_LONGEST_LABEL = 40
