"""Promotions in the journal: found, folded, continued from an earlier one."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from rollbook.app.places import UNREADABLE, UNREADABLE_HINT, Place, find_run
from rollbook.drivers.journal import SqlJournal
from rollbook.machine.promoting import Walk, current_run, fold
from rollbook.model.events import Entry, RunCreated
from rollbook.model.promotion import Kept, Node, Promotion, is_promotion
from rollbook.ports import RunRow
from rollbook.problems import Refused
from rollbook.values import Words


class Standing(NamedTuple):
    """A promotion as its journal tells it now."""

    row: RunRow
    promotion: Promotion
    entries: tuple[Entry, ...]
    walk: Walk

    @property
    def seq(self) -> int:
        return self.entries[-1].seq

    @property
    def time_scale(self) -> float:
        return next((e.event.time_scale for e in self.entries if isinstance(e.event, RunCreated)), 1.0)


def standing(journal: SqlJournal, row: RunRow) -> Standing:
    """Fold the promotion's journal. Raises Refused when what is stored cannot be read."""
    try:
        promotion = msgspec.json.decode(journal.plan(row.run), type=Promotion)
        entries = journal.read(row.run)
    except msgspec.MsgspecError as error:
        raise Refused(UNREADABLE.format(run=row.run, why=str(error)), UNREADABLE_HINT.format(run=row.run)) from error
    return Standing(row, promotion, entries, fold(promotion, (e.event for e in entries)))


def find_promotion(journal: SqlJournal, name: str) -> Standing | None:
    """The promotion of an id, a unique prefix, or `last`; None where that is a run."""
    row = find_run(journal, name)
    return standing(journal, row) if is_promotion(row.run) else None


def answering(journal: SqlJournal, name: str) -> str:
    """The run whose gate is meant: that of a promotion is the gate of the run that it waits for."""
    found = find_promotion(journal, name)
    if found is None:
        return name
    run = current_run(found.walk)
    if not run:
        raise Refused(NO_RUN_NOW.format(run=found.row.run), SHOW.format(run=found.row.run))
    return run


def under_way(promotion: Promotion, place: Place) -> str:
    """The id of the same promotion that has not ended; "" when there is none. Raises Refused for one of this document
    and version that was started otherwise: it is to be ended, or gone on with, by its id."""
    for row in reversed(place.journal.runs(unfinished=True)):
        if not is_promotion(row.run) or row.version != promotion.version:
            continue
        found = standing(place.journal, row).promotion
        if (found.document, found.site) != (promotion.document, promotion.site):
            continue
        if _shape(found) != _shape(promotion):
            raise Refused(OTHERWISE.format(run=row.run), GO_ON.format(run=row.run))
        return row.run
    return ""


def continued(promotion: Promotion, start: int, place: Place) -> Promotion:
    """The promotion from its node `start` (an index) on: what is ahead was passed by the newest earlier promotion of
    this version. Raises Refused when there is none."""
    if start == 0:
        return promotion
    for row in reversed(place.journal.runs()):
        if is_promotion(row.run) and row.version == promotion.version:
            earlier = standing(place.journal, row)
            if (kept := _kept(promotion, start, earlier)) is not None:
                notes = promotion.notes if earlier.promotion.sha256 == promotion.sha256 else (*promotion.notes, CHANGED)
                said = tuple(n.said(promotion.language) if isinstance(n, Words) else n for n in notes)
                return msgspec.structs.replace(promotion, nodes=(*kept, *promotion.nodes[start:]), notes=said)
    ahead = promotion.nodes[start - 1].text
    raise Refused(NOT_PASSED.format(version=promotion.version, node=ahead), NOT_PASSED_HINT)


def _kept(promotion: Promotion, start: int, earlier: Standing) -> tuple[Node, ...] | None:
    """The nodes ahead of `start` as the earlier promotion passed them; None where it did not."""
    theirs, walk = earlier.promotion, earlier.walk
    if (theirs.document, theirs.site) != (promotion.document, promotion.site) or len(theirs.nodes) < start:
        return None
    kept = []
    for mine, node, state in zip(promotion.nodes[:start], theirs.nodes, walk.nodes, strict=False):
        same = (mine.text, mine.environment) == (node.text, node.environment)
        if not same or state.word not in ("succeeded", "kept", "skipped"):
            return None
        run = Kept(earlier.row.run, state.run, walk.digest) if state.run else None
        kept.append(msgspec.structs.replace(mine, plan=None, kept=run))
    return tuple(kept)


def _shape(promotion: Promotion) -> tuple[object, ...]:
    """What makes two promotions the same: text, commit, nodes, and what each node runs with."""
    nodes = tuple((n.text, n.environment, n.plan.parameters if n.plan else None) for n in promotion.nodes if n.runs)
    return promotion.sha256, promotion.commit, promotion.nodes[-1].number, nodes


CHANGED = Words("the document was changed since its earlier nodes were passed", "文档在此前的节点通过之后有改动")
NOT_PASSED = Words("no promotion of {version} has passed “{node}”", "没有 {version} 的流水线通过“{node}”")
NOT_PASSED_HINT = Words("leave --from out to begin at the first node", "去掉 --from 即从第一个节点开始")
OTHERWISE = Words(
    "promotion {run} of this version is under way, with another text or other options",
    "该版本的流水线 {run} 正在进行，其文档内容或选项不同",
)
GO_ON = Words(
    "go on with `rollbook resume {run}`, or end it with `rollbook abort {run} --as NAME`",
    "用 `rollbook resume {run}` 继续，或用 `rollbook abort {run} --as 姓名` 结束",
)
NO_RUN_NOW = Words("promotion {run} waits for no run now", "流水线 {run} 目前没有在等待运行")
SHOW = Words("look at it with `rollbook show {run}`", "用 `rollbook show {run}` 查看")
