"""Patterns: words of the vocabulary with slots, `进入步骤{n}`, `set {name} = {x}`, matched against text.

Slots: {n} a step number, also as a word; {a} and {b} numbers; {x} any text; {name} a variable. Regular expressions are
made only for patterns with slots whose other parts occur in the text: compiling all of them would cost 100 ms.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from rollbook.documents.vocabulary import table
from rollbook.model.literals import normalised


class Pattern(NamedTuple):
    """One pattern of the data: its meaning, its spelling, and the texts that must occur for it to match at all."""

    meaning: str
    word: str
    parts: tuple[str, ...]


class Meant(NamedTuple):
    """What a text means, and what stands in the slots of the pattern that it matched."""

    meaning: str
    slots: dict[str, str]


def matched(file: str, topic: str, text: str) -> Meant | None:
    """The first pattern which is the whole of `text`."""
    plain = normalised(text)
    squeezed = _squeezed(plain)
    for pattern in patterns(file, topic):
        first, last = pattern.parts[0], pattern.parts[-1]
        if len(pattern.parts) == 1:
            if squeezed == first:
                return Meant(pattern.meaning, {})
        elif (
            squeezed.startswith(first) and squeezed.endswith(last) and (found := _regex(pattern.word).fullmatch(plain))
        ):
            return Meant(pattern.meaning, found.groupdict())
    return None


def searched(file: str, topic: str, text: str) -> Meant | None:
    """The first pattern found anywhere in `text`, in the order of the file."""
    plain = normalised(text)
    squeezed, lower = _squeezed(plain), plain.lower()
    for pattern in patterns(file, topic):
        if len(pattern.parts) == 1:
            if stands_in(lower, pattern.word):
                return Meant(pattern.meaning, {})
        elif all(part in squeezed for part in pattern.parts) and (found := _regex(pattern.word).search(plain)):
            return Meant(pattern.meaning, found.groupdict())
    return None


def stands_in(text: str, word: str) -> bool:
    """Whether `word` occurs in `text`, both in lower case; a Latin word only where it stands alone."""
    start = text.find(word)
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(word) : start + len(word) + 1]
        if not (_latin(word[0]) and _latin(before)) and not (_latin(word[-1]) and _latin(after)):
            return True
        start = text.find(word, start + 1)
    return False


@cache
def patterns(file: str, topic: str) -> tuple[Pattern, ...]:
    """All patterns of a topic in the order of the file, longer ones of one meaning first."""
    return tuple(
        Pattern(meaning, word, tuple(_squeezed(part) for part in re.split(r"\{\w+\}", word)))
        for meaning, words in table(file, topic).items()
        for word in sorted(words, key=len, reverse=True)
    )


def _latin(sign: str) -> bool:
    return sign.isascii() and (sign.isalnum() or sign == "_")


def _squeezed(text: str) -> str:
    return "".join(normalised(text).lower().split())


@cache
def _regex(word: str) -> re.Pattern[str]:
    """The regular expression of a pattern with slots; Latin words at its ends stand alone."""
    source = "".join(_SLOTS.get(part) or _literal(part) for part in re.split(r"(\{\w+\})", normalised(word)) if part)
    before = r"(?<![A-Za-z0-9_])" if _latin(word[:1]) else ""
    after = r"(?![A-Za-z0-9_])" if _latin(word[-1:]) else ""
    return re.compile(before + source + after, re.IGNORECASE)


_NUMBER = r"(?:\d+|[一二两三四五六七八九十]+)"
_SLOTS = {
    "{n}": rf" ?#?(?P<n>{_NUMBER}|[A-Za-z]+) ?",
    "{a}": rf" ?#?(?P<a>{_NUMBER}) ?",
    "{b}": rf" ?#?(?P<b>{_NUMBER}) ?",
    "{x}": r" ?(?P<x>.+?) ?",
    "{name}": r" ?`?(?P<name>[^\W\d][\w.]*)`? ?",
}


def _literal(part: str) -> str:
    """Blanks and signs of a pattern match any or no blanks around them, other text matches itself."""
    pieces = re.split(r"( +|[-~+,/=、:])", part)
    return "".join(_between(pieces, i) if i % 2 else re.escape(piece) for i, piece in enumerate(pieces))


def _between(pieces: list[str], i: int) -> str:
    """The regular expression of a sign or blank. Where a blank may be missing, two Latin words stay apart all the
    same: `per {x}` is not `performance`."""
    if pieces[i].strip():
        return rf"\s*{re.escape(pieces[i].strip())}\s*"
    if not _loose(pieces, i):
        return r"\s+"
    ends_word = pieces[i - 1][-1:].isascii() and pieces[i - 1][-1:].isalpha() and not pieces[i + 1]
    begins_word = pieces[i + 1][:1].isascii() and pieces[i + 1][:1].isalpha() and not pieces[i - 1]
    return ("(?![A-Za-z])" if ends_word else "") + r"\s*" + ("(?<![A-Za-z])" if begins_word else "")


def _loose(pieces: list[str], i: int) -> bool:
    """Whether the blank at `i` stands beside Chinese text, a sign or a slot, where it may be missing."""
    sides = (pieces[i - 1][-1:], pieces[i + 1][:1])
    return any(not (side.isascii() and side.isalnum()) for side in sides)
