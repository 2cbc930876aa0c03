"""Phrases: an item's text without its typed literals, normalised: the identity by which it is bound.

Both sides of a binding go through `phrase_of`: the bullet of a document (`等待现有请求完成（最多30秒）`) and
the pattern of a step function (`等待现有请求完成（最多{limit}）`) give the same phrase, with `{}` where a value stands.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rollbook.model.conditions import TypedLiteral
from rollbook.model.literals import find_literals, normalised


@lru_cache(maxsize=4096)
def phrase_of(text: str) -> tuple[str, tuple[TypedLiteral, ...]]:
    """The phrase of `text` and its literals in the order of the phrase's `{}`.

    Width, case, white space beside Chinese characters, emphasis marks, leading check marks (M7), English articles and
    closing punctuation do not count.
    """
    plain = normalised(re.sub(r"\\([\\`*_{}\[\]()#+.!<>|~-])", r"\1", plain_text(text)))
    found = find_literals(plain)
    pieces, last = [], 0
    for literal in found:
        pieces += [plain[last : literal.start], "{}"]
        last = literal.end
    return _settled("".join([*pieces, plain[last:]])), tuple(f.literal for f in found)


def brace_names(pattern: str) -> tuple[str, ...]:
    """Names in braces of a step's pattern, in order: `("limit",)` for `…（最多{limit}）`."""
    return tuple(re.findall(r"(?<!\$)\{\s*([^\W\d]\w*)\s*\}", pattern))


@lru_cache(maxsize=4096)
def unspaced(text: str) -> str:
    """`text` without the blanks beside Chinese characters, where writers differ."""
    if text.isascii():
        return text
    pieces = text.split(" ")
    joined = pieces[0]
    for piece in pieces[1:]:
        wide = joined[-1:] >= _FIRST_WIDE or piece[:1] >= _FIRST_WIDE
        joined += piece if wide else f" {piece}"
    return joined


_FIRST_WIDE = "\u2e80"
"""The first character of the Chinese blocks (CJK radicals)."""


def without_mark(text: str) -> str:
    """`text` without the bullets such as ✅ that it begins with (M7)."""
    return _LEADING_MARK.sub("", text, count=1).strip()


def plain_text(text: str) -> str:
    """`text` without emphasis marks and leading bullets such as ✅; code spans stay, links give their text."""
    if not _MARKED.search(text):
        return text.strip()
    for _ in range(_NESTED_MARKS):
        parts = re.split(r"(`+[^`]*`+)", _LEADING_MARK.sub("", text, count=1))
        plain = "".join(part if i % 2 else _unmarked(part) for i, part in enumerate(parts)).strip()
        if plain == text:
            break
        text = plain
    return text


_NESTED_MARKS = 8
_MARKED = re.compile(r"[*_~\[]|^\s*[^\w\s\"'(<>=.+-]")
_LEADING_MARK = re.compile(r"^\s*(?:[✅❌☑☐✔✓✗✘❎⬜🔲🟢🔴⚠️]\ufe0f?\s*)+")


_MARKS = re.compile(r"[*_~\[\\]")


def _unmarked(text: str) -> str:
    if not _MARKS.search(text):
        return text
    text = re.sub(r"!?\[([^\]\[]*)\]\([^()\s]*(?:\([^()]*\))?[^()\s]*\)", r"\1", text)
    text = re.sub(r"(?<!\\)(\*\*|__|~~)(?=\S)(.+?)(?<=[^\s\\])\1", r"\2", text)
    return re.sub(r"(?<![\w*\\])([*_])(?=[^\s*_])([^*_]+?)(?<=[^\s*_\\])\1(?![\w*])", r"\2", text)


def _settled(text: str) -> str:
    """One spelling for all: case, articles, blanks beside Chinese characters and brackets, closing punctuation."""
    text = re.sub(r"\b(?:the|an|a) (?=\w|\{)", "", text.casefold())
    text = unspaced(text)
    text = re.sub(r" ?\( ?", " (", text)
    text = re.sub(r" ?\)(?=[^\W_])", ") ", re.sub(r" \)", ")", text))
    text = unspaced(text)
    text = re.sub(r" ?([,:;]) ?", r"\1 ", text)
    return text.strip(" .。;,、:!")
