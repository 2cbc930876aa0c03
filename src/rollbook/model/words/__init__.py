"""Words that are values, as data: units, booleans, environments, number words, in Chinese and English.

The `.toml` files beside this module hold them; adding a word is one line in one of them. Words that give a document
its structure (headings, labels, step kinds …) are in `documents/vocabulary` instead.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from rollbook.values import Json


def boolean(text: str) -> bool | None:
    """True or False when `text` is a word for it (`是`, `yes`, ✅), else None."""
    word = _lookup("boolean").get(_key(text))
    return None if word is None else word == "true"


def is_empty_word(text: str) -> bool:
    """Whether `text` is a word for "no value" (`null`, `空`)."""
    return _key(text) in _lookup("empty")


def environment_identity(name: str) -> str:
    """The one identity of an environment (M1): `PROD` and `生产` are "production"; an unknown name is itself."""
    return _lookup("environment").get(_key(name), _key(name))


def is_environment(name: str) -> bool:
    """Whether `name` is a usual name of an environment."""
    return _key(name) in _lookup("environment")


def number(text: str) -> int | None:
    """A whole number in digits, English words or Chinese numerals up to 99 (`十二`, `three`); None otherwise."""
    key = _key(text)
    if key.isdecimal():
        return int(key) if len(key) <= _LONGEST else None
    words = _lookup("number")
    if key in words:
        return int(words[key])
    tens, ten, ones = key.partition("十")
    if not ten or (tens and tens not in words) or (ones and ones not in words):
        return None
    return (int(words[tens]) if tens else 1) * 10 + (int(words[ones]) if ones else 0)


_LONGEST = 9
"""Digits of a whole number that counts something."""


def units(kind: str) -> Mapping[str, float]:
    """Spelling (lower case) → size in base units, of "duration" (seconds), "size" (bytes) or "rate"."""
    return _tables("units")[kind]


def topic(file: str, name: str) -> dict[str, list[str]]:
    """Meaning → words of one topic of a file, as the file has them."""
    return {meaning: [str(word) for word in words] for meaning, words in _tables(file)[name].items()}


def _key(text: str) -> str:
    return " ".join(text.strip().casefold().split())


@cache
def _tables(file: str) -> dict[str, dict[str, Json]]:
    return tomllib.loads((Path(__file__).parent / f"{file}.toml").read_text(encoding="utf-8"))


@cache
def _lookup(topic: str) -> dict[str, str]:
    return {word: meaning for meaning, words in _tables("values")[topic].items() for word in words}
