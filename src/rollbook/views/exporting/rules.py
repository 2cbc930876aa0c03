"""The alert table as Prometheus rules, and whom it tells as Alertmanager routes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import quote

from rollbook.model.deployment import AlertRule, Deployment
from rollbook.values import Json, Words
from rollbook.views.exporting.promql import Tables, Unsayable, named, promql
from rollbook.views.exporting.yaml_files import yaml_file

NOWHERE = "alerts.invalid"
"""Host of the addresses to fill in. The domain `invalid` never resolves (RFC 2606)."""


def sayable(alert: AlertRule, known: Tables) -> bool:
    """Whether the alert's condition can be said in PromQL."""
    try:
        return bool(promql(alert.condition.expr, known))
    except Unsayable:
        return False


def alerts_yml(document: Deployment, known: Tables) -> str:
    """Prometheus rules, one per row. Rows that cannot be said are left out; `sayable` tells which."""
    rules = [_rule(alert, known) for alert in document.alerts if sayable(alert, known)]
    return yaml_file(RULES.said(document.language), {"groups": [{"name": document.title or "alerts", "rules": rules}]})


def alertmanager_yml(document: Deployment, known: Tables, addresses: Mapping[str, str]) -> str:
    """One route per severity and set of channels, one receiver per set of channels, one address per channel:
    `addresses` has those that were filled in."""
    told = [alert for alert in document.alerts if alert.channels]
    pairs = dict.fromkeys((named(a.severity, known.severities), _receiver(a, known)) for a in told)
    sets = dict.fromkeys((_receiver(a, known), _channels(a, known)) for a in told)
    receivers: list[Json] = [{"name": "nobody"}]
    receivers += [
        {"name": name, "webhook_configs": [_address(c, addresses) for c in channels]} for name, channels in sets
    ]
    route: Json = {"receiver": "nobody", "group_by": ["alertname"], "routes": [_route(*pair) for pair in pairs]}
    return yaml_file(ROUTES.said(document.language).format(host=NOWHERE), {"route": route, "receivers": receivers})


def addresses_in(text: str) -> dict[str, str]:
    """Channel → address that somebody filled in, in a file that `alertmanager_yml` wrote; nothing where the text is no
    such file any more."""
    import yaml

    try:
        receivers = (yaml.safe_load(text) or {}).get("receivers") or []
        pairs = [
            pair for r in receivers for pair in zip(r["name"].split("+"), r.get("webhook_configs") or (), strict=False)
        ]
        return {channel: str(one["url"]) for channel, one in pairs if NOWHERE not in str(one["url"])}
    except (yaml.YAMLError, AttributeError, KeyError, TypeError):
        return {}


def channels_of(document: Deployment, known: Tables) -> tuple[str, ...]:
    """Every channel that an alert names, by its standard name."""
    return tuple(dict.fromkeys(c for alert in document.alerts for c in _channels(alert, known)))


def _rule(alert: AlertRule, known: Tables) -> Json:
    labels = {"severity": named(alert.severity, known.severities), "channels": _receiver(alert, known)}
    rule: dict[str, Json] = {"alert": alert.name, "expr": promql(alert.condition.expr, known)}
    if alert.for_s:
        rule["for"] = f"{math.ceil(alert.for_s)}s"
    rule["labels"] = {key: value for key, value in labels.items() if value}
    rule["annotations"] = {"summary": f"{alert.name}: {alert.condition.text}".replace("{{", "{ {")}
    return rule


def _route(severity: str, receiver: str) -> Json:
    matchers = [f"channels={_quoted(receiver)}", *([f"severity={_quoted(severity)}"] if severity else [])]
    return {"matchers": matchers, "receiver": receiver}


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _channels(alert: AlertRule, known: Tables) -> tuple[str, ...]:
    return tuple(dict.fromkeys(named(channel, known.channels) for channel in alert.channels))


def _receiver(alert: AlertRule, known: Tables) -> str:
    return "+".join(_channels(alert, known))


def _address(channel: str, addresses: Mapping[str, str]) -> Json:
    return {"url": addresses.get(channel) or f"http://{NOWHERE}/{quote(channel)}", "send_resolved": True}


RULES = Words(
    "Alert rules for Prometheus. Metrics are those of its client libraries: http_requests_total{code}, "
    "http_request_duration_seconds.",
    "Prometheus 告警规则。指标名采用其客户端库的命名：http_requests_total{code}、http_request_duration_seconds。",
)
ROUTES = Words(
    "Routes for Alertmanager. The document says by which channel people are told, not at which address: replace every "
    "address of {host}.",
    "Alertmanager 路由。文档写明了通知渠道，没有写明地址：请替换 {host} 的所有地址。",
)
