"""Many ways of saying one thing in English: what is equal under the words of `wordings.toml` is one phrase.

Only a step of the built-in library is found this way, and only when the phrase itself is bound nowhere. It is equality
of meaning words, not likeness: one word more or less, and the phrase stays unbound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from rollbook.binding.library import Found

Slot: TypeAlias = Literal["item", "condition"]
DATA = Path(__file__).with_name("wordings.toml")
WORD = re.compile(r"\{\}|[a-z0-9]+(?:[-/'][a-z0-9]+)*")


@lru_cache(maxsize=4096)
def meaning(phrase: str) -> tuple[str, ...]:
    """The phrase's meaning words, sorted; empty for a phrase that is not English."""
    if not phrase.isascii():
        return ()
    said = " ".join(WORD.findall(phrase.replace("'s ", " ")))
    table = _table()
    said = table["several"].sub(lambda found: table["phrases"][found.group()], said)
    return tuple(sorted(word for word in map(_one, said.split()) if word))


def by_meaning(known: Iterable[Found]) -> dict[Slot, dict[tuple[str, ...], Found | None]]:
    """Known phrases by what they are for and what they mean; None where two functions share a meaning, which then is
    neither's."""
    index: dict[Slot, dict[tuple[str, ...], Found | None]] = {"item": {}, "condition": {}}
    for found in known:
        words, slot = meaning(found.phrase), index[slot_of(found.kind)]
        if words:
            other = slot.get(words, found)
            slot[words] = found if other is not None and other.binding == found.binding else None
    return index


def slot_of(kind: str) -> Slot:
    """Items look for steps, conditions for checks and measures."""
    return "item" if kind in ("step", "shell") else "condition"


def _one(word: str) -> str:
    """The word that stands for this one; "" for a small word."""
    table = _table()
    if word in table["drop"]:
        return ""
    chosen: str = table["words"].get(word) or table["words"].get(_singular(word), _singular(word))
    return "" if table["words"].get(word) == "" or chosen in table["drop"] else chosen


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@cache
def _table() -> Mapping[str, Any]:
    import tomllib

    table = tomllib.loads(DATA.read_text("utf-8"))
    longest_first = sorted(table["phrases"], key=len, reverse=True)
    several = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")
    return {**table, "drop": frozenset(table["drop"]), "several": several}
