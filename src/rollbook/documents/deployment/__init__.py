"""A deployment document: Markdown blocks → `Deployment`, by the shapes of its tables and the vocabulary of both
languages, never by position. Nothing is decided; problems are noted, what no rule understood is kept."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rollbook.documents.blocks import Block
from rollbook.documents.deployment.cells import said
from rollbook.documents.deployment.checking import check_whole
from rollbook.documents.deployment.environments import name_from_columns, read_environments
from rollbook.documents.deployment.facts import read_front
from rollbook.documents.deployment.found import Found, Table, check_heads, check_tags
from rollbook.documents.deployment.grid import Grid, grid_of
from rollbook.documents.deployment.sections import Section, title_and_sections
from rollbook.documents.deployment.shapes import Shape, shape_of
from rollbook.documents.deployment.taking import take_section
from rollbook.documents.markdown import Parsed
from rollbook.documents.notes import Notes
from rollbook.model.deployment import Deployment
from rollbook.model.words import is_environment
from rollbook.model.workflow import Source
from rollbook.values import Language


def read_deployment(parsed: Parsed, source: Source, language: Language, notes: Notes) -> Deployment:
    """The whole document; every structural problem is in `notes`."""
    title, sections = title_and_sections(parsed.blocks)
    found = Found(notes)
    read_front(parsed.blocks, found)
    tables = tables_of(sections, found)
    for table in tables.values():
        check_tags(table.grid, notes)
        if table.shape.kind != "information":
            check_heads(table.grid, notes)
        if table.shape.kind == "environments":
            read_environments(table, found)
    name_from_columns((t for t in tables.values() if t.shape.environments), found)
    for section in sections:
        take_section(section, tables, found)
    check_whole(found)
    return _finished(found, source, language, title)


def tables_of(sections: Iterable[Section], found: Found) -> dict[int, Table]:
    """Recognised tables by their first line. Lists of environments are looked for first: other tables have columns
    named as they spell them."""
    grids = [(s, b, grid_of(b, found.notes)) for s in sections for b in _tables(s.blocks)]
    shaped = [(b, s, grid, shape_of(grid, s, ())) for s, b, grid in grids]
    names = _listed((grid, shape) for _, _, grid, shape in shaped if shape)
    if not all(map(is_environment, names)):
        shaped = [(b, s, grid, shape_of(grid, s, names)) for s, b, grid in grids]
    for block, _, grid, shape in shaped:
        if shape and not grid.rows and shape.kind != "information":
            found.notes.problem("empty-table", block.at)
    return {b.at.line: Table(grid, shape, s) for b, s, grid, shape in shaped if shape and grid.rows}


def _listed(shaped: Iterable[tuple[Grid, Shape]]) -> list[str]:
    """The environments that lists of them name."""
    lists = (both for both in shaped if both[1].kind == "environments")
    return [said(row[shape.columns["name"]].text) for grid, shape in lists for row in grid.rows]


def _tables(blocks: Iterable[Block]) -> Iterable[Block]:
    """Every table, also those within lists and quotes."""
    for block in blocks:
        if block.kind == "table":
            yield block
        elif block.kind in ("list", "item", "quote"):
            yield from _tables(block.children)


def _finished(found: Found, source: Source, language: Language, title: str) -> Deployment:
    read = {name: getattr(found, name) for name in Found.__struct_fields__ if name not in ("notes", "first")}
    lists = {name: tuple(value) for name, value in read.items() if isinstance(value, list)}
    return msgspec.structs.replace(
        Deployment(source, language, title, unread=tuple(found.notes.unread)),
        **{**read, **lists, "architecture": "\n\n".join(found.architecture)},
    )
