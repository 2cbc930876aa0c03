"""Blocks of a document: what Markdown is made of, each with its place. Lines and columns count from 1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from rollbook.values import At

BlockKind: TypeAlias = Literal[
    "heading", "paragraph", "list", "item", "fence", "table", "row", "cell", "quote", "html", "rule", "front"
]


class Line(NamedTuple):
    """One line of text and where it starts."""

    text: str
    at: At


class Block(msgspec.Struct):
    """One block. `lines` is its own text; `children` are blocks inside (items of a list, rows of a table, cells)."""

    kind: BlockKind
    at: At
    lines: tuple[Line, ...] = ()
    children: list[Block] = []
    level: int = 0
    """Of a heading: 1 to 6. Of an item of a numbered list: its number."""
    info: str = ""
    """Of a fence: its language. Of an item: its bullet."""
    last_line: int = 0
    closed: bool = True
    """Of a fence: whether it has an end."""

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def head(self) -> Line:
        """The first line; of an item, the first line of its first paragraph."""
        if self.kind == "item" and self.children and self.children[0].kind in ("paragraph", "heading"):
            return self.children[0].head
        return self.lines[0] if self.lines else Line("", self.at)


def fences(blocks: Iterable[Block]) -> Iterator[Block]:
    """Every fence, also those within lists and quotes."""
    for block in blocks:
        if block.kind == "fence":
            yield block
        yield from fences(block.children)
