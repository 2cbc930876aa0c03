"""RUNBOOK.md and MONITORING.md: the downstream documents, in the document's own language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rollbook.model.deployment import AlertRule, Deployment, ProbeSpec, ShellCommand
from rollbook.values import Duration, Language, Words
from rollbook.views.exporting import MARK
from rollbook.views.exporting.promql import Tables, promql
from rollbook.views.exporting.rules import NOWHERE, channels_of, sayable


def runbook_md(document: Deployment) -> str:
    """Known problems with their steps, alerts that may ring, commands for daily work and for going back."""
    said = document.language
    parts = [
        _head(RUNBOOK, document),
        *_section(PROBLEMS, _problems(document), said),
        *_section(ALERTS, _alert_table(document), said),
        *_section(OPERATIONS, _commands(document.commands("operations")), said),
        *_section(GOING_BACK, _commands(_back(document)), said),
        *_section(LINKS, _links(document), said),
    ]
    return "\n".join(parts).rstrip() + "\n"


def monitoring_md(document: Deployment, known: Tables, addresses: Mapping[str, str]) -> str:
    """What is watched and whom it tells; what a person must still do by hand."""
    said = document.language
    parts = [
        _head(MONITORING, document),
        *_section(ALERTS, _alert_table(document), said),
        *_section(EXPRESSIONS, _expressions(document, known), said),
        *_section(PROBES, _probe_table(document), said),
        *_section(LINKS, _links(document), said),
        *_section(BY_HAND, by_hand(document, known, addresses), said),
    ]
    return "\n".join(parts).rstrip() + "\n"


def by_hand(document: Deployment, known: Tables, addresses: Mapping[str, str]) -> list[str]:
    """Bullets of what the exported files do not do by themselves."""
    left = [UNSAID.said(document.language).format(name=a.name, text=a.condition.text) for a in unsaid(document, known)]
    channels = [channel for channel in channels_of(document, known) if channel not in addresses]
    if channels:
        left.append(ADDRESSES.said(document.language).format(host=NOWHERE, channels=", ".join(channels)))
    return [f"- {text}" for text in left]


def unsaid(document: Deployment, known: Tables) -> list[AlertRule]:
    """Alerts whose conditions cannot be said in PromQL."""
    return [alert for alert in document.alerts if not sayable(alert, known)]


def _head(title: Words, document: Deployment) -> str:
    named = f"{title.said(document.language)}: {document.title}" if document.title else title.said(document.language)
    return f"# {named}\n\n<!-- {MARK} -->\n"


def _section(title: Words, lines: Iterable[str], language: Language) -> list[str]:
    """Nothing where there is nothing to say."""
    body = list(lines)
    return [f"## {title.said(language)}\n", "\n".join(body).rstrip("\n"), ""] if body else []


def _problems(document: Deployment) -> Iterator[str]:
    for row in document.runbook:
        symptom = SYMPTOM.said(document.language).format(symptom=row.symptom)
        yield "\n".join([f"### {row.problem}\n", *([f"{symptom}\n"] if row.symptom else []), *_numbered(row.steps), ""])


def _numbered(steps: Sequence[str]) -> list[str]:
    return [f"{number}. {step}" for number, step in enumerate(steps, 1)]


def _alert_table(document: Deployment) -> list[str]:
    rows = [(a.name, a.condition.text, _lasting(a), a.severity, "+".join(a.channels)) for a in document.alerts]
    return _table(ALERT_HEADS, rows, document.language)


def _lasting(alert: AlertRule) -> str:
    return str(Duration(alert.for_s)) if alert.for_s else ""


def _expressions(document: Deployment, known: Tables) -> Iterator[str]:
    for alert in document.alerts:
        if sayable(alert, known):
            yield f"- {alert.name}: `{promql(alert.condition.expr, known)}`"


def _probe_table(document: Deployment) -> list[str]:
    rows = [
        (p.kind, _asks(p), f"{p.initial_delay_s:g}s", f"{p.period_s:g}s", f"{p.timeout_s:g}s", str(p.failure_threshold))
        for p in document.probes
    ]
    return _table(PROBE_HEADS, rows, document.language)


def _asks(probe: ProbeSpec) -> str:
    return " ".join(probe.command) if probe.command else f"{probe.path} :{probe.port}"


def _back(document: Deployment) -> list[ShellCommand]:
    """Every command of the fences that roll back, so that none of their steps is missing."""
    fences = [f for f in document.fences if any(c.role == "rollback" for c in f.commands)]
    return [command for fence in fences for command in fence.commands]


def _commands(commands: Sequence[ShellCommand]) -> Iterator[str]:
    """One fence per command, under what its comment says."""
    for command in commands:
        label = [f"{command.comment}\n"] if command.comment else []
        yield "\n".join([*label, "```bash", command.text, "```", ""])


def _links(document: Deployment) -> list[str]:
    return [f"- [{link.label}]({link.url})" for link in document.links if link.url]


def _table(heads: tuple[Words, ...], rows: Sequence[Sequence[str]], language: Language) -> list[str]:
    if not rows:
        return []
    lines = [[head.said(language) for head in heads], ["---"] * len(heads), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


RUNBOOK = Words("Runbook", "运维手册")
MONITORING = Words("Monitoring", "监控配置")
PROBLEMS = Words("Known problems", "常见问题处理")
ALERTS = Words("Alerts", "告警规则")
OPERATIONS = Words("Daily commands", "日常运维命令")
GOING_BACK = Words("Going back by hand", "手工回滚命令")
LINKS = Words("Dashboards and logs", "面板与日志")
EXPRESSIONS = Words("Expressions", "表达式")
PROBES = Words("Health checks", "健康检查")
BY_HAND = Words("Left to a person", "需要人工完成")
SYMPTOM = Words("Symptom: {symptom}", "症状：{symptom}")
UNSAID = Words(
    "“{name}” is in no alert rule: `{text}` cannot be said in PromQL",
    "“{name}” 没有对应的告警规则：`{text}` 无法写成 PromQL",
)
ADDRESSES = Words(
    "replace the addresses of {host} in alertmanager.yml: {channels}",
    "替换 alertmanager.yml 中 {host} 的地址：{channels}",
)
ALERT_HEADS = (
    Words("Alert", "告警名称"),
    Words("Condition", "条件"),
    Words("For", "持续时间"),
    Words("Severity", "严重级别"),
    Words("Channels", "通知渠道"),
)
PROBE_HEADS = (
    Words("Probe", "探针"),
    Words("Asks", "检查"),
    Words("First after", "初始延迟"),
    Words("Every", "间隔"),
    Words("Time limit", "超时"),
    Words("Failures", "失败阈值"),
)
