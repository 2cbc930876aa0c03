"""The record of a run, as data that Markdown, HTML and JSON render alike: facts, tables, story, filled-in documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from rollbook.model.plan import Plan, PlanItem
from rollbook.model.workflow import Workflow
from rollbook.values import Words
from rollbook.views.chart import Happening, happenings_of
from rollbook.views.evidence import evidence, mark_of, mark_word
from rollbook.views.filled import Filled, filled_documents
from rollbook.views.gates import answer_words
from rollbook.views.run_view import Cause, RunView, Sample
from rollbook.views.wording import (
    GATE_WORDS,
    MARKS,
    PROOF_MARKS,
    RUN_WORDS,
    SERVER_WORDS,
    STEP_WORDS,
    WAVE_WORDS,
    aim,
    clock,
    hour,
    length,
    metric,
    percent,
    titled,
)


class Table(msgspec.Struct, frozen=True):
    """One section of the report. Cells are plain text; a cell may begin with a mark."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Report(msgspec.Struct, frozen=True):
    """Everything that a report says, in `language`."""

    title: str
    language: str
    state: str
    said: str
    """The state in words."""
    facts: tuple[tuple[str, str], ...]
    cause: Cause | None
    next_commands: tuple[str, ...]
    tables: tuple[Table, ...]
    timeline: tuple[tuple[str, str, str], ...]
    """Time of day, mark, text."""
    notes: tuple[str, ...]
    documents: tuple[Filled, ...]
    samples: tuple[Sample, ...]
    begun: float
    happenings: tuple[Happening, ...]
    head: str


def make_report(plan: Plan, view: RunView, language: str, workflows: Sequence[Workflow] = ()) -> Report:
    """The report of a run as it stands; of a finished run it is final."""
    say = Speaker(language)
    tables = (
        _criteria(plan, view, say),
        _servers(view, say),
        _gates(view, say),
        _steps(view, say),
        _waves(view, say),
        _metrics(view, say),
        _changes(plan, say),
        _repairs(plan, say),
    )
    return Report(
        title=titled(plan.title, aim(view.version, view.environment)),
        language=language,
        state=view.state if view.over or not view.ending else view.ending,
        said=_result(view).said(language),
        facts=tuple(_facts(plan, view, say)),
        cause=view.cause,
        next_commands=tuple(_next(view)),
        tables=tuple(table for table in tables if table.rows),
        timeline=tuple((hour(m.at), PROOF_MARKS[m.mark], m.text.said(language)) for m in view.timeline),
        notes=plan.notes,
        documents=filled_documents(plan, view, language, workflows),
        samples=view.samples,
        begun=view.created,
        happenings=happenings_of(view, language),
        head=view.head,
    )


def _result(view: RunView) -> Words:
    """How it ended; once only reporting is left, how it is going to end."""
    return RUN_WORDS[view.state if view.over or not view.ending else view.ending]


class Speaker:
    """Says both-language pairs in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, en: str, zh: str) -> str:
        return Words(en, zh).said(self.language)


def _facts(plan: Plan, view: RunView, say: Speaker) -> Iterator[tuple[str, str]]:
    yield say("run", "运行"), view.id
    yield say("result", "结果"), _result(view).said(say.language)
    if view.environment:
        yield say("environment", "环境"), view.environment
    if view.version:
        yield say("version", "版本"), view.version
    yield say("started by", "发起人"), view.initiator
    yield say("started", "开始"), clock(view.created)
    if view.ended is not None:
        yield say("ended", "结束"), clock(view.ended)
        yield say("took", "用时"), length(view.ended - view.created)
    yield say("site", "站点"), plan.site.name
    for source in plan.documents:
        yield say("document", "文档"), f"{source.path} (sha256 {source.sha256})"
    yield say("plan", "计划"), view.plan
    yield say("journal", "日志"), say(f"{view.seq} entries, head {view.head}", f"{view.seq} 条，末端哈希 {view.head}")
    if view.client:
        sent, failed = view.client.sent, view.client.failed
        yield (
            say("client", "客户端"),
            say(f"{sent} requests sent, {failed} failed", f"发出 {sent} 个请求，失败 {failed} 个"),
        )


def _next(view: RunView) -> Iterator[str]:
    """What to type next, by state."""
    if view.state in ("waiting", "frozen"):
        from rollbook.views.run import to_type

        yield from (command for gate in view.open_gates for command in to_type(view, gate))
    elif view.state in ("running", "paused", "rolling_back") and not view.ending:
        yield f"rollbook resume {view.id}"
        yield f"rollbook show {view.id} --follow"
    yield f"rollbook audit {view.id}"


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
