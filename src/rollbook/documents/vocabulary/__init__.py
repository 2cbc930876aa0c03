"""The words that give a document its structure, in Chinese and English, as data.

The `.toml` files beside this module hold them: `sections`, `labels`, `kinds`, `effects`, `approvals`, `rollback`,
`conditions`, `wording`. A word is a spelling of a meaning; a pattern is a word with slots (`进入步骤{n}`; see
`patterns`). Matching does not see case, width, or white space beside Chinese characters. Adding a word is one line in
one file.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path

from rollbook.model.literals import normalised
from rollbook.model.phrases import plain_text, unspaced


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
    return unspaced(plain).strip(" :.。、,;!?*_#-")


@cache
def longest_first(file: str, topic: str, meaning_: str) -> tuple[str, ...]:
    """The spellings of one meaning, longer ones before those that they begin or end with."""
    return tuple(sorted(table(file, topic)[meaning_], key=len, reverse=True))


_NUMBERING = re.compile(
    r"^(?:第?[一二三四五六七八九十百]+[章节部分]*[、.:)]|\([一二三四五六七八九十\d]+\)"
    r"|(?:\d+\.)+\d*|\d+[、:)]|\d+(?= ))\s*"
)


def _forms(text: str) -> list[str]:
    """The spellings under which a heading is looked up, best first."""
    whole = key(text)
    bare = key(_NUMBERING.sub("", re.sub(r"^[^\w(]+", "", whole)))
    outside = key(re.sub(r"[(\[【][^()\[\]【】]*[)\]】]", "", bare))
    inside = re.findall(r"[(\[【]([^()\[\]【】]*)[)\]】]", bare)
    return [form for form in (whole, bare, outside, *map(key, inside), *map(key, re.split(r"[/|·]| - ", bare))) if form]


@cache
def _tables(file: str) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((Path(__file__).parent / f"{file}.toml").read_text(encoding="utf-8"))


@cache
def _lookup(file: str, topic: str) -> dict[str, str]:
    return {key(word): meaning_ for meaning_, words in table(file, topic).items() for word in words}
