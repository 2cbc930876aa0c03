"""The alert table as Prometheus rules, and whom it tells as Alertmanager routes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import quote

from rollbook.model.deployment import AlertRule, Deployment, RunbookRow
from rollbook.model.symptoms import kinds_said
from rollbook.values import Json, Words
from rollbook.views.exporting.promql import CODE, DURATIONS, REQUESTS, Tables, Unsayable, named, promql
from rollbook.views.exporting.yaml_files import yaml_file

FILE = "file:"
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
    rules = [rule_of(a, known, runbook_for(a, document)) for a in document.alerts if sayable(a, known)]
    head = RULES.said(document.language).format(
        requests=known.name(REQUESTS), code=known.name(CODE), durations=known.name(DURATIONS)
    )
    return yaml_file(head, {"groups": [{"name": document.title or "alerts", "rules": rules}]})


def runbook_for(alert: AlertRule, document: Deployment) -> str:
    """The steps of the known problems that an alert speaks of (M26); "" where there are none."""
    rows = problems_of(alert, document)
    return "; ".join(
        f"{row.problem}: " + " ".join(f"{number}. {step}" for number, step in enumerate(row.steps, 1)) for row in rows
    )


def problems_of(alert: AlertRule, document: Deployment) -> list[RunbookRow]:
    """Rows of the runbook about the same kind of trouble."""
    kinds = kinds_said(f"{alert.name} {alert.condition.text}")
    return [row for row in document.runbook if row.steps and kinds & kinds_said(f"{row.problem} {row.symptom}")]


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
        given = ((c, str(one["url"]) if "url" in one else FILE + str(one["url_file"])) for c, one in pairs)
        return {channel: address for channel, address in given if NOWHERE not in address}
    except (yaml.YAMLError, AttributeError, KeyError, TypeError):
        return {}


def channels_of(document: Deployment, known: Tables) -> tuple[str, ...]:
    """Every channel that an alert names, by its standard name."""
    return tuple(dict.fromkeys(c for alert in document.alerts for c in _channels(alert, known)))


def rule_of(alert: AlertRule, known: Tables, runbook: str = "") -> dict[str, Json]:
    """The rule of one row; `runbook` says what to do when it fires."""
    labels = {"severity": named(alert.severity, known.severities), "channels": _receiver(alert, known)}
    rule: dict[str, Json] = {"alert": alert.name, "expr": promql(alert.condition.expr, known)}
    if alert.for_s:
        rule["for"] = f"{math.ceil(alert.for_s)}s"
    rule["labels"] = {key: value for key, value in labels.items() if value}
    notes = {"summary": f"{alert.name}: {alert.condition.text}", "runbook": runbook}
    rule["annotations"] = {name: text.replace("{{", "{ {") for name, text in notes.items() if text}
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
    """Of a channel: as given, in a file that holds it (`file:`), or one to be filled in."""
    given = addresses.get(channel) or f"http://{NOWHERE}/{quote(channel)}"
    where = {"url_file": given.removeprefix(FILE)} if given.startswith(FILE) else {"url": given}
    return {**where, "send_resolved": True}


RULES = Words(
    "Alert rules for Prometheus. Metrics: {requests} (status in the label {code}) and the histogram {durations}; "
    "[metrics] of the site file gives other names.",
    "Prometheus 告警规则。所用指标：{requests}（状态码在标签 {code} 中）与直方图 {durations}；"
    "可在站点文件的 [metrics] 中改用其他名称。",
)
ROUTES = Words(
    "Routes for Alertmanager. The document says by which channel people are told; addresses come from [receivers] of "
    "the site file. Those of {host} are still to be given.",
    "Alertmanager 路由。文档写明通知渠道，地址取自站点文件的 [receivers]；{host} 的地址尚待给出。",
)
