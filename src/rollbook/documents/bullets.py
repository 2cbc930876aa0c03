"""Lists that CommonMark takes for running text, and labels that it takes for part of a bullet, as they were meant.

`1、`, `•` and `＊` are bullets here, and bullets may be indented deeper than CommonMark allows. `#　标题`, with a blank
as wide as a character, is a heading. A line which is no deeper than the bullet above it and begins a label
(`**成功条件**:`) stands on its own, with or without a blank line before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from rollbook.documents.blocks import Block, Line
from rollbook.values import At


def mended(blocks: Iterable[Block]) -> Iterator[Block]:
    """`blocks`, at any depth, with bullets and labels as they were meant."""
    for whole in blocks:
        for block in _unlazy(whole) if whole.kind == "list" else (whole,):
            block.children = list(mended(block.children))
            yield from _parted(block) if block.kind == "paragraph" else (block,)


_BULLET = re.compile(
    r"^(\s*)(?:([-*+])\s+|([•·●○◦▪■‣＊]|－(?=\s))[ \u3000]?|[(（]?(\d{1,4})(?:[.)]\s+|[）、．]\s*)(?=\S))"
)
_HEADING = re.compile(r"(#{1,6}|＃{1,6})(?:\u3000|(?<=＃)\s)\s*(?=\S)")
_LABEL = re.compile(
    r"\s*(?:(?:\*\*|__)\S.*|【.+】.*|.*[:：]|[^\W\d_a-zA-Z]{1,8}[:：].*|[A-Za-z][\w-]*(?: [\w-]+){0,2}: .*)\s*"
)


def _unlazy(block: Block) -> Iterator[Block]:
    """A list apart at lines that were taken into a bullet though they are no deeper than it and begin a label, end with
    a colon, or are bullets themselves."""
    part = Block("list", block.at, (), [], last_line=block.last_line)
    for item in block.children:
        part.children.append(item)
        paragraph = _last_paragraph(item)
        lazy = (n for n, line in enumerate(paragraph.lines) if n and line.at.column <= block.at.column)
        first = next((n for n in lazy if _stands_alone(paragraph.lines[n].text)), None)
        if first is not None:
            below, paragraph.lines = paragraph.lines[first:], paragraph.lines[:first]
            part.last_line = below[0].at.line - 1
            yield part
            yield from _parted(_paragraph(below))
            part = Block("list", At(below[-1].at.line + 1, block.at.column), (), [], last_line=block.last_line)
    if part.children:
        yield part


def _parted(block: Block) -> Iterator[Block]:
    """A paragraph as headings, paragraphs and lists, where lines of it are plainly headings or bullets."""
    heads = [i for i, line in enumerate(block.lines) if _HEADING.match(line.text)]
    for start, end in pairwise([-1, *heads, len(block.lines)]):
        if start >= 0:
            yield _heading(block.lines[start])
        yield from _listed_apart(block.lines[start + 1 : end])


def _listed_apart(lines: tuple[Line, ...]) -> Iterator[Block]:
    while lines:
        first = next((i for i, line in enumerate(lines) if _BULLET.match(line.text)), len(lines))
        if first:
            yield _paragraph(lines[:first])
        last = _listed(lines, first)
        if first < last:
            yield _bullets(lines[first:last])
        lines = lines[last:]


def _listed(lines: tuple[Line, ...], first: int) -> int:
    """Where the list that begins at line `first` ends: at a label no deeper than its bullets, or with the paragraph."""
    column = lines[first].at.column if first < len(lines) else 0
    rest = range(first + 1, len(lines))
    labels = (i for i in rest if lines[i].at.column <= column and not _BULLET.match(lines[i].text))
    return next((i for i in labels if _LABEL.fullmatch(lines[i].text)), len(lines))


def _bullets(lines: tuple[Line, ...]) -> Block:
    """A list of the bulleted `lines` of a paragraph, nested by indentation."""
    top = Block("list", lines[0].at, children=[], last_line=lines[-1].at.line)
    open_items: list[tuple[int, Block, Block]] = []
    for line in lines:
        found = _BULLET.match(line.text)
        if not found:
            paragraph = open_items[-1][2].children[0]
            paragraph.lines += (Line(line.text.strip(), line.at),)
            continue
        indent = len(found.group(1).expandtabs(4))
        while len(open_items) > 1 and open_items[-1][0] > indent:
            open_items.pop()
        deeper = bool(open_items) and indent > open_items[-1][0]
        parent = _sublist(open_items[-1][2]) if deeper else open_items[-1][1] if open_items else top
        if open_items and not deeper:
            open_items.pop()
        item = _bullet_item(line, found)
        parent.children.append(item)
        open_items.append((indent, parent, item))
    return top


def _sublist(item: Block) -> Block:
    if item.children[-1].kind != "list":
        item.children.append(Block("list", item.at, children=[]))
    return item.children[-1]


def _bullet_item(line: Line, found: re.Match[str]) -> Block:
    text = line.text[found.end() :].strip()
    bullet = found.group(2) or found.group(3) or "."
    at = At(line.at.line, line.at.column + found.end() - len(found.group(1)))
    paragraph = Block("paragraph", at, (Line(text, at),), [], last_line=line.at.line)
    return Block("item", line.at, (), [paragraph], int(found.group(4) or 0), bullet, line.at.line)


def _paragraph(lines: tuple[Line, ...]) -> Block:
    return Block("paragraph", lines[0].at, lines, [], last_line=lines[-1].at.line)


def _heading(line: Line) -> Block:
    found = _HEADING.match(line.text)
    assert found is not None
    at = At(line.at.line, line.at.column + found.end())
    text = re.sub(r"\s+#+\s*$", "", line.text[found.end() :]).strip()
    return Block("heading", at, (Line(text, at),), [], len(found[1]), last_line=line.at.line)


def _stands_alone(text: str) -> bool:
    return bool(_HEADING.match(text) or _LABEL.fullmatch(text) or _BULLET.match(text))


def _last_paragraph(block: Block) -> Block:
    """The paragraph at the very end of a block, or an empty one."""
    while block.children and block.kind in ("list", "item"):
        block = block.children[-1]
    return block if block.kind == "paragraph" else Block("paragraph", block.at)
