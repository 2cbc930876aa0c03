"""Operator words of conditions, from `vocabulary/conditions.toml`, ready to be looked for in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from rollbook.documents.vocabulary import longest_first, table


class Word(NamedTuple):
    """`terminal` is the grammar's, `value` the operator it stands for."""

    text: str
    terminal: str
    value: str


@cache
def operator_words() -> dict[str, tuple[Word, ...]]:
    """Every operator word by its first letter, longest first."""
    found: dict[str, list[Word]] = {}
    for word in _all_words():
        found.setdefault(word.text[0], []).append(word)
    return {first: tuple(sorted(words, key=lambda w: len(w.text), reverse=True)) for first, words in found.items()}


def _all_words() -> Iterator[Word]:
    for topic, terminal in (("operator", "OP"), ("postfix", "POST")):
        for operator, spellings in table("conditions", topic).items():
            yield from (Word(spelling, terminal, operator) for spelling in spellings)
    for kind, spellings in table("conditions", "connective").items():
        yield from (Word(spelling, _TERMINALS[kind], kind) for spelling in spellings)


@cache
def operand_ends() -> re.Pattern[str]:
    """Where an operand ends at the latest: at a sign, or at a connective of either language."""
    words = [word for kind in ("and", "or") for word in table("conditions", "connective")[kind]]
    latin = "|".join(word for word in words if word.isascii() and word.isalpha())
    wide = "|".join(re.escape(word) for word in (*words, "、") if not word.isascii())
    return re.compile(rf"[,;)]| (?:{latin}) |{wide}")


def unfilled(text: str) -> str:
    """`text` without small verbs at its end (`必须`, `stays`)."""
    said = text.strip()
    while said.endswith(_fillers()):
        said = next(said[: -len(end)] for end in _fillers() if said.endswith(end)).strip()
    return said


@cache
def _fillers() -> tuple[str, ...]:
    """What ends a text when it ends with a small verb: Latin ones stand apart."""
    return tuple(f" {word}" if word.isascii() else word for word in longest_first("conditions", "role", "filler"))


_TERMINALS = {"and": "AND", "or": "OR", "not": "NOT", "in": "IN", "notin": "NOTIN", "comma": "COMMA"}
