"""Approval steps: how long, how many, told where, and who may, by environment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from rollbook.documents.blocks import Block, Line
from rollbook.documents.fields import Field, join_lines
from rollbook.documents.notes import Notes
from rollbook.documents.vocabulary import meaning, table
from rollbook.documents.vocabulary.patterns import matched
from rollbook.model.literals import duration, normalised
from rollbook.model.phrases import plain_text
from rollbook.model.words import number
from rollbook.model.workflow import Approval, Approvers
from rollbook.values import At

Joined = Literal["and", "or", ""]


def read_approval(configuration: list[Field], approvers: list[Field], at: At, notes: Notes) -> Approval:
    """The approval that a step's configuration lines and list of approvers describe."""
    found = Approval(at=at)
    for label, value in labelled_lines(configuration):
        match meaning("labels", "approval", label):
            case "timeout":
                found = msgspec.structs.replace(found, timeout_s=_timeout(value, notes), timeout_at=value.at)
            case "need":
                found = msgspec.structs.replace(found, need=_need(value, notes), need_at=value.at)
            case "channels":
                found = msgspec.structs.replace(found, channels=split_names(value.text)[0])
            case "approvers":
                found = msgspec.structs.replace(found, approvers=(*found.approvers, _entry("", value)))
            case _:
                found = msgspec.structs.replace(found, settings=(*found.settings, (label, value.text)))
    return msgspec.structs.replace(found, approvers=(*found.approvers, *read_approvers(approvers)))


def labelled_lines(parts: list[Field]) -> Iterator[tuple[str, Line]]:
    """`(label, value)` of every line of the fields; a line without a colon has an empty value."""
    for part in parts:
        if meaning("labels", "approval", part.label):
            yield part.label, Line(part.value.text or " + ".join(line.text for line in _lines(part.blocks)), part.at)
            continue
        if part.value.text:
            yield split_label(part.value)
        for line in _lines(part.blocks):
            yield split_label(line)


def split_label(line: Line) -> tuple[str, Line]:
    """A line at its first colon outside code, label without emphasis."""
    text = line.text.strip()
    colon = next((i for i in _outside_code(text) if text[i] in ":："), -1)
    if colon < 1:
        return plain_text(text), Line("", line.at)
    label = text[:colon].strip("*_` \t")
    value = text[colon + 1 :].strip()
    value = value[2:].strip() if value.startswith("**") and value.count("**") == 1 else value
    return label, Line(value, At(line.at.line, line.at.column + len(text) - len(value)))


def _outside_code(text: str) -> Iterator[int]:
    """Where in `text` each character outside code marks stands."""
    inside = False
    for i, sign in enumerate(text):
        inside = inside != (sign == "`")
        if not inside:
            yield i


def read_approvers(parts: list[Field]) -> tuple[Approvers, ...]:
    """Approvers by environment: `production: 技术负责人 + 运维负责人`, or roles in bullets below an environment."""
    found: list[Approvers] = []
    for part in parts:
        if part.value.text:
            found.append(_by_environment(part.value))
        for block in part.blocks:
            found += _from_block(block)
    return tuple(_gathered(found))


def split_names(text: str) -> tuple[tuple[str, ...], Joined]:
    """Names joined by `+`, `、`, `and`, `or` …, and how the document joins them."""
    plain = normalised(plain_text(text))
    for join in ("or", "and", "list"):
        signs = table("approvals", "join")[join]
        cut = "|".join(re.escape(sign) for sign in signs)
        if re.search(cut, plain, re.IGNORECASE):
            break
    every = "|".join(re.escape(sign) for signs in table("approvals", "join").values() for sign in signs)
    names = tuple(name for piece in re.split(every, plain, flags=re.IGNORECASE) if (name := piece.strip(" .。`")))
    if len(names) < 2:
        return names, ""
    return names, "or" if join == "or" else "and" if join == "and" else ""


def _timeout(value: Line, notes: Notes) -> float | None:
    seconds = duration(value.text)
    if seconds is None and value.text.strip(" -"):
        notes.problem("unread-duration", value.at, text=value.text)
    return seconds


def _need(value: Line, notes: Notes) -> Literal["any", "all"] | int | None:
    text = plain_text(value.text).strip(" .。")
    found = matched("approvals", "need", text)
    if found and found.meaning in ("any", "all"):
        return "any" if found.meaning == "any" else "all"
    count = number(found.slots["n"]) if found else None
    if count:
        return "any" if count == 1 else count
    notes.problem("unread-approval", value.at, text=value.text)
    return None


def _entry(environment: str, value: Line) -> Approvers:
    roles, joined = split_names(value.text)
    return Approvers(environment, roles, value.at, joined)


def _by_environment(line: Line) -> Approvers:
    label, value = split_label(line)
    if not value.text:
        return _entry("", line)
    return msgspec.structs.replace(_entry(_environment(label), value), at=line.at)


def _environment(label: str) -> str:
    """The document's spelling; words for "any" are ""."""
    return "" if meaning("approvals", "everywhere", label) else label


def _from_block(block: Block) -> Iterator[Approvers]:
    if block.kind == "paragraph":
        yield from (_by_environment(line) for line in block.lines)
    elif block.kind == "table":
        for row in block.children[1:]:
            cells = [cell.head for cell in row.children]
            yield msgspec.structs.replace(_entry(_environment(cells[0].text), cells[-1]), at=cells[0].at)
    for item in block.children if block.kind == "list" else ():
        below = [child for child in item.children if child.kind == "list"]
        label, value = split_label(item.head)
        if below and not value.text:
            roles = tuple(plain_text(role.head.text).strip() for child in below for role in child.children)
            yield Approvers(_environment(label), roles, item.head.at)
        else:
            yield _by_environment(item.head)


def _gathered(found: list[Approvers]) -> Iterator[Approvers]:
    """Bullets that each name one role for any environment are one entry."""
    loose = [a for a in found if not a.environment]
    if len(loose) > 1:
        yield Approvers("", tuple(role for a in loose for role in a.roles), loose[0].at)
        yield from (a for a in found if a.environment)
    else:
        yield from found


def _lines(blocks: list[Block]) -> Iterator[Line]:
    """Every bullet or line of the blocks; roles or values in bullets below a bullet follow it on its line."""
    for block in blocks:
        if block.kind == "list":
            for item in block.children:
                below = [child for child in item.children if child.kind == "list"]
                more = [join_lines([child.head.text]) for b in below for child in b.children]
                yield Line(" ".join([item.head.text, " + ".join(more)]).strip(), item.head.at)
        elif block.kind == "table":
            for row in block.children[1:]:
                yield Line(": ".join(cell.head.text for cell in row.children[:2]), row.children[0].head.at)
        else:
            yield from (line for line in block.lines if line.text.strip())
