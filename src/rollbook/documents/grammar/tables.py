"""Makes `conditions.json` of `conditions.lark`, with lark: python -m rollbook.documents.grammar.tables"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from lark import Lark, Token
from lark.lexer import Lexer
from lark.parsers.lalr_analysis import Shift

from rollbook.documents.grammar import Tables


class _Given(Lexer):
    """Tokens come ready-made; lark only needs to know that somebody else cuts them."""

    def __init__(self, _conf: object) -> None:
        pass

    def lex(self, *_: object) -> Iterator[Token]:
        return iter(())


def make() -> Tables:
    """The tables of the grammar as lark's LALR generator makes them, states and rules in a stable order."""
    grammar = (Path(__file__).parent / "conditions.lark").read_text(encoding="utf-8")
    built = Lark(grammar, parser="lalr", lexer=_Given, start="either").parser.parser._parse_table
    rows: dict[int, dict[str, tuple[Any, Any]]] = built.states
    rules = sorted({rule for row in rows.values() for act, rule in row.values() if act is not Shift}, key=str)
    order = _walked(rows, built.start_states["either"])
    states = tuple(
        {
            name: (0, order.index(to)) if act is Shift else (1, rules.index(to))
            for name, (act, to) in sorted(rows[s].items())
        }
        for s in order
    )
    shape = tuple((str(rule.origin.name), str(rule.alias), len(rule.expansion)) for rule in rules)
    return Tables(0, order.index(built.end_states["either"]), states, shape)


def _walked(rows: dict[int, dict[str, tuple[Any, Any]]], start: int) -> list[int]:
    """States in the order in which a walk from the start meets them: lark's own numbers change from run to run."""
    order = [start]
    for state in order:
        order += [to for _, (act, to) in sorted(rows[state].items()) if act is Shift and to not in order]
    return order


if __name__ == "__main__":
    target = Path(__file__).parent / "conditions.json"
    target.write_bytes(msgspec.json.format(msgspec.json.encode(make()), indent=0) + b"\n")
