"""Conditions as expression trees, read from prose by `documents/conditions` and never evaluated as code.

    Expr    = Compare | And | Or | Not | In | Says | Opaque
    Operand = Name | Quantity | Literal

`Name` refers to a parameter or `variables.x`; `Quantity` to something measured ("错误率", "response time"), which
binding resolves to a `@measure`; `Says` is a statement that a `@check` answers ("无活跃连接"); `Opaque` is what the
grammar could not read: a manual gate, never "true".
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from rollbook.values import At, Json

LiteralKind: TypeAlias = Literal["duration", "percent", "size", "number", "code", "param", "text", "boolean", "null"]
Operator: TypeAlias = Literal["<", "<=", ">", ">=", "==", "!="]


class TypedLiteral(msgspec.Struct, frozen=True, tag="literal"):
    """A typed value in prose. `value`: seconds for durations, fraction of 1 for percents, bytes for sizes,
    the name inside `${…}` for params; `text` is the spelling in the document."""

    kind: LiteralKind
    value: Json
    text: str
    unit: str = ""
    """For numbers with a unit that is none of the kinds: "ms" never appears (it is a duration), "requests/s" may."""


class Name(msgspec.Struct, frozen=True, tag="name"):
    """A parameter (`environment`) or variable (`variables.require_approval`)."""

    path: str


class Quantity(msgspec.Struct, frozen=True, tag="quantity"):
    """Something measured. `phrase` is its identity (see `documents/phrases`), `text` its spelling."""

    text: str
    phrase: str


Operand: TypeAlias = Name | Quantity | TypedLiteral


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    left: Operand
    op: Operator
    right: Operand


class And(msgspec.Struct, frozen=True, tag="and"):
    terms: tuple[Compare | And | Or | Not | In | Says | Opaque, ...]


class Or(msgspec.Struct, frozen=True, tag="or"):
    terms: tuple[Compare | And | Or | Not | In | Says | Opaque, ...]


class Not(msgspec.Struct, frozen=True, tag="not"):
    term: Compare | And | Or | Not | In | Says | Opaque


class In(msgspec.Struct, frozen=True, tag="in"):
    item: Operand
    options: tuple[Operand, ...]


class Says(msgspec.Struct, frozen=True, tag="says"):
    """A statement whose truth a check knows. `phrase` has its literals replaced by `{}`."""

    text: str
    phrase: str
    literals: tuple[TypedLiteral, ...] = ()


class Opaque(msgspec.Struct, frozen=True, tag="opaque"):
    """Text the grammar cannot read."""

    text: str


Expr: TypeAlias = Compare | And | Or | Not | In | Says | Opaque
"""And, Or and Not spell the union out: msgspec resolves classes, not an alias that names itself."""


def children(expr: Expr) -> tuple[Expr, ...]:
    """Direct sub-expressions, in reading order."""
    if isinstance(expr, And | Or):
        return expr.terms
    return (expr.term,) if isinstance(expr, Not) else ()


class Condition(msgspec.Struct, frozen=True):
    """One condition as a document states it."""

    text: str
    expr: Expr
    at: At = At()
