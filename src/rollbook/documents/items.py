"""Bullets as items, and items in groups: the units that are bound and run."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from rollbook.documents.blocks import Block, Line
from rollbook.documents.fields import Field, join_lines
from rollbook.documents.notes import Notes
from rollbook.documents.vocabulary import table
from rollbook.documents.vocabulary.patterns import matched
from rollbook.model.phrases import phrase_of
from rollbook.model.workflow import Group, Item
from rollbook.values import At


def read_groups(parts: list[Field], notes: Notes, *, parallel: bool) -> tuple[Group, ...]:
    """The groups of one step. In a parallel step every bullet without a loop or a name is a group of its own."""
    opened = [_Open("", "", parts[0].at if parts else At())]
    for part in parts:
        if part.meaning == "":
            loop = loop_variable(part.label) or ""
            opened.append(_Open("" if loop else part.label, loop, part.at))
        if part.value.text:
            _take_line(part.value, opened)
        for block in part.blocks:
            _take_block(block, opened, notes, parallel=parallel)
    groups = [Group(o.name, o.loop, tuple(o.items), o.at) for o in opened if o.items]
    return tuple(_spread(groups)) if parallel else tuple(groups)


def items_of(block: Block, notes: Notes) -> Iterator[Item]:
    """The items that a list, a fence or a paragraph stands for."""
    if block.kind == "list":
        for child in block.children:
            yield item_of(child, notes)
    elif block.kind == "fence" and is_command(block):
        yield fence_item(block)
    elif block.kind == "quote":
        for child in block.children:
            yield from items_of(child, notes)
    else:
        notes.keep(block.kind, notes.source(block.at.line, max(block.last_line, block.at.line)), block.at)


def item_of(block: Block, notes: Notes) -> Item:
    """One list item with the items below it."""
    paragraph = block.children[0] if block.children and block.children[0].kind in ("paragraph", "heading") else None
    text = join_lines(line.text for line in paragraph.lines) if paragraph else ""
    below = block.children[1:] if paragraph else block.children
    children = tuple(item for child in below for item in _children(child, notes))
    if not text and len(children) == 1:
        return children[0]
    head = paragraph.lines[0] if paragraph else Line("", block.at)
    return made_item(text, head.at, children)


def made_item(text: str, at: At, children: tuple[Item, ...] = ()) -> Item:
    """An item from its text: checkbox, literals and phrase, code when the whole text is one code span."""
    box = re.match(r"\[([ xX✓✔])\]\s+", text)
    bare = text[box.end() :] if box else text
    code = re.fullmatch(r"(`+)(?!`)\s?(.+?)\s?(?<!`)\1", bare)
    phrase, literals = phrase_of(bare)
    return Item(
        text=bare.strip(),
        phrase=phrase,
        literals=literals,
        children=children,
        code=code.group(2) if code and "`" not in code.group(2).replace(code.group(1), "") else "",
        checkbox=None if box is None else box.group(1) != " ",
        at=At(at.line, at.column + (box.end() if box else 0)),
    )


def fence_item(block: Block) -> Item:
    """A block of commands as one item; its text is its first line that is not a comment."""
    lines = [line.text for line in block.lines]
    said = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    text = said[0] if said else block.text.strip()
    phrase, literals = phrase_of(text)
    return Item(text, phrase, literals, code=block.text, code_language=block.info, at=block.at)


def is_command(block: Block) -> bool:
    """Whether a fence holds commands: a shell's language, or none and no drawing, with a line that is no comment."""
    if block.info not in ("", *table("wording", "fence")["command"]):
        return False
    if not block.info and re.search(r"[\u2500-\u257f▲▼◀▶←→↑↓]|\+--", block.text):
        return False
    return any(s and not s.startswith(("#", "<!--", "//", "--")) for s in (line.text.strip() for line in block.lines))


def loop_variable(text: str) -> str | None:
    """`server` of `对每个 server 执行:` or `for each server, one at a time:`; None for a text that opens no loop."""
    found = matched("wording", "loop", re.split("[,，(（]", text)[0].strip().rstrip(":：").strip())
    return found.slots["x"].strip("`$ {}") if found else None


def opens_loop(block: Block) -> bool:
    """Whether a paragraph is, or ends in, a line such as `对每个 server 执行:`."""
    return block.kind == "paragraph" and any(loop_variable(line.text) for line in block.lines)


class _Open(msgspec.Struct):
    """A group while its items are still coming."""

    name: str
    loop: str
    at: At
    items: list[Item] = []


def _take_line(line: Line, opened: list[_Open]) -> None:
    """A line of text among the items opens a loop, names a group, or is itself an item."""
    text = line.text.strip()
    if loop := loop_variable(text):
        opened.append(_Open("", loop, line.at))
    elif text.endswith((":", "：")):
        opened.append(_Open(text.rstrip(":：").strip(), "", line.at))
    else:
        opened[-1].items.append(made_item(text, line.at))


def _take_block(block: Block, opened: list[_Open], notes: Notes, *, parallel: bool) -> None:
    if block.kind == "paragraph":
        for line in block.lines:
            if loop_variable(line.text) or line.text.rstrip().endswith((":", "：")):
                _take_line(line, opened)
            else:
                notes.keep("text", line.text.strip(), line.at)
        return
    if block.kind != "list" or not (parallel or any(loop_variable(child.head.text) for child in block.children)):
        opened[-1].items += items_of(block, notes)
        return
    for child in block.children:
        _take_group(child, opened, notes, parallel=parallel)


def _take_group(child: Block, opened: list[_Open], notes: Notes, *, parallel: bool) -> None:
    """A bullet of a parallel step: with bullets below it, outside a loop, it names a group or opens a loop."""
    item = item_of(child, notes)
    outer = opened[-1]
    loop = loop_variable(item.text)
    if item.children and (loop or (parallel and not outer.loop)):
        name = "" if loop else item.text.rstrip(":：").strip()
        opened += [_Open(name, loop or "", item.at, list(item.children)), _Open(outer.name, outer.loop, outer.at)]
    else:
        outer.items.append(item)


def _children(block: Block, notes: Notes) -> Iterator[Item]:
    if block.kind == "paragraph":
        notes.keep("text", join_lines(line.text for line in block.lines), block.at, warn=False)
    else:
        yield from items_of(block, notes)


def _spread(groups: list[Group]) -> Iterator[Group]:
    for group in groups:
        if group.loop or group.name:
            yield group
        else:
            yield from (Group("", "", (item,), item.at) for item in group.items)
