"""Markdown as blocks, each line with its place. CommonMark with tables and front matter, by markdown-it-py.

Only block structure is parsed here (inline marks such as emphasis and code spans are read where they mean something),
which keeps the cost linear and small. Lists that CommonMark takes for running text, `1、` and `•` bullets or bullets
indented deeper than allowed, become lists all the same. Lines and columns count from 1, columns in characters.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from rollbook.documents.blocks import Block, BlockKind, Line
from rollbook.documents.bullets import mended
from rollbook.values import At

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

DEEPEST = 100
"""Levels of nesting that are read; deeper ones are reported by the caller (see `Parsed.too_deep`)."""


LONGEST = 8000
"""Characters of a line that are read; what is longer is no prose."""


class Parsed(NamedTuple):
    blocks: tuple[Block, ...]
    lines: tuple[str, ...]
    """The whole text by lines, without line ends."""
    too_deep: int
    """Line from which nesting was too deep to read; 0 if none."""
    too_long: tuple[int, ...]
    """Lines of which only the first `LONGEST` characters were read."""


def parse(text: str) -> Parsed:
    """All blocks of `text`, in order. Never raises on content."""
    plain = re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff"))
    lines = tuple(plain.replace("\0", "\ufffd").split("\n"))
    too_long = tuple(i for i, line in enumerate(lines, 1) if len(line) > LONGEST)
    if too_long:
        lines = tuple(line[:LONGEST] for line in lines)
        plain = "\n".join(lines)
    tokens = _parser().parse(plain)
    deep = next((t.map[0] + 1 for t in tokens if t.level >= DEEPEST and t.map), 0)
    return Parsed(tuple(mended(_tree(tokens, lines))), lines, deep, too_long)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.front_matter import front_matter_plugin

    parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST + 1}).enable("table").disable(["code", "reference"])
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser.use(front_matter_plugin)


_OPENING: dict[str, BlockKind] = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "list_item_open": "item",
    "table_open": "table",
    "tr_open": "row",
    "th_open": "cell",
    "td_open": "cell",
    "blockquote_open": "quote",
}
_LEAF: dict[str, BlockKind] = {"fence": "fence", "html_block": "html", "hr": "rule", "front_matter": "front"}


def _tree(tokens: list[Token], lines: tuple[str, ...]) -> list[Block]:
    root = Block("quote", At(1, 1), children=[])
    stack, line = [root], 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        if token.type in _OPENING:
            block = _opened(_OPENING[token.type], token, line, lines)
            stack[-1].children.append(block)
            stack.append(block)
        elif token.type == "inline":
            stack[-1].lines = _placed(token.content, line, lines, stack[-2] if len(stack) > 1 else root)
            stack[-1].at = stack[-1].lines[0].at
        elif token.type in _LEAF:
            stack[-1].children.append(_leaf(_LEAF[token.type], token, line, lines))
        elif token.nesting < 0 and token.type.replace("close", "open") in _OPENING:
            stack.pop()
    return root.children


def _opened(kind: BlockKind, token: Token, line: int, lines: tuple[str, ...]) -> Block:
    level = int(token.tag[1]) if kind == "heading" else int(token.info or 0) if kind == "item" else 0
    at = At(line, _indent(lines[line - 1]) + 1)
    return Block(kind, at, children=[], level=level, info=token.markup, last_line=token.map[1] if token.map else line)


def _leaf(kind: BlockKind, token: Token, line: int, lines: tuple[str, ...]) -> Block:
    first = line + 1 if kind in ("fence", "front") else line
    content = token.content.removesuffix("\n")
    placed = _placed(content, first, lines) if content else ()
    last = token.map[1] if token.map else line
    language = (token.info.split() or [""])[0].strip("{}.").lower()
    closed = kind != "fence" or (_ends(lines[last - 1], token) and last > line and not _swallows(content, token))
    return Block(kind, At(line, _indent(lines[line - 1]) + 1), placed, [], 0, language, last, closed)


def _ends(line: str, token: Token) -> bool:
    return set(line.strip(" \t>")) == {token.markup[0]}


def _swallows(content: str, token: Token) -> bool:
    """Whether another block begins within this one, by the same marks: its own end is missing."""
    marks = token.markup[0] * 3
    return marks in content and bool(re.search(rf"^ {{0,3}}{marks}+[A-Za-z]\w*\s*$", content, re.MULTILINE))


def _placed(content: str, line: int, lines: tuple[str, ...], parent: Block | None = None) -> tuple[Line, ...]:
    """`content` by lines, each with its column in the source; cells of one row are looked for after one another."""
    start = 0
    if parent is not None and parent.kind == "row" and len(parent.children) > 1:
        before = parent.children[-2].head
        start = before.at.column - 1 + len(before.text)
    return tuple(
        Line(text, At(line + i, _column(text, lines, line + i, start))) for i, text in enumerate(content.split("\n"))
    )


def _column(text: str, lines: tuple[str, ...], line: int, start: int) -> int:
    raw = lines[line - 1] if line <= len(lines) else ""
    if not start and raw.rstrip().endswith(text.strip()) and text.strip():
        return len(raw.rstrip()) - len(text.strip()) + 1
    return max(raw.find(text.strip(), start), 0) + 1


def _indent(raw: str) -> int:
    return len(raw) - len(raw.lstrip())
