"""Is a condition true? Its leaves are asked, its expression decided in three values: pass, fail, no data.

    judge                  the expression: and, or, not over leaves
    ask                    one leaf: a check's own verdict, or a measure against its limit
    drivers/traffic_watch  a measure of real traffic, block by block (M34 to M37)

No data is never success (M13): "and" passes only when all pass, "or" fails only when all fail.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import TypeAlias

import msgspec

from rollbook.analysis.sequential import BLOCK_S
from rollbook.drivers.comparing import Comparison, comparison, constant_verdict, quantity_verdict
from rollbook.drivers.traffic_watch import Watch, watch
from rollbook.model.conditions import And, Compare, Expr, In, Not, Operator, Or, Quantity, Says, TypedLiteral
from rollbook.model.phrases import phrase_of
from rollbook.model.plan import Bound, Plan, PlanItem, SiteFacts
from rollbook.ports import Clock
from rollbook.values import Counts, Sampling, Verdict, VerdictState, Words

Tell: TypeAlias = Callable[[str, Mapping[str, float]], None]
Call: TypeAlias = Callable[[Bound, Sampling], Awaitable[Counts | Verdict]]

INVERSE: dict[Operator, Operator] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
SWAPPED: dict[VerdictState, VerdictState] = {"pass": "fail", "fail": "pass", "no_data": "no_data"}
MARGIN = 0.9
"""A judge ends by itself within this share of its item's limit, so that running out of data is said, not timed out."""


class Judging(msgspec.Struct, frozen=True):
    """What every leaf of one condition is judged with."""

    item: PlanItem
    call: Call
    clock: Clock
    site: SiteFacts
    alpha: float
    language: str
    lasting_s: float | None = None
    until: float = 0.0
    """When a watch is over, by the clock."""
    tell: Tell = lambda _phrase, _figures: None
    time_scale: float = 1.0

    def paced(self, seconds: float) -> float:
        """A time of the document as this run keeps it."""
        return seconds * self.time_scale


async def judge(
    item: PlanItem,
    call: Call,
    clock: Clock,
    site: SiteFacts,
    *,
    tests: int = 1,
    language: str = "en",
    lasting_s: float | None = None,
    tell: Tell = lambda _phrase, _figures: None,
    time_scale: float = 1.0,
) -> Verdict:
    """The verdict on `item.expr`, with its numbers: n, events, value, limit.

    `tests` is how many sequential tests the run makes (`traffic_tests`): the run's α is split over them. Errors raised
    by a check or measure (StepFailed, Unreachable) pass through: they are the caller's to record.

    `lasting_s`: the condition is watched for so many seconds and must hold all the time (a canary's stage, M37); a trip
    ends the watch at once. Infinite: a standing watch, which nothing but a trip ends. `tell` hears of every block of a
    test of real traffic: the condition's phrase and its figures so far."""
    until = clock.now() + (lasting_s or 0.0)
    alpha = site.alpha / max(1, tests)
    judging = Judging(item, call, clock, site, alpha, language, lasting_s, until, tell, time_scale)
    if item.expr is None:
        return await ask(item.bound[0], None, judging)
    return await _decide(_inward(item.expr), judging)


def traffic_tests(plan: Plan) -> int:
    """How many tests of real traffic a run of `plan` makes: one per stage and condition leaf that looks at traffic, and
    one more for a watch, which stands on after its verdict."""
    items = plan.items()
    judged = [
        (items[i], 2 if s.kind == "watch" else 1)
        for s in plan.program
        if s.kind in ("judge", "watch")
        for lane in s.lanes
        for i in lane.items
        if i in items
    ]
    return max(1, sum(tests for item, tests in judged for b in item.bound if b.judges == "traffic"))


async def ask(bound: Bound, compare: Compare | None, judging: Judging) -> Verdict:
    """One leaf: call what it is bound to, and hold what it answers against the limit."""
    limit = comparison(bound, compare)
    sampling = Sampling(bound.judges, _samples(bound, judging.site), limit.value if limit else None, judging.alpha)
    if bound.kind not in ("check", "measure"):
        return _unknown(judging, f"only a person can judge “{bound.phrase}”", f"“{bound.phrase}”只能由人判断")
    if bound.kind == "measure" and bound.judges == "traffic" and limit:
        within_s = _within_s(judging)
        told = partial(judging.tell, bound.phrase)
        for_s = judging.paced(bound.for_s)
        watching = Watch(bound, limit, sampling, within_s, judging.language, judging.lasting_s or 0.0, for_s, told)
        return await watch(watching, judging.call, judging.clock)
    return await _looked_at(bound, limit, sampling, judging)


async def _looked_at(bound: Bound, limit: Comparison | None, sampling: Sampling, judging: Judging) -> Verdict:
    """One look; in a watch one every two seconds, until it fails, or has failed for as long as it must."""
    verdict, failing = await _once(bound, limit, sampling, judging), judging.clock.now()
    while judging.lasting_s is not None and judging.clock.now() < judging.until:
        now = judging.clock.now()
        failing = failing if verdict.state == "fail" else math.inf
        if now - failing >= judging.paced(bound.for_s):
            return verdict
        await judging.clock.sleep(min(BLOCK_S, judging.until - now))
        verdict = await _once(bound, limit, sampling, judging)
        failing = min(failing, judging.clock.now())
    if verdict.state == "fail" and judging.clock.now() - failing < judging.paced(bound.for_s):
        return _unknown(judging, f"“{bound.phrase}” began to fail late", f"“{bound.phrase}”在末尾才开始不成立")
    return verdict


def _within_s(judging: Judging) -> float:
    """Seconds until traffic must have decided: a condition's own limit, or a stage's time, which the site may let be
    longer, until there were enough requests."""
    more_s = judging.item.limit_s * MARGIN
    if judging.lasting_s is None:
        return more_s
    return judging.lasting_s + (more_s if judging.site.short_stage == "wait" else 0.0)


async def _once(bound: Bound, limit: Comparison | None, sampling: Sampling, judging: Judging) -> Verdict:
    """One look: a check's own verdict, or a measure against its limit."""
    answer = await judging.call(bound, sampling)
    if isinstance(answer, Verdict):
        return answer
    if limit is None:
        return _unknown(judging, f"“{bound.phrase}” has no limit to judge by", f"“{bound.phrase}”没有可用的限值")
    needed = sampling.n if bound.judges else 1
    return quantity_verdict(answer, limit, needed, judging.language)


async def _decide(expr: Expr, judging: Judging) -> Verdict:
    match expr:
        case And(terms=terms):
            return await _several(terms, "fail", judging)
        case Or(terms=terms):
            return await _several(terms, "pass", judging)
        case Not(term=term):
            return _swapped(await _decide(term, judging))
        case Compare() | Says() | In():
            return await _leaf(expr, judging)
    return _unknown(judging, "nobody can read this condition", "无法读懂该条件")


async def _several(terms: tuple[Expr, ...], decisive: VerdictState, judging: Judging) -> Verdict:
    """Terms are asked until one is decisive ("fail" for and, "pass" for or); otherwise one without data leaves it
    open. In a watch they are watched side by side."""
    verdicts = await (_in_turn if judging.lasting_s is None else _side_by_side)(terms, decisive, judging)
    states = {v.state for v in verdicts}
    state = decisive if decisive in states else "no_data" if "no_data" in states else SWAPPED[decisive]
    return Verdict(state, "; ".join(v.detail for v in verdicts if v.detail), _merged(verdicts))


async def _in_turn(terms: tuple[Expr, ...], decisive: VerdictState, judging: Judging) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for term in terms:
        verdicts.append(await _decide(term, judging))
        if verdicts[-1].state == decisive:
            break
    return verdicts


async def _side_by_side(terms: tuple[Expr, ...], decisive: VerdictState, judging: Judging) -> list[Verdict]:
    """All at once; a decisive one ends the watch, and stands last."""
    import asyncio

    waiting = {asyncio.ensure_future(_decide(term, judging)) for term in terms}
    verdicts: list[Verdict] = []
    try:
        while waiting and not any(v.state == decisive for v in verdicts):
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            verdicts += [task.result() for task in done]
    finally:
        for task in waiting:
            task.cancel()
    return sorted(verdicts, key=lambda v: v.state == decisive)


async def _leaf(expr: Compare | Says | In, judging: Judging) -> Verdict:
    bound = _bound(expr, judging.item)
    if bound is not None:
        return await ask(bound, expr if isinstance(expr, Compare) else None, judging)
    if isinstance(expr, Compare) and isinstance(expr.left, TypedLiteral) and isinstance(expr.right, TypedLiteral):
        return constant_verdict(expr.left, expr.op, expr.right)
    return _unknown(judging, "nothing is bound to this condition", "该条件没有绑定任何检查")


def _bound(expr: Compare | Says | In, item: PlanItem) -> Bound | None:
    phrases = set(_phrases(expr))
    found = next((b for b in item.bound if b.phrase in phrases), None)
    return found or (item.bound[0] if len(item.bound) == 1 else None)


def _phrases(expr: Compare | Says | In) -> Iterator[str]:
    operands = (expr.left, expr.right) if isinstance(expr, Compare) else (expr.item,) if isinstance(expr, In) else ()
    yield from (o.phrase for o in operands if isinstance(o, Quantity))
    if isinstance(expr, Says):
        yield from (expr.phrase, phrase_of(expr.text)[0])


def _inward(expr: Expr) -> Expr:
    """Negations moved to the leaves, where a comparison turns into its opposite: a test then always tries to disprove
    what the document hopes for."""
    match expr:
        case Not(term=Not(term=inner)):
            return _inward(inner)
        case Not(term=And(terms=terms)):
            return Or(tuple(_inward(Not(t)) for t in terms))
        case Not(term=Or(terms=terms)):
            return And(tuple(_inward(Not(t)) for t in terms))
        case Not(term=Compare(left=left, op=op, right=right)):
            return Compare(left, INVERSE[op], right)
        case And(terms=terms):
            return And(tuple(_inward(t) for t in terms))
        case Or(terms=terms):
            return Or(tuple(_inward(t) for t in terms))
    return expr


def _samples(bound: Bound, site: SiteFacts) -> int:
    if bound.samples:
        return bound.samples
    return {"probe": site.probe_samples, "traffic": site.traffic_samples, "": 0}[bound.judges]


def _merged(verdicts: list[Verdict]) -> dict[str, float]:
    """Numbers of the deciding (last) verdict under their own names; the others' behind their position."""
    numbers = {f"{i}.{k}": v for i, verdict in enumerate(verdicts[:-1], 1) for k, v in verdict.numbers.items()}
    return {**numbers, **(verdicts[-1].numbers if verdicts else {})}


def _swapped(verdict: Verdict) -> Verdict:
    return msgspec.structs.replace(verdict, state=SWAPPED[verdict.state])


def _unknown(judging: Judging, en: str, zh: str) -> Verdict:
    return Verdict.unknown(Words(en, zh).said(judging.language))
