"""The tables of a report: criteria, servers, approvals, steps, waves, canary stages, metrics, changes, repairs."""

from __future__ import annotations

import msgspec

from rollbook.model.plan import Plan, PlanItem
from rollbook.values import Words
from rollbook.views.evidence import evidence, mark_of, mark_word
from rollbook.views.gates import answer_words
from rollbook.views.run_view import RunView, Side
from rollbook.views.wording import (
    GATE_WORDS,
    MARKS,
    PROOF_MARKS,
    SERVER_WORDS,
    STEP_WORDS,
    WATCH_WORDS,
    WAVE_WORDS,
    capital,
    hour,
    length,
    metric,
    percent,
    percent_exact,
)


class Table(msgspec.Struct, frozen=True):
    """One section of the report. Cells are plain text; a cell may begin with a mark."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Speaker:
    """Says both-language pairs in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, en: str, zh: str) -> str:
        return Words(en, zh).said(self.language)


def tables_of(plan: Plan, view: RunView, say: Speaker) -> tuple[Table, ...]:
    """Those that have rows, in the order of the report."""
    tables = (
        _criteria(plan, view, say),
        _servers(view, say),
        _gates(view, say),
        _steps(view, say),
        _waves(view, say),
        _canary(view, say),
        _metrics(view, say),
        _changes(plan, say),
        _repairs(plan, say),
    )
    return tuple(table for table in tables if table.rows)


def _criteria(plan: Plan, view: RunView, say: Speaker) -> Table:
    rows = tuple((item.text, *_judgement(view, item, say.language)) for item in plan.criteria)
    return Table(
        say("Success criteria", "成功判定"),
        (say("criterion", "标准"), say("met", "达成"), say("evidence", "证据")),
        rows,
    )


def _judgement(view: RunView, item: PlanItem, language: str) -> tuple[str, str]:
    mark = mark_of(view, item)
    return f"{PROOF_MARKS[mark]} {mark_word(mark).said(language)}", evidence(view, item, language)


def _servers(view: RunView, say: Speaker) -> Table:
    return Table(
        say("Servers", "服务器"),
        (say("server", "服务器"), say("before", "之前"), say("after", "之后"), say("state", "状态")),
        tuple(
            (server.name, server.before or "-", server.after or "-", SERVER_WORDS[server.state].said(say.language))
            for server in view.servers
        ),
    )


def _gates(view: RunView, say: Speaker) -> Table:
    rows = []
    for gate in view.gates:
        if gate.state == "pending":
            continue
        answers = "; ".join(answer_words(answer, say.language, at=True) for answer in gate.answers)
        rows.append((gate.title, GATE_WORDS[gate.state].said(say.language), answers or "-"))
    columns = (say("gate", "关口"), say("state", "状态"), say("who, when", "何人何时"))
    return Table(say("Approvals and gates", "审批与关口"), columns, tuple(rows))


def _steps(view: RunView, say: Speaker) -> Table:
    columns = (say("step", "步骤"), say("state", "状态"), say("started", "开始"), say("took", "用时"))
    rows = tuple(
        (
            f"{step.number}. {step.title}",
            f"{MARKS[step.state]} {STEP_WORDS[step.state].said(say.language)}"
            + (f": {step.reason}" if step.reason else ""),
            hour(step.started) if step.started is not None else "-",
            length(step.seconds) if step.seconds is not None else "-",
        )
        for step in view.steps
    )
    return Table(say("Steps", "步骤"), columns, rows)


def _waves(view: RunView, say: Speaker) -> Table:
    columns = (
        say("wave", "批次"),
        say("servers", "服务器"),
        say("traffic", "流量"),
        say("state", "状态"),
        say("took", "用时"),
    )
    rows = tuple(
        (
            str(wave.number),
            ", ".join(wave.servers),
            percent(wave.traffic),
            WAVE_WORDS[wave.state].said(say.language),
            length(wave.seconds) if wave.seconds is not None else "-",
        )
        for wave in view.waves
    )
    return Table(say("Waves", "批次"), columns, rows)


def _canary(view: RunView, say: Speaker) -> Table:
    """Each test of a canary's stages, both sides' requests, and how far its evidence came."""
    columns = (
        say("wave", "批次"),
        say("rolls back when", "回滚条件"),
        say("new release", "新版本"),
        say("prior release", "旧版本"),
        say("evidence / threshold", "证据 / 阈值"),
        say("verdict", "判定"),
    )
    rows = tuple(
        (
            str(wave.number),
            watch.text,
            _side(watch.canary, say),
            _side(watch.stable, say),
            f"{capital(watch.evidence)} / {capital(watch.threshold)}" if watch.evidence and watch.threshold else "-",
            WATCH_WORDS[watch.state].said(say.language),
        )
        for wave in view.waves
        for watch in wave.watch
        if watch.state != "pending"
    )
    return Table(say("Canary stages as judged", "灰度阶段的判定"), columns, rows)


def _side(side: Side, say: Speaker) -> str:
    if side.rate is None:
        return "-"
    return say(
        f"{side.failed} of {side.requests} failed ({percent_exact(side.rate)})",
        f"{side.requests} 个请求，失败 {side.failed} 个（{percent_exact(side.rate)}）",
    )


def _metrics(view: RunView, say: Speaker) -> Table:
    rows = tuple((name, metric(name, value)) for name, value in view.metrics.items())
    return Table(say("Metrics", "指标"), (say("metric", "指标"), say("value", "值")), rows)


def _changes(plan: Plan, say: Speaker) -> Table:
    rows = tuple((change.text, change.before or "-", change.after or "-") for change in plan.changes)
    columns = (say("change", "修改"), say("before", "之前"), say("after", "之后"))
    return Table(say("Changed by the request", "请求所作的修改"), columns, rows)


def _repairs(plan: Plan, say: Speaker) -> Table:
    rows = tuple((repair.what, repair.why) for repair in plan.repairs)
    return Table(say("Repairs", "修正"), (say("what", "内容"), say("why", "原因")), rows)
