"""Who signs, and what is written next: the sign-off table and the downstream documents."""

from __future__ import annotations

import re

from rollbook.documents.blocks import Block, Line
from rollbook.documents.deployment.cells import looks_like_a_date, truth_of
from rollbook.documents.deployment.found import Found, Table, keep_others
from rollbook.documents.deployment.standing import check_status
from rollbook.model.deployment import Cell, Downstream, SignOff
from rollbook.model.phrases import plain_text
from rollbook.values import At


def read_signoffs(table: Table, found: Found) -> None:
    """One row per role; cells keep their places, blank ones too, so that signing can fill them."""
    for row in table.grid.rows:
        role = table.text(row, "role") or table.text(row, "name")
        if not role:
            continue
        name, date, status = (table.cell(row, meaning) for meaning in ("name", "date", "status"))
        check_date(date, found)
        check_status("" if status.blank else status.text, status.at, found.notes)
        found.signoffs.append(SignOff(role, name, date, status, row[0].at))
    keep_others(table, found)


def check_date(date: Cell, found: Found) -> None:
    """A date must look like one; whether there is such a day is not asked here."""
    if not date.blank and not looks_like_a_date(date.text):
        found.notes.problem("unreadable-date", date.at, text=date.text)


def read_downstream_list(block: Block, found: Found) -> bool:
    """Documents that this one feeds, by their paths. False when an item names none."""
    read = [_downstream(item.head) for item in block.children]
    if not all(read):
        return False
    found.downstream += [one for one in read if one]
    return True


def _downstream(line: Line) -> Downstream | None:
    box = _BOX.match(line.text)
    text = line.text[box.end() :] if box else line.text
    link = re.match(r"\s*\[([^\]]+)\]\((\S+?)\)", text)
    path = link or _PATH.search(plain_text(text).replace("`", ""))
    if not path:
        return None
    name = link.group(2) if link else path.group()
    rest = text[link.end() :] if link else plain_text(text).replace("`", "").replace(name, "", 1)
    at = At(line.at.line, line.at.column + (box.end() if box else 0))
    return Downstream(name, _described(rest), bool(box and box.group(1) != " "), at)


_BOX = re.compile(r"\s*\[([ xX✓✔])\]\s+")
_PATH = re.compile(r"[\w./-]+\.(?:md|markdown|txt|adoc|rst|docx?|pdf|ya?ml|json)\b", re.IGNORECASE)


def _described(text: str) -> str:
    """What stands behind a path, without its brackets, dash or colon."""
    bare = text.strip().lstrip(":：-–—").strip()
    whole = re.fullmatch(r"[(（](.*)[)）]", bare)
    return whole.group(1).strip() if whole else bare


def read_downstream_table(table: Table, found: Found) -> None:
    for row in table.grid.rows:
        if path := table.text(row, "path"):
            done = truth_of(table.text(row, "done")) is True
            found.downstream.append(Downstream(path, table.text(row, "description"), done, row[0].at))
    keep_others(table, found)
