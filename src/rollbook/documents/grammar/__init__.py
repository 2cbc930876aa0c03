"""Runs the LALR tables that lark made of `conditions.lark`.

Importing lark and compiling a grammar costs over 100 ms, more than everything else that `check` does with a small
document. So the tables are made once (`grammar/tables.py`), kept as data beside the grammar, and walked here; a test
makes them again and compares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Tables(msgspec.Struct, frozen=True):
    """`states[s][token]` is `[0, next state]` (shift) or `[1, rule]` (reduce); after a reduction the rule's origin is
    looked up like a token. `rules[r]` is (origin, name of the alternative, length)."""

    start: int
    end: int
    states: tuple[dict[str, tuple[int, int]], ...]
    rules: tuple[tuple[str, str, int], ...]


def walk(tokens: Sequence[tuple[str, Any]], reduce: Callable[[str, list[Any]], Any]) -> Any:
    """Parses `(terminal, value)` pairs, calling `reduce(alternative, parts)` for each rule. Raises SyntaxError."""
    tables = conditions()
    states, values = [tables.start], []
    for terminal, value in [*tokens, ("$END", None)]:
        while True:
            step = tables.states[states[-1]].get(terminal)
            if step is None:
                raise SyntaxError(terminal)
            if step[0] == 0:
                states.append(step[1])
                values.append(value)
                break
            origin, name, length = tables.rules[step[1]]
            parts = values[len(values) - length :]
            del states[len(states) - length :], values[len(values) - length :]
            values.append(reduce(name, parts))
            states.append(tables.states[states[-1]][origin][1])
            if terminal == "$END" and states[-1] == tables.end:
                return values[-1]
    raise SyntaxError("unfinished")


@cache
def conditions() -> Tables:
    """The tables of `conditions.lark`."""
    return msgspec.json.decode((Path(__file__).parent / "conditions.json").read_bytes(), type=Tables)
