"""thin"""

from __future__ import annotations

from rollbook.model.conditions import *
from rollbook.model.phrases import phrase_of
from rollbook.values import At


def read_condition(text: str, at: At = At(), names: frozenset[str] = frozenset()) -> Condition:
    phrase, literals = phrase_of(text)
    return Condition(text, Says(text, phrase, literals), at)
