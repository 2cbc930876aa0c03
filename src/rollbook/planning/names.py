"""Names inside conditions: what is known takes its value's place, what nobody declared is a problem (M1, M4)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rollbook.model.conditions import (
    And,
    Compare,
    Expr,
    In,
    LiteralKind,
    Name,
    Not,
    Operand,
    Or,
    TypedLiteral,
    children,
)
from rollbook.model.literals import read_literal
from rollbook.planning.context import Context
from rollbook.planning.parameters import shown
from rollbook.planning.scope import bare, is_late, unknown_name
from rollbook.values import At, Json


def settled(expr: Expr, context: Context, at: At) -> Expr:
    """`expr` with every name that has a value replaced by it. An unknown name is an error at `at`."""
    report_unknown(expr, context, at)
    return _settled(expr, context)


def report_unknown(expr: Expr, context: Context, at: At) -> None:
    """A problem for each name that is neither parameter nor variable, unless a person is asked anyway."""
    for name in dict.fromkeys(names_of(expr)):
        if not context.scope.knows(name) and not context.manual:
            unknown_name(name, context.scope, at, context.findings)


def names_of(expr: Expr) -> Iterator[str]:
    """Every name that an expression mentions."""
    for operand in operands_of(expr):
        if isinstance(operand, Name):
            yield operand.path
        elif isinstance(operand, TypedLiteral) and operand.kind == "param":
            yield str(operand.value)
    for term in children(expr):
        yield from names_of(term)


def compared_with(expr: Expr, name: str) -> Iterator[str]:
    """The texts that an expression compares the parameter `name` with."""
    operands = operands_of(expr)
    if any(isinstance(o, Name) and bare(o.path) == name for o in operands):
        yield from (str(o.value) for o in operands if isinstance(o, TypedLiteral) and isinstance(o.value, str))
    for term in children(expr):
        yield from compared_with(term, name)


def operands_of(expr: Expr) -> tuple[Operand, ...]:
    """Both sides of a comparison, or an item and its options."""
    if isinstance(expr, Compare):
        return (expr.left, expr.right)
    return (expr.item, *expr.options) if isinstance(expr, In) else ()


def _settled(expr: Expr, context: Context) -> Expr:
    match expr:
        case And(terms=terms):
            return And(tuple(_settled(t, context) for t in terms))
        case Or(terms=terms):
            return Or(tuple(_settled(t, context) for t in terms))
        case Not(term=term):
            return Not(_settled(term, context))
        case Compare(left=left, right=right):
            return msgspec.structs.replace(expr, left=_operand(left, context), right=_operand(right, context))
        case In(item=item, options=options):
            return In(_operand(item, context), tuple(_operand(o, context) for o in options))
    return expr


def _operand(operand: Operand, context: Context) -> Operand:
    name = operand.path if isinstance(operand, Name) else ""
    if isinstance(operand, TypedLiteral) and operand.kind == "param":
        name = str(operand.value)
    if not name or is_late(name):
        return operand
    scope = context.scope
    value = scope.counterpart if bare(name) == scope.environment_name else scope.value(name)
    return operand if value is None else as_literal(value)


def as_literal(value: Json) -> TypedLiteral:
    """A parameter's value as the document could have written it: "30s" is a duration, "1%" a percentage."""
    if isinstance(value, bool):
        return TypedLiteral("boolean", value, shown(value))
    if isinstance(value, int | float):
        return TypedLiteral("number", value, shown(value))
    text = shown(value)
    kind: LiteralKind = "text"
    return read_literal(text) or TypedLiteral(kind, text, text)
