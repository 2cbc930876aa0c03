"""What reversing a migration loses, as far as its script and the database tell: tables, columns, rows (M31).

The script's statements are read by their words alone; what is not understood is named as it stands, never as harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from rollbook.model.deployment import Migration
from rollbook.ports import Database, Project
from rollbook.ports.database import Part
from rollbook.ports.statements import statements
from rollbook.steps.migrate import undo_of
from rollbook.values import Words

_NAME = r'(?:"[^"]+"|`[^`]+`|\[[^\]]+\]|[\w.]+)(?:\."[^"]+")?'
_TABLE = re.compile(rf"drop\s+table\s+(?:if\s+exists\s+)?({_NAME}(?:\s*,\s*{_NAME})*)", re.IGNORECASE)
_ALTER = re.compile(rf"alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?({_NAME})", re.IGNORECASE)
_COLUMN = re.compile(
    rf"\bdrop\s+(?:column\s+)?(?:if\s+exists\s+)?(?!constraint\b|not\b|default\b)({_NAME})", re.IGNORECASE
)
_ROWS = re.compile(rf"(?:delete\s+from|truncate(?:\s+table)?)\s+(?:only\s+)?({_NAME})", re.IGNORECASE)
_HARMLESS = re.compile(
    r"drop\s+(?:unique\s+)?(?:index|view|materialized\s+view|trigger|function|procedure)\b|create\b|comment\b",
    re.IGNORECASE,
)
LONGEST = 80


class Loss(msgspec.Struct, frozen=True):
    """One thing that is lost. `part` None: what the statement `text` loses cannot be read from it. `rows` None: it is
    not there, so nothing is lost with it."""

    version: str
    part: Part | None = None
    rows: int | None = None
    text: str = ""

    def told(self, language: str) -> str:
        return f"{self.version}: {self._what().said(language)}"

    def _what(self) -> Words:
        if self.part is None:
            return UNREAD.format(text=self.text) if self.text else NOTHING
        known = self.rows is not None
        if self.part.column:
            words = COLUMN if known else COLUMN_GONE
            return words.format(table=self.part.table, column=self.part.column, rows=self.rows)
        return (TABLE if known else TABLE_GONE).format(table=self.part.table, rows=self.rows)


async def losses_of(migrations: Sequence[Migration], project: Project, database: Database) -> tuple[Loss, ...]:
    """What reversing these, in order, would lose now. Raises Unreachable."""
    found = [loss for m in migrations for loss in read(m.version, undo_of(m, project))]
    parts = list(dict.fromkeys(loss.part for loss in found if loss.part is not None))
    sizes = dict(zip(parts, await database.rows(parts), strict=True))
    return tuple(msgspec.structs.replace(x, rows=sizes[x.part]) if x.part else x for x in found)


def read(version: str, undo: str | None) -> Iterator[Loss]:
    """Every loss that a script speaks of; one that names none where it loses nothing; one unread without a script."""
    if undo is None:
        yield Loss(version, text="?")
        return
    found = [loss for s in statements(undo) for loss in _of_statement(version, s.text)]
    yield from found or [Loss(version)]


def _of_statement(version: str, text: str) -> Iterator[Loss]:
    if dropped := _TABLE.match(text):
        yield from (Loss(version, Part(plain(name))) for name in re.findall(_NAME, dropped[1]))
    elif emptied := _ROWS.match(text):
        yield Loss(version, Part(plain(emptied[1])))
    elif (altered := _ALTER.match(text)) and (columns := _COLUMN.findall(text, altered.end())):
        yield from (Loss(version, Part(plain(altered[1]), plain(column))) for column in columns)
    elif not _HARMLESS.match(text):
        line = " ".join(text.split())
        yield Loss(version, text=line if len(line) <= LONGEST else line[: LONGEST - 1] + "…")


def plain(name: str) -> str:
    """The name without its quotes; one without quotes is written in lower case, as PostgreSQL keeps it."""
    parts = re.findall(r'"[^"]+"|`[^`]+`|\[[^\]]+\]|[\w]+', name)
    return ".".join(p[1:-1] if p[0] in '"`[' else p.lower() for p in parts)


TABLE = Words("table {table} with {rows} rows", "表 {table}（{rows} 行）")
TABLE_GONE = Words("table {table}, which is not there", "表 {table}（不存在）")
COLUMN = Words("column {table}.{column} with {rows} values", "列 {table}.{column}（{rows} 个值）")
COLUMN_GONE = Words("column {table}.{column}, which is not there", "列 {table}.{column}（不存在）")
UNREAD = Words("cannot be told from “{text}”", "无法从“{text}”得知")
NOTHING = Words("no table, column or row", "不涉及表、列或数据行")
