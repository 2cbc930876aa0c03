"""Conditions become checks: every leaf bound, with limit, samples and where it looks (M6, M13, M36)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec

from rollbook.binding.library import Found
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
from rollbook.planning.arguments import filled_arguments
from rollbook.planning.context import MANUAL, Context
from rollbook.planning.limits import borrowed_limit, is_unnamed, limit_for
from rollbook.planning.names import settled
from rollbook.planning.scope import fill
from rollbook.planning.words import words
from rollbook.values import Words

PATIENCE = 3
"""How many times the expected time judging may take before nobody expects an answer any more."""
Where: TypeAlias = Literal["", "probe", "traffic"]


class Place(msgspec.Struct, frozen=True):
    """Where conditions are judged: before servers return ("probe"), once they are back ("traffic"), or neither."""

    step: int
    where: Where
    in_rotation: bool = False


class Judged(msgspec.Struct, frozen=True):
    """One condition at its place: what every leaf of it is bound with."""

    condition: Condition
    place: Place
    context: Context


def plan_checks(conditions: Sequence[Condition], place: Place, prefix: str, context: Context) -> tuple[PlanItem, ...]:
    """One check item per condition, ids `prefix` + number."""
    return tuple(plan_check(Judged(c, place, context), f"{prefix}{n}") for n, c in enumerate(conditions, 1))


def plan_check(judged: Judged, item_id: str) -> PlanItem:
    """A condition with all its leaves bound; what the grammar could not read is a person's to judge."""
    condition, context = judged.condition, judged.context
    expr, bounds = _bind(judged)
    manual = any(b.kind == "manual" for b in bounds)
    return PlanItem(
        item_id, fill(condition.text, context.scope, condition.at, context.findings), phrase_of(condition.text)[0],
        "manual" if manual else "check", bounds, scope=_scope(judged), effect="pure",
        limit_s=_limit_s(bounds, context), expr=expr, document=context.file, line=condition.at.line,
        from_step=judged.place.step,
    )  # fmt: skip


def _limit_s(bounds: Sequence[Bound], context: Context) -> float:
    """Seconds after which judging counts as hung: long enough for samples that come at a third of the usual rate."""
    return max(context.site.limits.command_limit_s, PATIENCE * sum(b.expected_s for b in bounds))


def _scope(judged: Judged) -> Literal["run", "wave"]:
    """A rotation's condition about all servers is judged per wave and again on all (M9)."""
    text = judged.condition.text.casefold()
    return "wave" if judged.place.in_rotation and any(w in text for w in words("all_servers")) else "run"


def _bind(judged: Judged) -> tuple[Expr, tuple[Bound, ...]]:
    """The phrase as a whole first: an author's own check for it comes before the grammar's reading."""
    text = judged.condition.text
    phrase, literals = phrase_of(text)
    whole = judged.context.find(phrase, literals, ("check",))
    if whole is not None:
        return Says(text, phrase, literals), (_check(whole, phrase, literals, judged),)
    expr = settled(judged.condition.expr, judged.context, judged.condition.at)
    return expr, tuple(_leaf_bounds(expr, judged))


def _leaf_bounds(expr: Expr, judged: Judged) -> Iterator[Bound]:
    for term in children(expr):
        yield from _leaf_bounds(term, judged)
    match expr:
        case Says():
            yield _says(expr, judged)
        case Opaque():
            yield by_hand(expr.text)
        case Compare(left=Quantity(), right=Quantity()) if not is_unnamed(expr):
            yield by_hand(judged.condition.text)
        case Compare(left=Quantity() as quantity):
            yield _measured(quantity, expr, judged)
        case Compare(right=Quantity() as quantity):
            yield _measured(quantity, Compare(expr.right, TURNED[expr.op], expr.left), judged)
        case In(item=Quantity() as quantity):
            yield _measured(quantity, None, judged)


TURNED: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def _says(says: Says, judged: Judged) -> Bound:
    found = judged.context.find(says.phrase, says.literals, ("check",))
    if found is not None:
        return _check(found, says.phrase, says.literals, judged)
    return _unbound(says.text, says.phrase, says.literals, "check", judged)


def _check(found: Found, phrase: str, literals: tuple[TypedLiteral, ...], judged: Judged) -> Bound:
    return _bound(found, phrase, literals, borrowed_limit(found, judged.condition, judged.context), judged)


def _measured(quantity: Quantity, compare: Compare | None, judged: Judged) -> Bound:
    literals = phrase_of(quantity.text)[1]
    found = judged.context.find(quantity.phrase, literals, ("measure", "check"))
    if found is None:
        return _unbound(quantity.text, quantity.phrase, literals, "measure", judged)
    limit = limit_for(compare, found, judged.condition, judged.context) if compare else None
    return _bound(found, quantity.phrase, literals, limit, judged)


def _bound(found: Found, phrase: str, literals: tuple[TypedLiteral, ...], limit: Limit | None, judged: Judged) -> Bound:
    condition, context = judged.condition, judged.context
    where = _where(found, judged)
    samples = _samples(where, context)
    values = filled_arguments(found, literals, condition.text, condition.at, context)
    kind: Literal["measure", "check"] = "measure" if found.kind == "measure" else "check"
    return Bound(phrase, found.binding, kind, values, limit, where, samples, expected_s(where, samples, context))


def _where(found: Found, judged: Judged) -> Where:
    """Probes while servers are out of rotation, real traffic once they are back, or the one it can only count."""
    only, where = found.mark.judges, judged.place.where
    if "Sampling" not in found.annotations.values() and not only:
        return ""
    if only == "traffic" and where == "probe":
        judged.context.findings.add(
            "measure-where", judged.condition.at,
            Words(f"“{found.pattern}” counts real traffic, and here the servers are out of rotation",
                  f"“{found.pattern}”统计真实流量，而此时服务器不在负载均衡中"),
            Words("judge it in the step that returns the servers, or later", "请在服务器重新加入之后再判断"),
        )  # fmt: skip
    return only or where


def _samples(where: Where, context: Context) -> int:
    limits = context.site.limits
    return {"probe": limits.probe_samples, "traffic": limits.traffic_samples, "": 0}[where]


def expected_s(where: Where, samples: int, context: Context) -> float:
    """Seconds to gather the samples at the rates that the site states."""
    limits = context.site.limits
    share = 1 / len(context.servers) if context.servers and where == "traffic" else 1.0
    rate = {"probe": limits.probe_rate, "traffic": limits.traffic_rate * share, "": 0.0}[where]
    return round(samples / rate, 1) if rate else 0.0


def by_hand(text: str) -> Bound:
    """A leaf that only a person can judge."""
    return msgspec.structs.replace(MANUAL, phrase=phrase_of(text)[0])


def _unbound(
    text: str, phrase: str, literals: tuple[TypedLiteral, ...], kind: Literal["check", "measure"], judged: Judged
) -> Bound:
    if not judged.context.manual:
        from rollbook.binding.stubs import unbound

        library, file, at = judged.context.library, judged.context.file, judged.condition.at
        judged.context.findings.extend([unbound(library, text, literals, kind, file, at, phrase)])
    return by_hand(text)
