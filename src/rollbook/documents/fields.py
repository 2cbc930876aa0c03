"""Labelled fields: `**成功条件**:` and what follows it, in a step, however the label is written.

A label may be bold or plain, with `:` or `：` inside or outside the bold, in 【brackets】, a bullet of its own, or a
heading. Plain text counts as a label only when the vocabulary knows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from rollbook.documents.blocks import Block, Line
from rollbook.documents.outline import title_of
from rollbook.documents.vocabulary import meaning
from rollbook.values import At

Topics: TypeAlias = tuple[str, ...]
"""Topics of `vocabulary/labels.toml`, the first that knows a label wins."""


class Field(msgspec.Struct):
    """`meaning` is the vocabulary's word, "" for an unknown label, "lead" for what stands before any label."""

    meaning: str
    label: str
    at: At
    value: Line
    """What follows the label on its own line; may be blank."""
    blocks: list[Block]
    closed: bool = False
    """Told on one line between the lines of another field: what follows belongs to that one again."""

    def text(self) -> str:
        """Value and paragraphs as one text, lines joined."""
        lines = [
            self.value.text,
            *(line.text.strip() for b in self.blocks if b.kind == "paragraph" for line in b.lines),
        ]
        return join_lines(lines)


def fields(blocks: Iterable[Block], topics: Topics = ("step",)) -> list[Field]:
    """All fields of `blocks` in order, the lead first when it holds anything."""
    found = [Field("lead", "", At(), Line("", At()), [])]
    for block in blocks:
        if block.kind == "paragraph":
            _take_paragraph(block, found, topics)
        elif block.kind == "heading":
            title = title_of(block)
            found.append(Field(label_meaning(title, topics) or "", title, block.at, Line("", block.at), []))
        elif block.kind == "list" and (labelled := _labelled_items(block, topics, lead=found[-1].meaning == "lead")):
            found += labelled
        else:
            _open(found).blocks.append(block)
    return [field for field in found if field.meaning != "lead" or field.blocks]


def label_meaning(label: str, topics: Topics) -> str | None:
    """What a label means; labels of an approval's own settings are all "configuration" here."""
    for topic in topics:
        if known := meaning("labels", topic, label):
            return "configuration" if topic == "approval" and known != "approvers" else known
    return None


def join_lines(lines: Iterable[str]) -> str:
    """Lines as one text: Chinese lines meet without a blank, others with one."""
    text = ""
    for line in (line.strip() for line in lines):
        wide = text and line and not (text[-1].isascii() and line[0].isascii())
        text += line if not text or wide else f" {line}" if line else ""
    return text


def labelled(line: Line, topics: Topics) -> Field | None:
    """The field that `line` opens, or None when it opens none."""
    text = line.text.strip()
    if found := _MARKED.match(text):
        label = next(g for g in (found["bold"], found["inside"], found["bracket"]) if g is not None)
        known = label_meaning(label, topics)
        if known or found["colon"] or found["inside"] is not None or found.end() == len(text):
            return _field(known or "", label.strip(" :："), line, text[found.end() :])
    if found := _PLAIN.match(text):
        known = label_meaning(found["label"], topics)
        return _field(known, found["label"], line, text[found.end() :]) if known else None
    return None


_MARKED = re.compile(
    r"(?:(?P<mark>\*\*|__|\*|_)(?P<inside>[^*_]+?)\s*[:：]\s*(?P=mark)"
    r"|(?P<mark2>\*\*|__|\*|_)(?P<bold>[^*_:：]+?)(?P=mark2)"
    r"|【(?P<bracket>[^】]+)】)\s*(?P<colon>[:：]?)\s*"
)
_SHORT = re.compile(r"[^\W\d_a-zA-Z]{1,8}|[A-Za-z][\w-]*(?: [\w-]+){0,2}")
_PLAIN = re.compile(r"(?P<label>[^:：`*]{1,40}?)\s*[:：]\s*")


def _field(known: str, label: str, line: Line, value: str) -> Field:
    column = line.at.column + len(line.text.strip()) - len(value)
    return Field(known, label, line.at, Line(value.strip(), At(line.at.line, column)), [])


def _take_paragraph(block: Block, found: list[Field], topics: Topics) -> None:
    """Each line opens a field or belongs to the one open."""
    loose: list[Line] = []
    for line in block.lines:
        if field := labelled(line, topics) or _told(line, _open(found), loose):
            _close(loose, found)
            found.append(field)
        else:
            loose.append(line)
    _close(loose, found)


def _told(line: Line, last: Field, loose: list[Line]) -> Field | None:
    """`Owner: docs team` right below a list is something told about the step, not one more thing of the list."""
    if loose or not last.blocks or last.blocks[-1].kind != "list":
        return None
    found = _PLAIN.match(line.text.strip())
    if not found or found.end() == len(line.text.strip()) or not _SHORT.fullmatch(found["label"]):
        return None
    field = _field("", found["label"], line, line.text.strip()[found.end() :])
    field.closed = True
    return field


def _open(found: list[Field]) -> Field:
    """The field that what follows belongs to."""
    return next(field for field in reversed(found) if not field.closed)


def _close(loose: list[Line], found: list[Field]) -> None:
    if loose:
        _open(found).blocks.append(Block("paragraph", loose[0].at, tuple(loose), [], last_line=loose[-1].at.line))
        loose.clear()


def _labelled_items(block: Block, topics: Topics, *, lead: bool) -> list[Field]:
    """The fields of a list whose every item is a known label (`- **描述**: …`); [] for a list of anything else."""
    found: list[Field] = []
    for item in block.children:
        field = labelled(item.head, topics)
        if field is None or not (field.meaning or (lead and found)):
            return []
        field.blocks = item.children[1:]
        found.append(field)
    bold = all(item.head.text.lstrip().startswith(("*", "_", "【")) for item in block.children)
    return found if bold or lead else []
