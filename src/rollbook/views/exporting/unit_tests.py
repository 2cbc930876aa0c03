"""Tests of the alert rules, as promtool runs them: each fires beyond its limits and is silent within them.

For each measure series are made up whose value is known. Rules over a site's own expressions, or over two measures of
one metric, have no test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rollbook.model.conditions import And, Expr, Or
from rollbook.model.deployment import AlertRule, Deployment
from rollbook.values import Json, Words
from rollbook.views.exporting.promql import CODE, DURATIONS, REQUESTS, Bound, Tables, bounds
from rollbook.views.exporting.rules import rule_of, runbook_for, sayable
from rollbook.views.exporting.yaml_files import yaml_file

SETTLED_MIN = 10
"""Minutes until rates over five minutes are steady."""
COUNTED = 1_000_000
"""Requests a minute in the made-up series: fine enough for any share."""
BEYOND = {">": 1.5, ">=": 1.5, "<": 0.5, "<=": 0.5, "==": 1.0}
WITHIN = {">": 0.5, ">=": 0.5, "<": 1.5, "<=": 1.5}


def alerts_test_yml(document: Deployment, known: Tables) -> str:
    """What `promtool test rules` reads; "" where no rule can be tested."""
    tests = [
        test
        for alert in document.alerts
        if sayable(alert, known) and testable(alert, known)
        for test in _tests(alert, rule_of(alert, known, runbook_for(alert, document)), known)
    ]
    content: Json = {"rule_files": ["alerts.yml"], "evaluation_interval": "1m", "tests": tests}
    return yaml_file(HEAD.said(document.language), content) if tests else ""


def testable(alert: AlertRule, known: Tables) -> bool:
    """Whether series can be made up for the alert's measures, one metric for each."""
    found = bounds(alert.condition.expr, known)
    bases = [_base(bound) for bound in found]
    plain = all(re.fullmatch(r'\w+="[^"]*"', part.strip()) for part in known.selector.split(",") if part.strip())
    whole = len(found) == _leaves(alert.condition.expr)
    return bool(found) and whole and plain and all(bases) and len(set(bases)) == len(bases) and _possible(found)


def _tests(alert: AlertRule, rule: dict[str, Json], known: Tables) -> Iterator[Json]:
    """Firing: of alternatives the first alone; silent: none."""
    found = bounds(alert.condition.expr, known)
    either = isinstance(alert.condition.expr, Or)
    firing = [_value(bound, beyond=not either or index == 0) for index, bound in enumerate(found)]
    loud = [s for bound, value in zip(found, firing, strict=True) for s in _series(bound, value, known)]
    yield _test(alert, rule, known, loud, fires=True)
    silent = [s for bound in found for s in _series(bound, _value(bound, beyond=False), known)]
    yield _test(alert, rule, known, silent, fires=False)


def _test(alert: AlertRule, rule: dict[str, Json], known: Tables, series: Sequence[Json], fires: bool) -> Json:
    labels = {**rule["labels"], **(_selected(known) if _is_bare(alert, known) else {})}
    expected: Json = [{"exp_labels": labels, "exp_annotations": rule["annotations"]}] if fires else []
    minutes = SETTLED_MIN + round((alert.for_s or 0) / 60 + 0.5)
    check: Json = {"eval_time": f"{minutes}m", "alertname": alert.name, "exp_alerts": expected}
    return {"interval": "1m", "input_series": list(series), "alert_rule_test": [check]}


def _series(bound: Bound, value: float, known: Tables) -> Iterator[Json]:
    """Made-up series over which the measure has that value (a duration's: beyond or below it)."""
    length, count = 2 * SETTLED_MIN + 1440, COUNTED
    kind = bound.measure.kind
    if kind in ("errors", "successes"):
        bad = value if kind == "errors" else 1 - value
        yield _one(known, REQUESTS, {known.name(CODE): "200"}, f"0+{round(count * (1 - bad))}x{length}")
        yield _one(known, REQUESTS, {known.name(CODE): "500"}, f"0+{round(count * bad)}x{length}")
    elif kind == "quantile":
        low, high = (value, value * 4 / 3) if value > bound.limit else (0.0, value)
        yield _one(known, DURATIONS, {"le": f"{low:.12g}"}, f"0+0x{length}", "_bucket")
        yield _one(known, DURATIONS, {"le": f"{high:.12g}"}, f"0+{count}x{length}", "_bucket")
        yield _one(known, DURATIONS, {"le": "+Inf"}, f"0+{count}x{length}", "_bucket")
    elif kind == "rate":
        yield _one(known, REQUESTS, {known.name(CODE): "200"}, f"0+{value * 60:.12g}x{length}")
    else:
        yield _one(known, bound.label, {}, f"{value:.12g}x{length}")


def _one(known: Tables, base: str, labels: dict[str, str], values: str, suffix: str = "") -> Json:
    pairs = ",".join(f'{name}="{value}"' for name, value in {**_selected(known), **labels}.items())
    return {"series": f"{known.name(base)}{suffix}{{{pairs}}}", "values": values}


def _value(bound: Bound, beyond: bool) -> float:
    """A value on the wanted side of the limit."""
    factors, limit = (BEYOND if beyond else WITHIN), bound.limit
    if bound.op in ("==", "!="):
        return limit if beyond == (bound.op == "==") else limit + 1
    value = limit * factors[bound.op] if limit else (1.0 if (factors[bound.op] > 1) else -1.0)
    if bound.measure.kind == "gauge":
        return value
    return max(0.0, min(1.0, value) if bound.measure.kind in ("errors", "successes") else value)


def _possible(found: Sequence[Bound]) -> bool:
    """Whether there is a value on either side of each limit: a share cannot be over 1, a count not under 0."""
    sides = {">": lambda v, x: v > x, ">=": lambda v, x: v >= x, "<": lambda v, x: v < x, "<=": lambda v, x: v <= x,
             "==": lambda v, x: v == x, "!=": lambda v, x: v != x}  # fmt: skip
    return all(
        sides[b.op](_value(b, beyond=True), b.limit) and not sides[b.op](_value(b, beyond=False), b.limit)
        for b in found
    )


def _base(bound: Bound) -> str:
    """The metric that a measure is computed from; "" for what the site computes itself."""
    match bound.measure.kind:
        case "errors" | "successes" | "rate":
            return REQUESTS
        case "quantile":
            return DURATIONS
        case "gauge":
            return bound.label
    return ""


def _is_bare(alert: AlertRule, known: Tables) -> bool:
    """Whether the alert keeps the labels of its series: it does where its first measure is a metric itself."""
    return bounds(alert.condition.expr, known)[0].measure.kind == "gauge"


def _selected(known: Tables) -> dict[str, str]:
    return dict(re.findall(r'(\w+)="([^"]*)"', known.selector))


def _leaves(expr: Expr) -> int:
    return sum(map(_leaves, expr.terms)) if isinstance(expr, And | Or) else 1


HEAD = Words(
    "Tests of alerts.yml, run by `promtool test rules alerts_test.yml`: every alert fires beyond its limits and is "
    "silent within them.",
    "alerts.yml 的单元测试，用 `promtool test rules alerts_test.yml` 执行：每条告警在超出限值时触发，在限值内不触发。",
)
