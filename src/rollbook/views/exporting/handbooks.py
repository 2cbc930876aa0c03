"""RUNBOOK.md and MONITORING.md: the downstream documents, in the document's own language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rollbook.model.deployment import AlertRule, Deployment, ProbeSpec, ShellCommand
from rollbook.values import Duration, Language, Words
from rollbook.views.exporting import MARK
from rollbook.views.exporting.handbook_words import (
    ADDRESSES,
    ALERT_HEADS,
    ALERTS,
    ALERTS_FILE,
    AT_ONCE,
    BRIDGE,
    BRIDGED,
    BY_HAND,
    CONSEQUENCES,
    DASHBOARD_FILE,
    ENVIRONMENT_HEADS,
    ENVIRONMENTS,
    EXPRESSIONS,
    FILES,
    GOING_BACK,
    LINKS,
    MONITORING,
    OPERATIONS,
    PAUSED,
    PEOPLE,
    PROBE_HEADS,
    PROBES,
    PROBES_FILE,
    PROBLEM_HEAD,
    PROBLEMS,
    ROUTES_FILE,
    RUNBOOK,
    SYMPTOM,
    TESTS_FILE,
    TWICE,
    UNLINKED,
    UNSAID,
    UNSELECTED,
)
from rollbook.views.exporting.promql import Tables, bounds, promql
from rollbook.views.exporting.rules import NOWHERE, channels_of, problems_of, sayable
from rollbook.views.exporting.unit_tests import testable


def runbook_md(document: Deployment) -> str:
    """Where it runs, known problems with their steps, alerts that may ring, commands for daily work and for going
    back, and whom to ask."""
    said = document.language
    parts = [
        _head(RUNBOOK, document),
        *_section(ENVIRONMENTS, _environments(document), said),
        *_section(PROBLEMS, _problems(document), said),
        *_section(ALERTS, _alert_table(document, problems=True), said),
        *_section(OPERATIONS, _commands(document.commands("operations")), said),
        *_section(GOING_BACK, [*_warnings(document), *_commands(_back(document))], said),
        *_section(PEOPLE, [f"- {row.role}" + (f": {row.name.text}" if not row.name.blank else "") for row in
                           document.signoffs], said),
        *_section(LINKS, _links(document), said),
    ]  # fmt: skip
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
        *_section(FILES, _files(document, known), said),
        *_section(BY_HAND, by_hand(document, known, addresses), said),
    ]
    return "\n".join(parts).rstrip() + "\n"


def by_hand(document: Deployment, known: Tables, addresses: Mapping[str, str]) -> list[str]:
    """Bullets of what the exported files do not do by themselves."""
    left = [UNSAID.said(document.language).format(name=a.name, text=a.condition.text) for a in unsaid(document, known)]
    channels = [channel for channel in channels_of(document, known) if channel not in addresses]
    if channels:
        left.append(ADDRESSES.said(document.language).format(host=NOWHERE, channels=", ".join(channels)))
    left += _bridges(document, known)
    bare = [a.name for a in document.alerts for b in bounds(a.condition.expr, known) if b.measure.kind == "gauge"]
    if bare and not known.selector:
        left.append(UNSELECTED.said(document.language).format(alerts=", ".join(dict.fromkeys(bare))))
    blank = [link.label for link in document.links if not link.url]
    if blank:
        left.append(UNLINKED.said(document.language).format(labels=", ".join(blank)))
    return [f"- {text}" for text in left]


def _files(document: Deployment, known: Tables) -> list[str]:
    """What stands beside this document, and what reads it."""
    there = [ALERTS_FILE, ROUTES_FILE, DASHBOARD_FILE] if document.alerts else []
    tested = any(sayable(alert, known) and testable(alert, known) for alert in document.alerts)
    there[1:1] = [TESTS_FILE] if tested else []
    there += [PROBES_FILE] if document.probes else []
    return [f"- {text.said(document.language)}" for text in there]


def _bridges(document: Deployment, known: Tables) -> list[str]:
    """Channels that do not take Alertmanager's own messages."""
    foreign = [channel for channel in channels_of(document, known) if channel in BRIDGED]
    return [BRIDGE.said(document.language).format(channels=", ".join(foreign))] if foreign else []


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


def _alert_table(document: Deployment, problems: bool = False) -> list[str]:
    """`problems`: with the known problems that each alert speaks of."""
    said = document.language
    rows = [(a.name, a.condition.text, _lasting(a, said), a.severity, "+".join(a.channels)) for a in document.alerts]
    if not problems:
        return _table(ALERT_HEADS, rows, said)
    known = [", ".join(row.problem for row in problems_of(alert, document)) or "-" for alert in document.alerts]
    return _table((*ALERT_HEADS, PROBLEM_HEAD), [(*row, k) for row, k in zip(rows, known, strict=True)], said)


def _lasting(alert: AlertRule, language: Language) -> str:
    return str(Duration(alert.for_s)) if alert.for_s else AT_ONCE.said(language)


def _environments(document: Deployment) -> list[str]:
    rows = [(e.name, *(c.text for c in (e.domain, e.cluster, e.namespace))) for e in document.environments]
    return _table(ENVIRONMENT_HEADS, rows, document.language)


def _warnings(document: Deployment) -> list[str]:
    """What would go wrong if the commands were typed as they stand (F1, F2)."""
    words = [[word.text for word in command.words] for command in _back(document)]
    paused = next((i for i, w in enumerate(words) if w[:3] == ["kubectl", "rollout", "pause"]), None)
    undone = next((i for i, w in enumerate(words) if w[:3] == ["kubectl", "rollout", "undo"]), None)
    if undone is None:
        return []
    target = next((word for word in words[undone][3:] if not word.startswith("-")), "")
    resumed = [w for w in words[paused or 0 : undone] if w[:3] == ["kubectl", "rollout", "resume"]]
    found = [PAUSED] if paused is not None and paused < undone and not resumed else []
    named = any(word.startswith("--to-revision") for word in words[undone])
    found += [] if named else [TWICE]
    quoted = (f"> {text.said(document.language).format(target=target)}" for text in found)
    return ["\n>\n".join(quoted) + "\n"] if found else []


def _expressions(document: Deployment, known: Tables) -> Iterator[str]:
    for alert in document.alerts:
        if sayable(alert, known):
            yield f"- {alert.name}: `{promql(alert.condition.expr, known)}`"


def _probe_table(document: Deployment) -> list[str]:
    rows = [
        (
            p.kind,
            _asks(p),
            f"{p.initial_delay_s:g}s",
            f"{p.period_s:g}s",
            f"{p.timeout_s:g}s",
            str(p.failure_threshold),
            f"{p.period_s * p.failure_threshold + p.timeout_s:g}s",
            CONSEQUENCES[p.kind].said(document.language),
        )
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
