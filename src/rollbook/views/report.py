"""The record of a run, as data that Markdown, HTML and JSON render alike: facts, tables, story, filled-in documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from rollbook.model.plan import Plan
from rollbook.model.workflow import Workflow
from rollbook.values import Words
from rollbook.views.chart import Happening, happenings_of
from rollbook.views.filled import Filled, FilledPaper, filled_documents
from rollbook.views.report_tables import Speaker, Table, tables_of
from rollbook.views.run_view import Cause, RunView, Sample
from rollbook.views.wording import (
    PROOF_MARKS,
    RUN_WORDS,
    aim,
    clock,
    hour,
    length,
    titled,
)

__all__ = ["Report", "Speaker", "Table", "make_report", "result"]


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


def make_report(
    plan: Plan, view: RunView, language: str, workflows: Sequence[Workflow] = (), papers: Sequence[FilledPaper] = ()
) -> Report:
    """The report of a run as it stands; of a finished run it is final. `papers`: its deployment document, filled in."""
    say = Speaker(language)
    return Report(
        title=titled(plan.title, aim(view.version, view.environment)),
        language=language,
        state=view.state if view.over or not view.ending else view.ending,
        said=result(view).said(language),
        facts=tuple(_facts(plan, view, say)),
        cause=view.cause,
        next_commands=tuple(_next(view)),
        tables=tables_of(plan, view, say),
        timeline=tuple((hour(m.at), PROOF_MARKS[m.mark], m.text.said(language)) for m in view.timeline),
        notes=plan.notes,
        documents=filled_documents(plan, view, language, workflows, {paper.path for paper in papers}),
        samples=view.samples,
        begun=view.created,
        happenings=happenings_of(view, language),
        head=view.head,
    )


def result(view: RunView) -> Words:
    """How it ended; once only reporting is left, how it is going to end."""
    return RUN_WORDS[view.state if view.over or not view.ending else view.ending]


def _facts(plan: Plan, view: RunView, say: Speaker) -> Iterator[tuple[str, str]]:
    yield say("run", "运行"), view.id
    yield say("result", "结果"), result(view).said(say.language)
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
