"""Conditions in prose → expression trees (`model/conditions`). Nothing is ever evaluated as code.

`错误率 < 1%`, `the error rate stays below 1%`, `environment == "a" or "b"`, `` 参数 `skip_tests` 为 true ``.
A statement without a comparison is one `Says`, however long; text with an operator that the grammar cannot read is
`Opaque`: a person is asked.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Literal, cast

import msgspec

from rollbook.documents.grammar import walk
from rollbook.documents.operators import unfilled
from rollbook.documents.tokens import IDENTIFIER, Piece, Token, is_limit, is_role, is_value_word, tokenise
from rollbook.model.conditions import (
    And,
    Compare,
    Condition,
    Expr,
    In,
    Name,
    Not,
    Opaque,
    Operand,
    Operator,
    Or,
    Quantity,
    Says,
    TypedLiteral,
)
from rollbook.model.literals import normalised
from rollbook.model.phrases import phrase_of, plain_text
from rollbook.model.words import boolean, is_empty_word
from rollbook.values import At


def read_condition(
    text: str, at: At = At(), names: frozenset[str] = frozenset(), comma: Literal["and", "or"] = "and"
) -> Condition:
    """The condition that `text` states. `names` are known parameters; `comma` is what a comma between comparisons means
    ("or" in a rollback column, "and" elsewhere)."""
    return Condition(text, read_expr(text, names, comma), at)


@lru_cache(maxsize=4096)
def read_expr(text: str, names: frozenset[str] = frozenset(), comma: Literal["and", "or"] = "and") -> Expr:
    """The expression alone. A statement's phrase is that of the whole text."""
    plain = normalised(plain_text(text)).rstrip(" 。;,")
    if plain.endswith(".") and not plain.endswith(".."):
        plain = plain[:-1]
    tokens = tokenise(plain, names)
    if not plain or not _compares(tokens):
        return _says(text) if plain.strip("-:. ") else Opaque(text)
    try:
        return _Builder(plain, comma).finished(walk(tokens, _Builder(plain, comma).build))
    except SyntaxError:
        return Opaque(text)


def _compares(tokens: list[Token]) -> bool:
    """Whether there is anything for the grammar: a comparison, or nothing but names and connectives."""
    if any(token.terminal in ("OP", "POST", "IN", "NOTIN") for token in tokens):
        return True
    pieces = [token.value for token in tokens if isinstance(token.value, Piece)]
    return bool(pieces) and all(piece.kind == "name" for piece in pieces)


def _says(text: str) -> Says:
    phrase, literals = phrase_of(text)
    return Says(text.strip(), phrase, literals)


class _Stated(msgspec.Struct):
    """A phrase without an operator: a statement, or one more value of the comparison before it."""

    pieces: tuple[Piece, ...]

    @property
    def value(self) -> TypedLiteral | None:
        """The single value that this is, if it is one."""
        return self.pieces[0].literal if len(self.pieces) == 1 and self.pieces[0].kind in ("value", "code") else None

    def value_after(self, before: Any) -> TypedLiteral | None:
        """The value that this adds to the comparison before it: a bare word too, where that compares with texts."""
        word = self.pieces[0] if len(self.pieces) == 1 else None
        if word is None or word.kind != "words" or not IDENTIFIER.fullmatch(word.text) or not _with_texts(before):
            return self.value
        return TypedLiteral("text", word.text, word.text)


class _Builder:
    """What each alternative of the grammar builds, by its name."""

    def __init__(self, text: str, comma: Literal["and", "or"]) -> None:
        self.text, self.comma = text, comma

    def build(self, name: str, parts: list[Any]) -> Any:
        match name:
            case "first_piece" | "first_option":
                return (parts[0],)
            case "next_piece":
                return (*parts[0], parts[1])
            case "next_option":
                return (*parts[0], parts[2])
            case "stated":
                return _Stated(parts[0])
            case "grouped" | "options":
                return parts[1]
            case "negated":
                return Not(self.finished(parts[1]))
            case "one_option":
                return (parts[0],)
            case _:
                return self._joined(name, parts)

    def _joined(self, name: str, parts: list[Any]) -> Any:
        match name:
            case "compared":
                return self._compare(parts[0], parts[1], parts[2])
            case "limited":
                return self._compare(parts[0][:-1], parts[1], parts[0][-1:])
            case "among" | "outside":
                found = In(self._left(parts[0], None), tuple(self._right(option, True) for option in parts[2]))
                return found if name == "among" else Not(found)
            case "any_of":
                return self._either(parts[0], parts[2])
            case "all_of" | "listed_with":
                return self._both(parts[0], parts[2], comma=name == "listed_with")
            case _:
                return parts[0]

    def finished(self, found: Any) -> Expr:
        """An expression from whatever the grammar left: a lone name is asked to be true, a lone value means nothing."""
        if not isinstance(found, _Stated):
            return cast(Expr, found)
        if len(found.pieces) == 1 and found.pieces[0].kind == "name":
            return Compare(self._left(found.pieces, None), "==", TypedLiteral("boolean", True, "true"))
        if found.value is not None:
            raise SyntaxError("a value alone")
        return _says(self._said(found.pieces))

    def _either(self, before: Any, after: Any) -> Expr:
        """`a == "x" or "y"`: a value alone repeats the comparison before it."""
        if isinstance(after, _Stated) and (value := after.value_after(before)):
            return _alternative(before, value)
        left, right = self.finished(before), self.finished(after)
        return Or((*left.terms, right)) if isinstance(left, Or) else Or((left, right))

    def _both(self, before: Any, after: Any, *, comma: bool) -> Expr:
        if isinstance(after, _Stated) and (value := after.value_after(before)):
            return _alternative(before, value)
        if comma and self.comma == "or":
            return self._either(before, after)
        left, right = self.finished(before), self.finished(after)
        return And((*left.terms, right)) if isinstance(left, And) else And((left, right))

    def _compare(self, left: tuple[Piece, ...], op: str, right: tuple[Piece, ...]) -> Compare:
        operator = cast(Operator, op)
        if _is_value(left) and not _is_value(right):
            return Compare(self._left(right, None), _FLIPPED[operator], self._right(left, False))
        known = len(left) == 1 and (left[0].kind in ("name", "code") or self._named(left) != "")
        value = self._right(right, known)
        return Compare(self._left(left, value if operator in ("==", "!=") else None), operator, value)

    def _left(self, pieces: tuple[Piece, ...], value: Operand | None) -> Operand:
        """A name, or something measured. A bare identifier is a name when it is compared with text or a truth value."""
        if len(pieces) == 1 and pieces[0].kind in ("name", "code"):
            return Name(str(pieces[0].literal.value if pieces[0].literal else pieces[0].text))
        if named := self._named(pieces):
            return Name(named)
        said = unfilled(self._said(pieces))
        texts = isinstance(value, TypedLiteral) and value.kind in ("text", "boolean", "null", "code")
        if texts and IDENTIFIER.fullmatch(said):
            return Name(said)
        if not said:
            raise SyntaxError("nothing to compare")
        return Quantity(said, phrase_of(said)[0])

    def _named(self, pieces: tuple[Piece, ...]) -> str:
        """`X` of `parameter X`."""
        if len(pieces) != 1 or pieces[0].kind != "words":
            return ""
        role, _, name = unfilled(pieces[0].text).rpartition(" ")
        return name if is_role(role) and IDENTIFIER.fullmatch(name) else ""

    def _right(self, pieces: tuple[Piece, ...], named: bool) -> Operand:
        """A literal, a name, a limit without a number, or, compared with a name, a bare word as text."""
        first = pieces[0]
        if len(pieces) == 2 and first.literal and first.literal.kind == "number" and _UNIT.fullmatch(pieces[1].text):
            return msgspec.structs.replace(first.literal, unit=pieces[1].text)
        if len(pieces) != 1:
            raise SyntaxError("more than a value")
        if first.kind == "name":
            return Name(str(first.literal.value if first.literal else first.text))
        if first.literal:
            return first.literal
        if is_value_word(first.text):
            truth = boolean(first.text)
            return TypedLiteral("null" if is_empty_word(first.text) and truth is None else "boolean", truth, first.text)
        if is_limit(first.text):
            return Quantity(first.text, phrase_of(first.text)[0])
        if named or IDENTIFIER.fullmatch(first.text):
            return TypedLiteral("text", first.text, first.text)
        raise SyntaxError("no value")

    def _said(self, pieces: tuple[Piece, ...]) -> str:
        return self.text[pieces[0].start : pieces[-1].end].strip() if pieces else ""


_FLIPPED: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


_UNIT = re.compile(r"[^\W\d_]{1,12}(?:/[^\W\d_]{1,6})?")


def _alternative(before: Any, value: TypedLiteral) -> Expr:
    """One more value for the last comparison of `before`."""
    if isinstance(before, In):
        return In(before.item, (*before.options, value))
    if isinstance(before, Not) and isinstance(before.term, In):
        return Not(In(before.term.item, (*before.term.options, value)))
    last = before.terms[-1] if isinstance(before, Or) else before
    if not isinstance(last, Compare):
        raise SyntaxError("a value without a comparison")
    repeated = Compare(last.left, last.op, value)
    return Or((*before.terms, repeated)) if isinstance(before, Or) else Or((before, repeated))


def _with_texts(before: Any) -> bool:
    """Whether the last comparison is with texts, so that one more word is one more text."""
    found = before.term if isinstance(before, Not) else before.terms[-1] if isinstance(before, Or) else before
    right = found.options[-1] if isinstance(found, In) else found.right if isinstance(found, Compare) else None
    return isinstance(right, TypedLiteral) and right.kind in ("text", "code")


def _is_value(pieces: tuple[Piece, ...]) -> bool:
    return len(pieces) == 1 and pieces[0].kind == "value"
