"""From a phrase with its literals to a `Found` and the arguments its braces carry. Bind first, substitute later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rollbook.binding.library import Found, Library
from rollbook.binding.markers import Kind
from rollbook.model.conditions import TypedLiteral
from rollbook.model.phrases import phrase_of
from rollbook.values import Json

LITERALS_OF = {
    "Duration": {"duration"},
    "Percent": {"percent"},
    "int": {"number"},
    "float": {"number", "percent", "duration", "size"},
    "bool": {"boolean"},
}
"""Kinds of literal that an annotated brace accepts; `str` and no annotation accept every kind."""


def match(library: Library, phrase: str, literals: Sequence[TypedLiteral], kinds: Iterable[Kind]) -> Found | None:
    """What the library has for the phrase, if the numbers that its author wrote out are the document's. In other words
    several values may stand in another order: then nobody can say which is which."""
    found = library.find(phrase, kinds)
    if found is None or (found.phrase != phrase and len(literals) > 1):
        return None
    return found if _same_constants(found, literals) else None


def arguments(found: Found, literals: Sequence[TypedLiteral]) -> dict[str, TypedLiteral]:
    """Brace name → the document's literal in its place."""
    if not literals:
        return {}
    return {
        str(mine.value): theirs
        for mine, theirs in zip(phrase_of(found.pattern)[1], literals, strict=False)
        if is_brace(mine)
    }


def misfits(found: Found, literals: Sequence[TypedLiteral]) -> tuple[tuple[str, str, TypedLiteral], ...]:
    """(brace, its annotation, literal) for every literal of the wrong kind. A `${parameter}` is checked when filled."""
    wrong = []
    for name, literal in arguments(found, literals).items():
        kind = found.annotations.get(name, "str").partition("|")[0].strip()
        allowed = LITERALS_OF.get(kind)
        if allowed and literal.kind not in allowed and literal.kind != "param":
            wrong.append((name, kind, literal))
    return tuple(wrong)


def is_brace(literal: TypedLiteral) -> bool:
    return literal.kind == "text" and literal.text.strip().startswith("{")


def plain_value(literal: TypedLiteral) -> Json:
    """The value that a plan carries: seconds, a fraction of 1, a number, or text."""
    if literal.kind == "code":
        return literal.value if literal.value is not None else literal.text.strip("`")
    return literal.value


def _same_constants(found: Found, literals: Sequence[TypedLiteral]) -> bool:
    mine = phrase_of(found.pattern)[1]
    return len(mine) == len(literals) and all(
        is_brace(a) or (a.kind, a.value) == (b.kind, b.value) for a, b in zip(mine, literals, strict=True)
    )
