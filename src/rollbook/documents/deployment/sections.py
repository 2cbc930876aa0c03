"""A deployment document as a row of sections: what each is about, which phase of the release it belongs to, and the
headings above it. A lone bold line, or one that ends with a colon, is a heading too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from rollbook.documents.blocks import Block
from rollbook.documents.command_roles import section_of
from rollbook.documents.outline import Part, outline
from rollbook.documents.vocabulary.patterns import searched
from rollbook.model.phrases import plain_text
from rollbook.values import At


class Section(msgspec.Struct):
    """`above`: the headings over `title`, outermost first, without the document's title. `about` and `phase` are
    inherited from the nearest heading that says one; `own` is what the section's own title says."""

    title: str
    above: tuple[str, ...]
    about: str
    phase: str
    own: str
    at: At
    blocks: list[Block]
    topics: tuple[str, ...] = ()
    """What the headings are about, outermost first, own included."""


RECORD = "record"
"""What a section is about that a run wrote: it says what was, not what is to be done, and is not read."""
TITLE = "title"
"""What the section of the document's title is about: its prose introduces the document."""


@lru_cache(maxsize=1024)
def topic_of(title: str) -> str:
    """What a heading is about, by the first word of the vocabulary that occurs in it."""
    found = searched("deployment", "section", title)
    return found.meaning if found else ""


@lru_cache(maxsize=1024)
def phase_of(title: str) -> str:
    """before, during or after the release; "" when the text says none."""
    found = searched("deployment", "phase", title)
    return found.meaning if found else ""


def title_and_sections(blocks: tuple[Block, ...]) -> tuple[str, list[Section]]:
    """The document's title, and its sections in order, records of runs left out."""
    parts = outline(blocks)
    title = _title_of(parts)
    sections = [section for section in _sections(parts, title) if RECORD not in section.topics]
    _between_phases(sections)
    return title, sections


def _between_phases(sections: list[Section]) -> None:
    """A heading about the deployment, between one of before and one of after beside it, is of during."""
    for i, section in enumerate(sections):
        if section.phase or section_of((section.title,)) != "deploy":
            continue
        beside = [(j, s.phase) for j, s in enumerate(sections) if s.above == section.above]
        if any(j < i and p == "before" for j, p in beside) and any(j > i and p == "after" for j, p in beside):
            inside = (*section.above, section.title)
            for other in sections:
                if other is section or (other.above[: len(inside)] == inside and not other.phase):
                    other.phase = "during"


def _sections(parts: tuple[Part, ...], title: str) -> list[Section]:
    sections: list[Section] = []
    open_: list[tuple[int, Section]] = []
    for part in parts:
        while open_ and part.level and open_[-1][0] >= part.level:
            open_.pop()
        section = _section(part.title, part.at, open_[-1][1] if open_ else None, title)
        if part.level and part.title != title:
            open_.append((part.level, section))
        sections += _parted(section, part.blocks)
    return sections


def _title_of(parts: tuple[Part, ...]) -> str:
    """The first heading, unless it has company on its own level."""
    parts = tuple(part for part in parts if topic_of(part.title) != RECORD)
    first = next((part for part in parts if part.level), None)
    if first is None:
        return ""
    alone = sum(part.level <= first.level for part in parts if part.level) == 1
    return first.title if alone or first.level == 1 else ""


def _section(title: str, at: At, outer: Section | None, document: str) -> Section:
    own = topic_of(title) if title and title != document else TITLE if title else ""
    above = (*outer.above, outer.title) if outer and outer.title else ()
    about = own.replace(TITLE, "") or (outer.about if outer else "")
    phase = (phase_of(title) if title != document else "") or (outer.phase if outer else "")
    topics = (*(outer.topics if outer else ()), *([own] if own and own != TITLE else []))
    return Section(title, above, about, phase, own, at, [], topics)


def _parted(section: Section, blocks: tuple[Block, ...]) -> Iterator[Section]:
    """The section, and further ones that begin at its lone label lines."""
    outer, current = section, section
    for block in _opened(blocks):
        label = _label(block)
        if label:
            yield current
            current = _section(label, block.at, outer, "")
        elif block.kind != "front":
            current.blocks.append(block)
    yield current


def _opened(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Blocks; quotes opened, and the last line of a paragraph apart when it is a label for what follows."""
    for block in blocks:
        if block.kind == "quote":
            yield from _opened(tuple(block.children))
        elif block.kind == "paragraph" and len(block.lines) > 1 and _is_label(block.lines[-1].text):
            yield Block("paragraph", block.at, block.lines[:-1], [], last_line=block.last_line - 1)
            last = block.lines[-1]
            yield Block("paragraph", last.at, (last,), [], last_line=block.last_line)
        else:
            yield block


def _label(block: Block) -> str:
    lone = block.kind == "paragraph" and len(block.lines) == 1 and _is_label(block.lines[0].text)
    return plain_text(block.lines[0].text).strip(" :：*_【】") if lone else ""


def _is_label(text: str) -> bool:
    return len(text) <= _LONGEST_LABEL and bool(_LABEL.fullmatch(text.strip()))


_LABEL = re.compile(r"(\*\*|__)[^*_:：]+[:：]?\1\s*[:：]?|【[^】]+】\s*[:：]?|[^|→`]*[:：]")
_LONGEST_LABEL = 60
