"""Conditions become checks: every leaf bound, with limit, samples and where it looks (M6, M13, M36)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from rollbook.binding.library import Found
from rollbook.binding.matching import match
from rollbook.model.conditions import (
    Compare,
    Condition,
    Expr,
    In,
    Opaque,
    Operator,
    Quantity,
    Says,
    TypedLiteral,
    children,
)
from rollbook.model.phrases import phrase_of
from rollbook.model.plan import Bound, Limit, PlanItem
from rollbook.planning.context import MANUAL, Context
from rollbook.planning.items import filled_arguments
from rollbook.planning.limits import limit_of, tightest
from rollbook.planning.scope import fill
from rollbook.planning.words import words
from rollbook.values import At, Duration, Percent, Words

Where: TypeAlias = Literal["", "probe", "traffic"]


class Place(msgspec.Struct, frozen=True):
    """Where conditions are judged: before servers return ("probe"), once they are back ("traffic"), or neither."""

    step: int
    where: Where
    in_rotation: bool = False


def plan_checks(conditions: tuple[Condition, ...], place: Place, prefix: str, context: Context) -> tuple[PlanItem, ...]:
    """One check item per condition, ids `prefix` + number."""
    return tuple(plan_check(c, place, f"{prefix}{n}", context) for n, c in enumerate(conditions, 1))


def plan_check(condition: Condition, place: Place, item_id: str, context: Context) -> PlanItem:
    """A condition with all its leaves bound; what the grammar could not read is a person's to judge."""
    expr, bounds = _bind(condition, place, context)
    manual = any(b.kind == "manual" for b in bounds)
    text = fill(condition.text, context.scope, condition.at, context.findings)
    return PlanItem(
        item_id, text, phrase_of(condition.text)[0], "manual" if manual else "check", bounds,
        scope=_scope(condition.text, place), effect="pure", limit_s=context.site.limits.command_limit_s, expr=expr,
        document=context.file, line=condition.at.line, from_step=place.step,
    )  # fmt: skip


def _scope(text: str, place: Place) -> Literal["run", "wave"]:
    """A rotation's condition about all servers is judged per wave and again on all (M9)."""
    lowered = text.casefold()
    return "wave" if place.in_rotation and any(w in lowered for w in words("all_servers")) else "run"


def _bind(condition: Condition, place: Place, context: Context) -> tuple[Expr, tuple[Bound, ...]]:
    """The phrase as a whole first: an author's own check for it comes before the grammar's reading."""
    phrase, literals = phrase_of(condition.text)
    whole = match(context.library, phrase, literals, ("check",))
    if whole is not None:
        says = Says(condition.text, phrase, literals)
        return says, (
            _bound(whole, phrase, literals, _borrowed(whole, condition, context), place, context, condition.at),
        )
    return condition.expr, tuple(_leaf_bounds(condition.expr, condition, place, context))


def _leaf_bounds(expr: Expr, condition: Condition, place: Place, context: Context) -> Iterator[Bound]:
    for term in children(expr):
        yield from _leaf_bounds(term, condition, place, context)
    match expr:
        case Says():
            yield _says(expr, condition, place, context)
        case Opaque():
            yield msgspec.structs.replace(MANUAL, phrase=phrase_of(expr.text)[0])
        case Compare(left=Quantity() as quantity):
            yield _measured(quantity, expr, condition, place, context)
        case Compare(right=Quantity() as quantity):
            yield _measured(quantity, _turned(expr), condition, place, context)
        case In(item=Quantity() as quantity):
            yield _measured(quantity, None, condition, place, context)


TURNED: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def _turned(compare: Compare) -> Compare:
    return Compare(compare.right, TURNED[compare.op], compare.left)


def _says(says: Says, condition: Condition, place: Place, context: Context) -> Bound:
    found = match(context.library, says.phrase, says.literals, ("check",))
    if found is not None:
        return _bound(
            found, says.phrase, says.literals, _borrowed(found, condition, context), place, context, condition.at
        )
    return _unbound(says.text, says.phrase, says.literals, "check", condition, context)


def _measured(
    quantity: Quantity, compare: Compare | None, condition: Condition, place: Place, context: Context
) -> Bound:
    literals = phrase_of(quantity.text)[1]
    found = match(context.library, quantity.phrase, literals, ("measure", "check"))
    if found is None:
        return _unbound(quantity.text, quantity.phrase, literals, "measure", condition, context)
    limit = _limit(compare, found, condition, context) if compare else None
    return _bound(found, quantity.phrase, literals, limit, place, context, condition.at)


def _limit(compare: Compare, found: Found, condition: Condition, context: Context) -> Limit | None:
    """The condition's own number, else the tightest that the document states for this measure (M6)."""
    own = limit_of(compare, context)
    if own is not None or (isinstance(compare.right, TypedLiteral) and compare.right.kind in ("code", "text", "boolean")
                           and not _is_unnamed(compare)):  # fmt: skip
        return own
    stated = tightest(context.stated.get(found.binding, ()), compare.op)
    if stated is None:
        context.findings.add(
            "limit-unnamed", condition.at,
            Words(f"“{condition.text}” names no number, and the document states no limit for it",
                  f"“{condition.text}”没有给出数值,文档也没有为它规定限值"),
            Words("write the number, such as “error rate < 1%”", "请写明数值,例如“错误率 < 1%”"),
        )  # fmt: skip
        return None
    _note_limit(condition, stated, found, context)
    return stated


def _borrowed(found: Found, condition: Condition, context: Context) -> Limit | None:
    """The tightest limit stated for the measure that a check leans on ("性能指标符合要求" on the response time, M6)."""
    measure = (
        match(context.library, phrase_of(found.mark.limit_of)[0], (), ("measure",)) if found.mark.limit_of else None
    )
    stated = tightest(context.stated.get(measure.binding, ()), "<=") if measure else None
    if measure is not None and stated is not None:
        _note_limit(condition, stated, measure, context)
    return stated


def _note_limit(condition: Condition, stated: Limit, measure: Found, context: Context) -> None:
    number = f"{measure.pattern} {stated.op} {_shown(stated.value, measure.mark.unit)} ({stated.source})"
    context.note(f"“{condition.text}” takes the tightest limit stated: {number}",
                 f"“{condition.text}”取文档中最严的限值:{number}")  # fmt: skip


def _shown(value: float, unit: str) -> str:
    """A limit as a person writes it: 500ms, 1.5s, 1%."""
    if unit == "s":
        return f"{value * 1000:g}ms" if value < 1 else str(Duration(value))
    return f"{value:g} {unit}" if unit else str(Percent(value))


def _is_unnamed(compare: Compare) -> bool:
    text = str(getattr(compare.right, "text", "") or getattr(compare.right, "path", "")).strip().casefold()
    return any(w in text for w in words("unnamed_limit"))


def _bound(
    found: Found, phrase: str, literals: tuple[TypedLiteral, ...], limit: Limit | None, place: Place, context: Context,
    at: At,
) -> Bound:  # fmt: skip
    where = _where(found, place, at, context)
    samples = _samples(where, context)
    return Bound(
        phrase, found.binding, "measure" if found.kind == "measure" else "check",
        filled_arguments(found, literals, context), limit, where, samples, _expected_s(where, samples, context),
    )  # fmt: skip


def _where(found: Found, place: Place, at: At, context: Context) -> Where:
    """Probes while servers are out of rotation, real traffic once they are back, or the one it can only count."""
    samples = "Sampling" in found.annotations.values()
    only = found.mark.judges
    if not samples and not only:
        return ""
    if only == "traffic" and place.where == "probe":
        context.findings.add(
            "measure-where", at,
            Words(f"“{found.pattern}” counts real traffic, and here the servers are out of rotation",
                  f"“{found.pattern}”统计真实流量,而此时服务器不在负载均衡中"),
            Words("judge it in the step that returns the servers, or later", "请在服务器重新加入之后再判断"),
        )  # fmt: skip
    return only or place.where


def _samples(where: Where, context: Context) -> int:
    limits = context.site.limits
    return {"probe": limits.probe_samples, "traffic": limits.traffic_samples, "": 0}[where]


def _expected_s(where: Where, samples: int, context: Context) -> float:
    """Seconds to gather the samples at the rates that the site states."""
    limits = context.site.limits
    share = 1 / len(context.servers) if context.servers and where == "traffic" else 1.0
    rate = {"probe": limits.probe_rate, "traffic": limits.traffic_rate * share, "": 0.0}[where]
    return round(samples / rate, 1) if rate else 0.0


def _unbound(
    text: str, phrase: str, literals: tuple[TypedLiteral, ...], kind: Literal["check", "measure"],
    condition: Condition, context: Context,
) -> Bound:  # fmt: skip
    if not context.manual:
        from rollbook.binding.stubs import unbound

        context.findings.extend([unbound(context.library, text, literals, kind, context.file, condition.at, phrase)])
    return msgspec.structs.replace(MANUAL, phrase=phrase)
