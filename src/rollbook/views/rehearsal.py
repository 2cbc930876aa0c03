"""What a rehearsal explored: how many situations, how the run can end, and the shortest story of anything broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from rollbook.values import Words
from rollbook.views.pretty import pretty
from rollbook.views.wording import RUN_WORDS


class Violated(Protocol):
    @property
    def invariant(self) -> Words: ...
    @property
    def story(self) -> Sequence[Words]: ...


class Explored(Protocol):
    """What the rehearsal driver returns. `complete` False: a bound on the number of states stopped the search."""

    @property
    def states(self) -> int: ...
    @property
    def ends(self) -> Mapping[str, int]: ...
    @property
    def violations(self) -> Sequence[Violated]: ...
    @property
    def complete(self) -> bool: ...


def render(explored: Explored, form: str, language: str) -> str:
    """`form` is "text" or "json" (by the command line's contract)."""
    if form == "text":
        return "\n".join(_lines(explored, language))
    shown = {
        "states": explored.states,
        "ends": dict(explored.ends),
        "violations": [
            {"invariant": v.invariant.said(language), "story": [line.said(language) for line in v.story]}
            for v in explored.violations
        ],
        "complete": explored.complete,
    }
    return pretty(shown)


def _lines(explored: Explored, language: str) -> Iterator[str]:
    def say(en: str, zh: str) -> str:
        return Words(en, zh).said(language)

    yield say(f"{explored.states} situations explored", f"演练了 {explored.states} 种情形")
    if not explored.complete:
        yield say("the search was cut short by its bound", "搜索因达到上限而提前结束")
    for state, count in explored.ends.items():
        word = RUN_WORDS[state].said(language) if state in RUN_WORDS else state
        yield f"  {word}: {count}"
    if not explored.violations:
        yield say("✓ no invariant broke", "✓ 没有破坏任何不变量")
    for violation in explored.violations:
        yield f"✗ {violation.invariant.said(language)}"
        yield from (f"    {number}. {line.said(language)}" for number, line in enumerate(violation.story, start=1))
