"""The record of a promotion: the same report as a run's, over nodes instead of steps."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rollbook.model.events import Entry
from rollbook.model.promotion import Promotion
from rollbook.values import Words
from rollbook.views.pretty import pretty
from rollbook.views.promotion import PromotionView, as_json, cells_of, state_words, story
from rollbook.views.report import Report, Table
from rollbook.views.report_texts import texts_of
from rollbook.views.run_view import Cause
from rollbook.views.wording import PROOF_MARKS, aim, clock, hour, length, titled

COLUMNS = (
    Words("Node", "节点"), Words("Text", "内容"), Words("Mark", "标记"), Words("State", "状态"), Words("Run", "运行"),
    Words("Time", "用时"), Words("Detail", "说明"),
)  # fmt: skip


def render(promotion: Promotion, view: PromotionView, entries: Sequence[Entry], form: str, language: str) -> str:
    """`form` is md | html | json."""
    report = report_of(promotion, view, entries, language)
    if form == "json":
        told = [{"time": time, "text": text} for time, _, text in report.timeline]
        return pretty({**as_json(view), "timeline": told})
    return texts_of(report, form)


def report_of(promotion: Promotion, view: PromotionView, entries: Sequence[Entry], language: str) -> Report:
    rows = tuple(cells_of(node, language) for node in view.nodes)
    table = Table(Words("Pipeline", "流水线").said(language), tuple(c.said(language) for c in COLUMNS), rows)
    told = tuple((hour(at), PROOF_MARKS[mark], text) for at, mark, text in story(promotion, entries, language))
    cause = Cause(error=view.cause) if view.cause else None
    return Report(
        title=titled(view.title, aim(view.version, view.environment)), language=language, state=view.state,
        said=state_words(view.state, language), facts=tuple(_facts(view, language)), cause=cause,
        next_commands=(*view.next, f"rollbook audit {view.id}"), tables=(table,),
        timeline=told, notes=view.notes, documents=(), samples=(),
        begun=view.created, happenings=(), head=view.head,
    )  # fmt: skip


def _facts(view: PromotionView, language: str) -> list[tuple[str, str]]:
    pairs = (
        (Words("Promotion", "流水线"), view.id),
        (Words("Document", "文档"), view.document),
        (Words("Version", "版本"), view.version),
        (Words("Image", "镜像"), view.digest),
        (Words("Commit", "提交"), view.commit),
        (Words("Initiator", "发起人"), view.initiator),
        (Words("Begun", "开始"), clock(view.created)),
        (Words("Took", "用时"), length(view.ended - view.created) if view.ended is not None else ""),
    )
    return [(name.said(language), value) for name, value in pairs if value]


def with_orphaned(view: PromotionView, orphaned: bool) -> PromotionView:
    """Said of a promotion that nobody carries any more: how to go on."""
    if not orphaned:
        return view
    return msgspec.structs.replace(view, orphaned=True, next=(f"rollbook resume {view.id}", *view.next))
