"""A Grafana dashboard: a panel per measure that alerts or canary stages speak of, with their limits drawn in."""

from __future__ import annotations

import hashlib
import json

from rollbook.model.conditions import Condition
from rollbook.model.deployment import Deployment
from rollbook.values import Json
from rollbook.views.exporting import MARK
from rollbook.views.exporting.promql import Bound, Tables, bounds

WIDTH, HEIGHT = 12, 8
"""Of a panel in Grafana's grid, which is 24 wide."""
SOURCE: Json = {"type": "prometheus", "uid": "${source}"}


def dashboard_json(document: Deployment, known: Tables) -> str:
    """The dashboard as Grafana imports it; the data source is asked for."""
    found: dict[str, list[Bound]] = {}
    for condition in _conditions(document):
        for bound in bounds(condition.expr, known):
            found.setdefault(bound.measure.expr, []).append(bound)
    panels = [_panel(number, all_bounds) for number, all_bounds in enumerate(found.values())]
    title = document.title or "Deployment"
    content: Json = {
        "uid": hashlib.sha256(title.encode()).hexdigest()[:16],
        "title": title,
        "description": MARK,
        "tags": ["rollbook"],
        "schemaVersion": 38,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus"}]},
        "links": [_link(link.label, link.url) for link in document.links if link.url],
        "panels": panels,
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _conditions(document: Deployment) -> list[Condition]:
    stages = [stage.rollback_when for stage in document.canary if stage.rollback_when]
    return [*(alert.condition for alert in document.alerts), *stages]


def _panel(number: int, all_bounds: list[Bound]) -> Json:
    """One measure over time; its limits are lines, red from the loosest alert or stage on."""
    first = all_bounds[0]
    limits = sorted({bound.limit for bound in all_bounds if bound.op in (">", ">=")})
    steps: list[Json] = [{"color": "green", "value": None}]
    steps += [{"color": "red" if limit == limits[-1] else "orange", "value": limit} for limit in limits]
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": first.label,
        "datasource": SOURCE,
        "gridPos": {"x": WIDTH * (number % 2), "y": HEIGHT * (number // 2), "w": WIDTH, "h": HEIGHT},
        "targets": [{"refId": "A", "datasource": SOURCE, "expr": first.measure.expr}],
        "fieldConfig": {
            "defaults": {
                "unit": first.measure.unit,
                "thresholds": {"mode": "absolute", "steps": steps},
                "custom": {"thresholdsStyle": {"mode": "line"}},
            },
            "overrides": [],
        },
    }


def _link(label: str, url: str) -> Json:
    return {"title": label, "type": "link", "url": url, "targetBlank": True}
