"""A document as a flat row of parts: one heading each, with the blocks below it up to the next heading."""

from __future__ import annotations

import re
from typing import NamedTuple

from rollbook.documents.blocks import Block
from rollbook.documents.notes import Notes
from rollbook.model.phrases import plain_text
from rollbook.values import At


class Part(NamedTuple):
    """`level` 0 and an empty title for what stands before the first heading."""

    title: str
    level: int
    at: At
    blocks: tuple[Block, ...]

    @property
    def last_line(self) -> int:
        return max((block.last_line for block in self.blocks), default=self.at.line)


def outline(blocks: tuple[Block, ...]) -> tuple[Part, ...]:
    """The parts of a document in order; headings inside lists or quotes stay where they are."""
    parts: list[Part] = []
    start, heading = 0, Block("heading", At(1, 1))
    for i, block in enumerate([*blocks, Block("heading", At())]):
        if block.kind == "heading":
            below = tuple(b for b in blocks[start:i] if not _is_nothing(b))
            if heading.level or below:
                parts.append(Part(title_of(heading), heading.level, heading.at, below))
            start, heading = i + 1, block
    return tuple(parts)


def title_of(heading: Block) -> str:
    """A heading's text without marks and anchors (`{#id}`)."""
    return plain_text(re.sub(r"\s*\{#[\w-]+\}\s*$", "", heading.text.replace("\n", " "))).strip()


def keep_part(part: Part, notes: Notes, *, what: str = "", warn: bool = True) -> None:
    """Remember a whole part as unread, under its title."""
    notes.keep(what or part.title, notes.source(part.at.line, part.last_line), part.at, warn=warn)


def _is_nothing(block: Block) -> bool:
    """Rules between sections and comments say nothing to a reader."""
    return block.kind == "rule" or (block.kind == "html" and bool(re.fullmatch(r"(?s)\s*<!--.*?-->\s*", block.text)))
