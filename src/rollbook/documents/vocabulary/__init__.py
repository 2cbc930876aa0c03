"""The words that give a document its structure, in Chinese and English, as data.

The `.toml` files beside this module hold them: `sections`, `labels`, `kinds`, `effects`, `approvals`, `rollback`,
`conditions`, `wording`. A word is a spelling of a meaning; a pattern is a word with slots (`进入步骤{n}`). Matching
does not see case, width, or white space beside Chinese characters. Adding a word is one line in one file.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from rollbook.model.literals import normalised
from rollbook.model.phrases import plain_text


class Pattern(NamedTuple):
    """One pattern of the data: its meaning, its spelling, and the texts that must occur for it to match at all."""

    meaning: str
    word: str
    parts: tuple[str, ...]


def table(file: str, topic: str) -> dict[str, list[str]]:
    """Meaning → spellings, as the file has them."""
    return _tables(file)[topic]


def meaning(file: str, topic: str, text: str) -> str | None:
    """What `text` means among the words of a topic; None when it is none of them."""
    return _lookup(file, topic).get(key(text))


def spelling(file: str, topic: str, meaning_: str, language: str) -> str:
    """The first spelling of a meaning in a language: how it is written when Rollbook writes a document."""
    words = table(file, topic)[meaning_]
    return next((word for word in words if word.isascii() != language.startswith("zh")), words[0])


@lru_cache(maxsize=4096)
def heading_meaning(topic: str, text: str) -> str | None:
    """What a heading means: as it stands, without its number, without or within brackets, or either side of a slash."""
    lookup = _lookup("sections", topic)
    return next((lookup[form] for form in _forms(text) if form in lookup), None)


@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """`text` as it is compared: plain, without case, width, closing colon, or blanks beside Chinese characters."""
    plain = normalised(plain_text(text)).casefold()
    return _UNSPACED.sub("", plain).strip(" :.。、,;!?*_#-")


@cache
def patterns(file: str, topic: str) -> tuple[Pattern, ...]:
    """All patterns of a topic in the order of the file, longer ones of one meaning first."""
    return tuple(
        Pattern(meaning_, word, tuple(_squeezed(part) for part in re.split(r"\{\w+\}", word)))
        for meaning_, words in table(file, topic).items()
        for word in sorted(words, key=len, reverse=True)
    )


def matched(file: str, topic: str, text: str) -> tuple[str, re.Match[str]] | None:
    """The first pattern which is the whole of `text`."""
    return _first(file, topic, normalised(text), whole=True)


def searched(file: str, topic: str, text: str) -> tuple[str, re.Match[str]] | None:
    """The first pattern found anywhere in `text`, in the order of the file."""
    return _first(file, topic, normalised(text), whole=False)


def _first(file: str, topic: str, text: str, *, whole: bool) -> tuple[str, re.Match[str]] | None:
    """Regular expressions are compiled only for patterns whose texts occur: compiling all would cost 100 ms."""
    squeezed = _squeezed(text)
    for pattern in patterns(file, topic):
        if all(part in squeezed for part in pattern.parts):
            regex = compiled(pattern.word)
            if found := regex.fullmatch(text) if whole else regex.search(text):
                return pattern.meaning, found
    return None


@cache
def compiled(word: str) -> re.Pattern[str]:
    """The regular expression of one pattern."""
    return re.compile(pattern_source(word), re.IGNORECASE)


def _squeezed(text: str) -> str:
    return "".join(normalised(text).lower().split())


@cache
def longest_first(file: str, topic: str, meaning_: str) -> tuple[str, ...]:
    """The spellings of one meaning, longer ones before those that they begin or end with."""
    return tuple(sorted(table(file, topic)[meaning_], key=len, reverse=True))


def pattern_source(word: str) -> str:
    """The regular expression of one word or pattern of the data."""
    source = "".join(_SLOTS.get(part) or _literal(part) for part in re.split(r"(\{\w+\})", normalised(word)) if part)
    before = r"(?<![A-Za-z0-9_])" if word[:1].isascii() and word[:1].isalnum() else ""
    after = r"(?![A-Za-z0-9_])" if word[-1:].isascii() and word[-1:].isalnum() else ""
    return before + source + after


_NUMBER = r"(?:\d+|[一二两三四五六七八九十]+)"
_SLOTS = {
    "{n}": rf" ?#?(?P<n>{_NUMBER}|[A-Za-z]+) ?",
    "{a}": rf" ?#?(?P<a>{_NUMBER}) ?",
    "{b}": rf" ?#?(?P<b>{_NUMBER}) ?",
    "{x}": r" ?(?P<x>.+?) ?",
    "{name}": r" ?`?(?P<name>[^\W\d][\w.]*)`? ?",
}
_HAN = r"[\u2e80-\u9fff\uf900-\ufaff]"
_UNSPACED = re.compile(rf"(?<={_HAN}) | (?={_HAN})")
_NUMBERING = re.compile(
    r"^(?:第?[一二三四五六七八九十百]+[章节部分]*[、.:)]|\([一二三四五六七八九十\d]+\)"
    r"|(?:\d+\.)+\d*|\d+[、:)]|\d+(?= ))\s*"
)


def _literal(part: str) -> str:
    """Blanks and signs of a pattern match any or no blanks around them, other text matches itself."""
    pieces = re.split(r"( +|[-~+,/=、:])", part)
    return "".join(
        rf"\s*{re.escape(p.strip())}\s*"
        if i % 2 and p.strip()
        else r"\s*"
        if i % 2 and _loose(pieces, i)
        else r"\s+"
        if i % 2
        else re.escape(p)
        for i, p in enumerate(pieces)
    )


def _loose(pieces: list[str], i: int) -> bool:
    """Whether the blank at `i` stands beside Chinese text, a sign or a slot, where it may be missing."""
    sides = (pieces[i - 1][-1:], pieces[i + 1][:1])
    return any(not (side.isascii() and side.isalnum()) for side in sides)


def _forms(text: str) -> list[str]:
    """The spellings under which a heading is looked up, best first."""
    whole = key(text)
    bare = key(_NUMBERING.sub("", re.sub(r"^[^\w(]+", "", whole)))
    outside = key(re.sub(r"[(\[【].*?[)\]】]", "", bare))
    inside = re.findall(r"[(\[【](.*?)[)\]】]", bare)
    return [form for form in (whole, bare, outside, *map(key, inside), *map(key, re.split(r"[/|·]| - ", bare))) if form]


@cache
def _tables(file: str) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((Path(__file__).parent / f"{file}.toml").read_text(encoding="utf-8"))


@cache
def _lookup(file: str, topic: str) -> dict[str, str]:
    return {key(word): meaning_ for meaning_, words in table(file, topic).items() for word in words}
