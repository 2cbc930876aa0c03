"""Markdown as blocks, each line with its place. CommonMark with tables and front matter, by markdown-it-py.

Only block structure is parsed here (inline marks such as emphasis and code spans are read where they mean something),
which keeps the cost linear and small. Lists that CommonMark takes for running text, `1、` and `•` bullets or bullets
indented deeper than allowed, become lists all the same. Lines and columns count from 1, columns in characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import msgspec

from rollbook.values import At

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

DEEPEST = 100
"""Levels of nesting that are read; deeper ones are reported by the caller (see `Parsed.too_deep`)."""

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


class Parsed(NamedTuple):
    blocks: tuple[Block, ...]
    lines: tuple[str, ...]
    """The whole text by lines, without line ends."""
    too_deep: int
    """Line from which nesting was too deep to read; 0 if none."""


def parse(text: str) -> Parsed:
    """All blocks of `text`, in order. Never raises on content."""
    plain = re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff"))
    lines = tuple(plain.replace("\0", "\ufffd").split("\n"))
    tokens = _parser().parse(plain)
    deep = next((t.map[0] + 1 for t in tokens if t.level >= DEEPEST and t.map), 0)
    return Parsed(tuple(_mended(_tree(tokens, lines))), lines, deep)


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
    closed = kind != "fence" or (last > line and set(lines[last - 1].strip(" \t>")) == {token.markup[0]})
    return Block(kind, At(line, _indent(lines[line - 1]) + 1), placed, [], 0, language, last, closed)


def fences(blocks: Iterable[Block]) -> Iterator[Block]:
    """Every fence, also those within lists and quotes."""
    for block in blocks:
        if block.kind == "fence":
            yield block
        yield from fences(block.children)


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


_LABEL = re.compile(r"\s*(?:(?:\*\*|__)\S.*|【.+】.*|.*[:：])\s*")


def _unlazy(block: Block) -> list[Block]:
    """A list apart at lines that were taken into a bullet though they are no deeper than it and begin a label, end with
    a colon, or are bullets themselves."""
    found, items = [], block.children
    for i, item in enumerate(items):
        paragraph = _last_paragraph(item)
        lazy = (n for n, line in enumerate(paragraph.lines) if n and line.at.column <= block.at.column)
        first = next((n for n in lazy if _stands_alone(paragraph.lines[n].text)), None)
        if first is None:
            continue
        below, paragraph.lines = paragraph.lines[first:], paragraph.lines[:first]
        block.children, rest = items[: i + 1], items[i + 1 :]
        found = [block, *_mended([Block("paragraph", below[0].at, below, [], last_line=below[-1].at.line)])]
        if rest:
            found += _unlazy(Block("list", rest[0].at, (), rest, last_line=block.last_line))
        block.last_line = below[0].at.line - 1
        return found
    return [block]


def _stands_alone(text: str) -> bool:
    return bool(_LABEL.fullmatch(text) or _BULLET.match(text))


def _last_paragraph(block: Block) -> Block:
    """The paragraph at the very end of a block, or an empty one."""
    while block.children and block.kind in ("list", "item"):
        block = block.children[-1]
    return block if block.kind == "paragraph" else Block("paragraph", block.at)


_BULLET = re.compile(r"^(\s*)(?:([-*+])\s+|([•·●○◦▪■‣]) ?|[(（]?(\d{1,4})(?:[.)）]\s+|[、．])(?=\S))")


def _mended(blocks: list[Block]) -> Iterator[Block]:
    """`blocks`, where lines of a paragraph that are plainly bullets have become lists, and labels right below a list
    (`**成功条件**:` without a blank line before it) stand on their own instead of belonging to its last bullet."""
    for block in (part for whole in blocks for part in (_unlazy(whole) if whole.kind == "list" else [whole])):
        block.children = list(_mended(block.children))
        if block.kind != "paragraph" or not any(_BULLET.match(line.text) for line in block.lines):
            yield block
            continue
        first = next(i for i, line in enumerate(block.lines) if _BULLET.match(line.text))
        if first:
            yield Block("paragraph", block.at, block.lines[:first], [], last_line=block.lines[first - 1].at.line)
        yield from _bullets(block.lines[first:])


def _bullets(lines: tuple[Line, ...]) -> Iterator[Block]:
    """Lists from the bulleted `lines` of a paragraph, nested by indentation."""
    top = Block("list", lines[0].at, children=[], last_line=lines[-1].at.line)
    open_items: list[tuple[int, Block, Block]] = []
    for line in lines:
        found = _BULLET.match(line.text)
        if not found:
            paragraph = open_items[-1][2].children[0]
            paragraph.lines += (Line(line.text.strip(), line.at),)
            continue
        indent = len(found.group(1).expandtabs(4))
        while open_items and open_items[-1][0] >= indent and len(open_items) > 1:
            open_items.pop()
        deeper = bool(open_items) and indent > open_items[-1][0]
        parent = _sublist(open_items[-1][2]) if deeper else open_items[-1][1] if open_items else top
        if open_items and not deeper:
            open_items.pop()
        item = _bullet_item(line, found)
        parent.children.append(item)
        open_items.append((indent, parent, item))
    yield top


def _sublist(item: Block) -> Block:
    if item.children[-1].kind != "list":
        item.children.append(Block("list", item.at, children=[]))
    return item.children[-1]


def _bullet_item(line: Line, found: re.Match[str]) -> Block:
    text = line.text[found.end() :].strip()
    bullet = found.group(2) or found.group(3) or "."
    extra = found.end() - len(found.group(1))
    at = At(line.at.line, line.at.column + extra)
    paragraph = Block("paragraph", at, (Line(text, at),), [], last_line=line.at.line)
    return Block("item", line.at, (), [paragraph], int(found.group(4) or 0), bullet, line.at.line)
