"""Limits: the number of a comparison, or the tightest that the document states for the same measure (M6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from rollbook.binding.findings import problem
from rollbook.binding.library import Found, Library
from rollbook.binding.matching import match
from rollbook.model.conditions import Compare, Condition, Expr, Operator, Quantity, TypedLiteral, children
from rollbook.model.deployment import Deployment
from rollbook.model.phrases import phrase_of
from rollbook.model.plan import Limit
from rollbook.model.workflow import Workflow
from rollbook.planning.context import Context
from rollbook.planning.words import words
from rollbook.values import Duration, Percent, Words

NUMERIC = ("duration", "percent", "size", "number")
WRONG_KINDS = {"s": ("percent", "size", "number"), "bytes": ("percent", "duration"), "": ("duration", "size")}
"""Kinds of literal that a measure of this unit cannot be compared with; "" is a proportion or a count."""


def stated_limits(
    workflow: Workflow, library: Library, deployment: Deployment | None = None
) -> dict[str, tuple[Limit, ...]]:
    """Binding of a measure → every limit that success conditions and criteria give it, with the place it stands."""
    limits: dict[str, tuple[Limit, ...]] = {}
    listed = [(e, f"{workflow.source.path}:{line}") for e, line in _expressions(workflow)]
    for expr, place in [*listed, *_bad(deployment)]:
        for compare in _comparisons(expr):
            if not isinstance(compare.left, Quantity) or not isinstance(compare.right, TypedLiteral):
                continue
            found = match(library, compare.left.phrase, phrase_of(compare.left.text)[1], ("measure",))
            if found is None or compare.right.kind not in NUMERIC:
                continue
            limit = Limit(compare.op, float(compare.right.value), compare.right.unit, place)
            limits[found.binding] = (*limits.get(found.binding, ()), limit)
    return limits


def limit_for(compare: Compare, found: Found, condition: Condition, context: Context) -> Limit | None:
    """The comparison's own number; where it only speaks of a threshold, the tightest stated one. Neither: a problem."""
    right = compare.right
    if isinstance(right, TypedLiteral) and right.kind in NUMERIC:
        if right.kind in WRONG_KINDS.get(found.mark.unit, ()):
            _wrong_kind(right, found, condition, context)
        return Limit(compare.op, float(right.value), right.unit)
    if not is_unnamed(compare):
        return None
    stated = tightest(context.stated.get(found.binding, ()), compare.op)
    if stated is None:
        _unnamed(condition, context)
        return None
    _note(condition, stated, found, context)
    return stated


def borrowed_limit(found: Found, condition: Condition, context: Context) -> Limit | None:
    """The tightest limit stated for the measure that a check leans on ("性能指标符合要求" on the response time, M6)."""
    phrase = phrase_of(found.mark.limit_of)[0] if found.mark.limit_of else ""
    measure = match(context.library, phrase, (), ("measure",)) if phrase else None
    if measure is None:
        return None
    stated = tightest(context.stated.get(measure.binding, ()), "<=")
    if stated is not None:
        _note(condition, stated, measure, context)
    return stated


def is_unnamed(compare: Compare) -> bool:
    """Whether the right side is a word for a limit, such as 阈值, and no number."""
    right = compare.right
    text = phrase_of(str(getattr(right, "text", "") or getattr(right, "path", "")))[0]
    return any(w in text for w in words("unnamed_limit"))


def tightest(limits: Iterable[Limit], op: Operator) -> Limit | None:
    """The strictest of `limits` in the direction of `op`: the smallest upper bound, the greatest lower bound."""
    upper = op in ("<", "<=")
    same_way = [x for x in limits if (x.op in ("<", "<=")) == upper and x.op not in ("==", "!=")]
    if not same_way:
        return None
    return min(same_way, key=lambda x: (x.value, x.op)) if upper else max(same_way, key=lambda x: (x.value, x.op))


def _expressions(workflow: Workflow) -> Iterator[tuple[Expr, int]]:
    for step in workflow.steps:
        for condition in step.success:
            yield condition.expr, condition.at.line
    for criterion in workflow.criteria:
        yield criterion.expr, criterion.at.line


def _bad(deployment: Deployment | None) -> Iterator[tuple[Expr, str]]:
    """What an alert rule or a canary's rollback condition calls bad, turned into the limit that is good."""
    if deployment is None:
        return
    conditions = [rule.condition for rule in deployment.alerts]
    conditions += [stage.rollback_when for stage in deployment.canary if stage.rollback_when is not None]
    for condition in conditions:
        place = f"{deployment.source.path}:{condition.at.line}"
        for compare in _comparisons(condition.expr):
            yield msgspec.structs.replace(compare, op=GOOD[compare.op]), place


GOOD: dict[Operator, Operator] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def _comparisons(expr: Expr) -> Iterator[Compare]:
    if isinstance(expr, Compare):
        yield expr
    for term in children(expr):
        yield from _comparisons(term)


def _note(condition: Condition, stated: Limit, measure: Found, context: Context) -> None:
    number = f"{stated.op} {_shown(stated.value, measure.mark.unit)} ({stated.source})"
    context.note(f"“{condition.text}” takes the tightest limit stated: {number}",
                 f"“{condition.text}”取文档中最严的限值：{number}")  # fmt: skip


def _shown(value: float, unit: str) -> str:
    """A limit as a person writes it: 500ms, 1.5s, 1%."""
    if unit == "s":
        return f"{value * 1000:g}ms" if value < 1 else str(Duration(value))
    return f"{value:g} {unit}" if unit else str(Percent(value))


def _unnamed(condition: Condition, context: Context) -> None:
    context.findings.add(
        "limit-unnamed", condition.at,
        Words(f"“{condition.text}” names no number, and the document states no limit for it",
              f"“{condition.text}”没有给出数值，文档也没有为它规定限值"),
        Words("write the number, such as “error rate < 1%”", "请写明数值，例如“错误率 < 1%”"),
    )  # fmt: skip


def _wrong_kind(literal: TypedLiteral, found: Found, condition: Condition, context: Context) -> None:
    wanted = {"s": Words("a duration such as 500ms", "时长，例如 500ms"), "bytes": Words("a size", "大小")}.get(
        found.mark.unit, Words("a percentage or a number", "百分比或数字")
    )
    context.findings.extend([problem(
        "literal-type", context.file, condition.at,
        Words(f"“{found.pattern}” is compared with “{literal.text}”, which is not {wanted.en}",
              f"“{found.pattern}”与“{literal.text}”比较，但它不是{wanted.zh}"),
    )])  # fmt: skip
