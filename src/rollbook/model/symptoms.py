"""Which rows of a runbook a failure looks like (M26). Pure: what the words mean is data (`words/symptoms.toml`).

A row is quoted when failure and row are about the same kind of trouble. What failed says the kind for certain (a judged
error rate, an OOM kill); words in its error or its last lines of output only make it likely.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from rollbook.model.deployment import RunbookRow
from rollbook.model.literals import normalised
from rollbook.model.phrases import unspaced
from rollbook.model.words import topic


class Failure(msgspec.Struct, frozen=True):
    """What broke: `functions` as "module:function" of the step or condition, its error, the last lines of output."""

    functions: tuple[str, ...] = ()
    error: str = ""
    output: tuple[str, ...] = ()


class Likeness(msgspec.Struct, frozen=True):
    """A row that a failure looks like. `sure`: its trouble is what failed; else only words are alike."""

    row: RunbookRow
    sure: bool


def rows_like(failure: Failure, rows: Iterable[RunbookRow]) -> tuple[Likeness, ...]:
    """Rows whose trouble the failure may be, sure ones first, each once; rows without steps help nobody."""
    certain, likely = certain_kinds(failure), likely_kinds(failure)
    found = [like for row in rows if row.steps and (like := _likeness(row, certain, likely))]
    return tuple(sorted(found, key=lambda like: not like.sure))


def certain_kinds(failure: Failure) -> frozenset[str]:
    """Kinds of trouble that this failure is, by what failed and by texts that mean nothing else."""
    text = _plain(" \n ".join((failure.error, *failure.output)))
    named = {kind for kind, names in _words("about") if any(_is_function(name, failure.functions) for name in names)}
    return frozenset(named | {kind for kind, words in _words("certain") if _says(text, words)})


def likely_kinds(failure: Failure) -> frozenset[str]:
    """Kinds that its texts speak of."""
    text = _plain(" \n ".join((failure.error, *failure.output)))
    return frozenset(kind for kind, words in _words("seen") if _says(text, words))


def kinds_said(text: str) -> frozenset[str]:
    """Kinds of trouble that a runbook's words name."""
    plain = _plain(text)
    return frozenset(kind for kind, words in _words("said") if _says(plain, words))


def _likeness(row: RunbookRow, certain: frozenset[str], likely: frozenset[str]) -> Likeness | None:
    kinds = kinds_said(row.symptom) | kinds_said(row.problem)
    return Likeness(row, sure=bool(kinds & certain)) if kinds & (certain | likely) else None


def _is_function(name: str, functions: Sequence[str]) -> bool:
    """Whether one of the functions bears a name; `up@migrate` is `up` of a module `migrate`."""
    wanted, _, module = name.partition("@")
    for function in functions:
        where, _, bare = function.partition("@")[0].rpartition(":")
        if bare == wanted and (where.endswith(f".{module}") if module else not where.endswith(".migrate")):
            return True
    return False


def _says(text: str, words: Iterable[str]) -> bool:
    return any(_stands_in(text, word) for word in map(_plain, words))


def _stands_in(text: str, word: str) -> bool:
    """Whether `word` occurs; a Latin one only where it stands alone."""
    start = text.find(word)
    while start >= 0:
        before, after = text[:start][-1:], text[start + len(word) :][:1]
        if not (_latin(word[:1]) and _latin(before)) and not (_latin(word[-1:]) and _latin(after)):
            return True
        start = text.find(word, start + 1)
    return False


def _latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def _plain(text: str) -> str:
    return unspaced(normalised(text).casefold())


def _words(name: str) -> Iterator[tuple[str, list[str]]]:
    return iter(topic("symptoms", name).items())
