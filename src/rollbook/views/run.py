"""Where a run stands: text for people, JSON by the command line's contract (DESIGN §11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from rollbook.values import Json, Words
from rollbook.views.gates import FROZEN, answer_words
from rollbook.views.pretty import pretty
from rollbook.views.run_view import Advice, GateView, RunView
from rollbook.views.schema import schema_lines
from rollbook.views.timeline import CLOSED
from rollbook.views.wording import (
    GATE_WORDS,
    MARKS,
    RUN_WORDS,
    SERVER_WORDS,
    WAVE_WORDS,
    aim,
    clock,
    colon,
    length,
    metric,
    percent,
    step_words,
    titled,
)

DOUBT = "doubt"


def render(view: RunView, form: str, language: str) -> str:
    """`form` is "text" or "json"."""
    if form == "json":
        return pretty(as_json(view))
    return "\n".join(text_of(view, language))


def as_json(view: RunView) -> dict[str, Json]:
    """The contract's keys first; what is behind them is addition."""
    everything: dict[str, Any] = msgspec.to_builtins(view)
    keys = ("id", "state", "environment", "version", "steps", "waves", "servers", "gates", "metrics")
    shown = {key: everything[key] for key in keys}
    client = view.client
    shown["client"] = {"sent": client.sent, "failed": client.failed} if client else {"sent": 0, "failed": 0}
    shown["cause"] = everything["cause"]
    also = (
        "title",
        "initiator",
        "created",
        "ended",
        "plan",
        "head",
        "seq",
        "warnings",
        "orphaned",
        "checklist",
        "weight",
        "schema",
    )
    return shown | {key: everything[key] for key in also}


ORPHANED = Words(
    "the process that carried this run is gone; go on with: rollbook resume {run}",
    "执行本次运行的进程已不存在；继续请用：rollbook resume {run}",
)


def text_of(view: RunView, language: str) -> Iterator[str]:
    said = RUN_WORDS[view.state].said(language)
    yield titled(view.title, view.id, said)
    yield titled(aim(view.version, view.environment), view.initiator, clock(view.created)) + _took(view, language)
    if view.orphaned:
        yield ORPHANED.format(run=view.id).said(language)
    yield ""
    yield from _steps(view, language)
    yield from _waves(view, language)
    yield from _servers(view, language)
    yield from _gates(view, language)
    yield from _checklist(view, language)
    yield from _metrics(view, language)
    yield from cause_lines(view, language)


def cause_lines(view: RunView, language: str) -> Iterator[str]:
    """Why the run turned back, and what the runbook says about it; nothing when it did not."""
    yield from failure_lines(view, language)
    yield from advice_lines(view, language)
    yield from schema_lines(view.schema, language)


def failure_lines(view: RunView, language: str) -> Iterator[str]:
    """Where it broke, the error, the last lines of output."""
    cause = view.cause
    if cause is None:
        return
    where = " · ".join(part for part in (_step_name(cause.step, cause.title), cause.item, cause.server) if part)
    yield Words("cause", "原因").said(language) + (colon(language) + where if where else "")
    yield f"  {cause.error}"
    yield from (f"  │ {line}" for line in cause.output)
    if cause.hint:
        yield f"  {cause.hint}"


def advice_lines(view: RunView, language: str) -> Iterator[str]:
    """What the document's runbook says to do about it, step by step (M26)."""
    for advice in view.cause.runbook if view.cause else ():
        yield advice_title(advice).said(language)
        yield from (f"  {number}. {step}" for number, step in enumerate(advice.steps, 1))


def advice_title(advice: Advice) -> Words:
    """Which row it is, and whether it fits for certain."""
    symptom = advice.symptom if advice.symptom != advice.problem else ""
    named = Words(f"{advice.problem} ({symptom})", f"{advice.problem}（{symptom}）")
    named = named if symptom else Words(advice.problem, advice.problem)
    said = RUNBOOK_SURE if advice.sure else RUNBOOK_MAY
    return Words(said.en.format(named=named.en, line=advice.line), said.zh.format(named=named.zh, line=advice.line))


RUNBOOK_SURE = Words("runbook: {named}, line {line}", "运维手册：{named}，第 {line} 行")
RUNBOOK_MAY = Words("runbook, may match: {named}, line {line}", "运维手册（可能匹配）：{named}，第 {line} 行")


def to_type(view: RunView, gate: GateView) -> tuple[str, ...]:
    """The commands that answer an open gate, the likeliest first."""
    person = _answerer(view, gate)
    if gate.kind == FROZEN:
        verbs = ("retry", "skip") if view.turned is not None else ("retry", "skip", "rollback")
        return tuple(f"rollbook {verb} {view.id} --as {person}" for verb in verbs)
    short = gate.id.rsplit("/", 1)[-1]
    name = short if sum(short in other.id for other in view.open_gates) == 1 else gate.id
    choices = [f" --choice {choice}" for choice in gate.choices] or [""]
    answers = [f"rollbook {gate.expects} {view.id} {name} --as {person}{choice}" for choice in choices]
    answers = [f"{line} --comment WHY" for line in answers] if gate.kind == "window" else answers
    refusals = [f"rollbook reject {view.id} {name} --as {person}"] if gate.kind == DOUBT else []
    return (*answers, *refusals)


def _answerer(view: RunView, gate: GateView) -> str:
    """Somebody who may answer: the first approver, else whoever started the run."""
    named = (entry.partition(": ")[2].split(", ")[0] for entry in gate.approvers if ": " in entry)
    return next(named, "PERSON" if gate.approvers else view.initiator)


def _took(view: RunView, language: str) -> str:
    if view.ended is None:
        return ""
    return Words(f" · took {length(view.ended - view.created)}", f" · 用时 {length(view.ended - view.created)}").said(
        language
    )


def _step_name(number: int, title: str) -> str:
    return f"{number}. {title}" if number else title


def _steps(view: RunView, language: str) -> Iterator[str]:
    for step in view.steps:
        took = f"  {length(step.seconds)}" if step.seconds is not None else ""
        yield f"  {MARKS[step.state]} {step.number:>2}. {step.title}  {step_words(step, language)}{took}"


def _waves(view: RunView, language: str) -> Iterator[str]:
    if view.waves:
        yield from ("", Words("waves", "批次").said(language))
    for wave in view.waves:
        share = percent(wave.traffic)
        took = f"  {length(wave.seconds)}" if wave.seconds is not None else ""
        state = WAVE_WORDS[wave.state].said(language)
        yield f"  {wave.number}  {', '.join(wave.servers)}  {share}  {state}{took}"


def _servers(view: RunView, language: str) -> Iterator[str]:
    if not view.servers:
        return
    yield from ("", Words("servers", "服务器").said(language))
    width = max(len(server.name) for server in view.servers)
    for server in view.servers:
        change = server.before if server.before == server.after else f"{server.before or '-'} → {server.after or '-'}"
        yield f"  {server.name:<{width}}  {change or '-'}  {SERVER_WORDS[server.state].said(language)}"


def _gates(view: RunView, language: str) -> Iterator[str]:
    met = [gate for gate in view.gates if gate.state != "pending"]
    if met:
        yield from ("", Words("gates", "关口").said(language))
    for gate in met:
        answers = "; ".join(answer_words(answer, language) for answer in gate.answers)
        yield f"  {gate.title}  {GATE_WORDS[gate.state].said(language)}" + (f"  {answers}" if answers else "")
        if gate.state == "open":
            yield from open_gate_lines(view, gate, language)


def _checklist(view: RunView, language: str) -> Iterator[str]:
    """What was settled when the run was made; what was waived is a warning (M24)."""
    if view.checklist:
        yield from ("", Words("checklist", "检查清单").said(language))
    for item in view.checklist:
        mark, how = ("!", Words("waived", "已豁免")) if item.how == "waived" else ("✓", CLOSED[item.how])
        detail = f"{colon(language)}{item.detail}" if item.detail else ""
        yield f"  {mark} {item.text}  {how.said(language)}{detail}"


def open_gate_lines(view: RunView, gate: GateView, language: str) -> Iterator[str]:
    """What an open gate asks, of whom, until when, and what to type."""
    if gate.why and gate.why != gate.title:
        yield f"    {gate.why}"
    if gate.approvers:
        yield "    " + Words("may answer: ", "可答复者：").said(language) + " · ".join(map(_approver, gate.approvers))
    if gate.opens:
        yield "    " + Words("opens by itself ", "到时自动开启 ").said(language) + clock(gate.opens)
    if gate.until:
        yield "    " + Words("until ", "截止 ").said(language) + clock(gate.until)
    yield from (f"    $ {command}" for command in to_type(view, gate))


def _approver(entry: str) -> str:
    """ "role: people" for reading: only the role where it has one person of that name."""
    role, _, people = entry.partition(": ")
    return role if people in ("", role) else f"{role} ({people})"


def _metrics(view: RunView, language: str) -> Iterator[str]:
    if view.metrics or view.client:
        yield ""
    for name, value in view.metrics.items():
        yield f"  {name}  {metric(name, value)}"
    if view.client:
        sent, failed = view.client.sent, view.client.failed
        yield "  " + Words(
            f"client: {sent} requests sent, {failed} failed", f"客户端：发出 {sent} 个请求，失败 {failed} 个"
        ).said(language)
