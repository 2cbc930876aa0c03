"""Words that planning looks for, as data (`words.json`): names of parameters with a meaning, late variables …"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec


@cache
def words(topic: str) -> tuple[str, ...]:
    """The words of one topic, in order of preference, case-folded."""
    tables = msgspec.json.decode((Path(__file__).parent / "words.json").read_bytes(), type=dict[str, tuple[str, ...]])
    return tuple(w.casefold() for w in tables[topic])


@cache
def word_set(topic: str) -> frozenset[str]:
    return frozenset(words(topic))
