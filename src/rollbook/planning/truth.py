"""Is a condition true? Three answers at plan time: yes, no, and None for "only the run or a person can say"."""

from __future__ import annotations

from typing import TypeAlias

from rollbook.model.conditions import And, Compare, Expr, In, Name, Not, Operand, Operator, Or, TypedLiteral
from rollbook.model.words import boolean, environment_identity
from rollbook.planning.parameters import shown
from rollbook.planning.scope import Scope, bare, is_late
from rollbook.values import Json

Truth: TypeAlias = bool | None


def truth(expr: Expr, scope: Scope) -> Truth:
    """The value of `expr`, as far as it is known before the run. What nobody can evaluate is None, never true."""
    if isinstance(expr, And):
        return _all(truth(t, scope) for t in expr.terms)
    if isinstance(expr, Or):
        return _invert(_all(_invert(truth(t, scope)) for t in expr.terms))
    if isinstance(expr, Not):
        return _invert(truth(expr.term, scope))
    if isinstance(expr, Compare):
        return _compare(expr.left, expr.op, expr.right, scope)
    if isinstance(expr, In):
        hits = [_compare(expr.item, "==", option, scope) for option in expr.options]
        return True if True in hits else (None if None in hits else False)
    return None


def _all(values: object) -> Truth:
    seen = list(values)  # type: ignore[call-overload]
    return False if False in seen else (None if None in seen else True)


def _invert(value: Truth) -> Truth:
    return None if value is None else not value


def _compare(left: Operand, op: Operator, right: Operand, scope: Scope) -> Truth:
    known_left, a = _value(left, scope)
    known_right, b = _value(right, scope)
    if not (known_left and known_right):
        return None
    if _about_environment(left, scope) or _about_environment(right, scope):
        a, b = environment_identity(shown(a)), environment_identity(shown(b))
    same = _same(a, b)
    if op in ("==", "!="):
        return same if op == "==" else not same
    return _ordered(a, op, b)


def _value(operand: Operand, scope: Scope) -> tuple[bool, Json]:
    """Whether the operand's value is known, and the value. A declared parameter without value is None, and known."""
    if isinstance(operand, Name):
        return _named(operand.path, scope)
    if isinstance(operand, TypedLiteral):
        if operand.kind == "param":
            return _named(str(operand.value), scope)
        if operand.kind == "code":
            return True, operand.value if operand.value is not None else operand.text.strip("`")
        return True, operand.value
    return False, None


def _named(name: str, scope: Scope) -> tuple[bool, Json]:
    key = bare(name)
    if scope.environment_name and key == scope.environment_name:
        return True, scope.counterpart
    if key in scope.variables:
        return True, scope.variables[key]
    known = key in scope.declared or (key in scope.assigned and not scope.undecided)
    return known and not is_late(name), scope.parameters.get(key)


def _about_environment(operand: Operand, scope: Scope) -> bool:
    name = operand.path if isinstance(operand, Name) else operand.value if isinstance(operand, TypedLiteral) else ""
    is_name = isinstance(operand, Name) or (isinstance(operand, TypedLiteral) and operand.kind == "param")
    return is_name and bool(scope.environment_name) and bare(str(name)) == scope.environment_name


def _same(a: Json, b: Json) -> bool:
    """Equal values; a boolean equals the words for it (`是`, "true"), a number its digits, else texts compare."""
    if isinstance(a, bool) or isinstance(b, bool):
        return _as_boolean(a) is not None and _as_boolean(a) == _as_boolean(b)
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a == b
    return shown(a).strip().casefold() == shown(b).strip().casefold()


def _as_boolean(value: Json) -> bool | None:
    return value if isinstance(value, bool) else boolean(value) if isinstance(value, str) else None


def _ordered(a: Json, op: Operator, b: Json) -> Truth:
    if isinstance(a, list) and isinstance(b, int | float):
        a = len(a)
    try:
        x, y = float(a), float(b)
    except (TypeError, ValueError):
        return None
    return {"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[op]
