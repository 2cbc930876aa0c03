"""Checklists in three phases, before, during and after the release, as task lists or tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from rollbook.documents.blocks import Block
from rollbook.documents.deployment.cells import cell_of, is_done, uncommented, unescaped
from rollbook.documents.deployment.found import Found, Table, keep_others
from rollbook.documents.deployment.sections import Section, phase_of
from rollbook.documents.items import item_of, made_item
from rollbook.documents.notes import Notes
from rollbook.model.deployment import ChecklistItem, Phase


def is_checklist(block: Block, section: Section) -> bool:
    """A list of tasks with boxes, or any list below a heading of a phase or of a checklist."""
    boxes = _boxes(block)
    if section.about in ("downstream", "signoffs", "links", "runbook", "operations", "undo", "alerts"):
        return bool(section.phase) and boxes
    return boxes or bool(section.phase) or section.about == "checklist"


def _boxes(block: Block) -> bool:
    return any(_BOX.match(item.head.text) or any(_boxes(c) for c in item.children) for item in block.children)


_BOX = re.compile(r"\s*(?:\[[ xX✓✔]\]|[☐☑☒])\s+")


def read_checklist(block: Block, section: Section, found: Found) -> None:
    """The items of a list. An item that names a phase, with items below it, is a heading for them."""
    due = section.phase or ("during" if _counts(block) else "before")
    for item in block.children:
        below = [child for child in item.children if child.kind == "list"]
        phase = phase_of(item.head.text) if below and not _BOX.match(item.head.text) else ""
        if phase:
            for child in below:
                found.checklist += _items(child, _phase(phase), found.notes)
        else:
            found.checklist.append(_item(_phase(due), item, found.notes))


def _counts(block: Block) -> bool:
    """A numbered list without boxes tells what to do, in order: without a phase it is the release itself."""
    return all(item.level for item in block.children) and not _boxes(block)


def _items(block: Block, phase: Phase, notes: Notes) -> Iterator[ChecklistItem]:
    for item in block.children:
        yield _item(phase, item, notes)


def _item(phase: Phase, block: Block, notes: Notes) -> ChecklistItem:
    """One item; command blocks in it are fences of the document, and no items."""
    children = [child for child in block.children if child.kind not in ("fence", "table")]
    bare = msgspec.structs.replace(block, children=children)
    item = item_of(bare, notes)
    text, box = item.text, item.checkbox
    if text[:1] in ("☐", "☑", "☒"):
        text, box = text[1:].strip(), text[0] != "☐"
    text, evidence = parted(unescaped(uncommented(text)))
    if text != item.text:
        item = msgspec.structs.replace(made_item(text, item.at, item.children), checkbox=box)
    return ChecklistItem(phase, item, evidence)


def parted(text: str) -> tuple[str, str]:
    """An item's text, and the evidence behind it (`… — ✓ 10:02 …`)."""
    found = _EVIDENCE.search(text)
    return (text[: found.start()], found.group(1)) if found else (text, "")


_EVIDENCE = re.compile(r"\s+—\s+([✓✗?⊘·]\s+\S.*)\Z", re.DOTALL)


def _phase(text: str) -> Phase:
    """Without a phase an item is due before: nothing should go out that it could have held."""
    return "during" if text == "during" else "after" if text == "after" else "before"


def read_checklist_table(table: Table, found: Found) -> None:
    """One item a row; a cell with a box, ✓ or a word for done is its box."""
    phase = table.section.phase
    for row in table.grid.rows:
        phase = phase_of(table.text(row, "phase")) or (phase if "phase" in table.shape.columns else table.section.phase)
        line = table.line(row, "item")
        if not cell_of(line).blank:
            text, evidence = parted(line.text)
            made = made_item(text, line.at)
            done = is_done(table.cell(row, "done").text) if "done" in table.shape.columns else made.checkbox
            evidence = table.line(row, "evidence").text or evidence
            item = msgspec.structs.replace(made, checkbox=done)
            found.checklist.append(ChecklistItem(_phase(phase), item, evidence))
    keep_others(table, found)
