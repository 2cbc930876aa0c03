"""Use cases that look at promotions: where one stands, followed, reported."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rollbook.app.places import Place, find_run, situation
from rollbook.app.promotions import Standing, standing
from rollbook.app.report import REPORTS, write_all
from rollbook.app.show import FOLLOW_S, view_of
from rollbook.app.waking import has_worker
from rollbook.drivers.holding import is_held
from rollbook.model.promotion import is_promotion
from rollbook.ports import RunRow
from rollbook.views.promotion import PromotionView, awaited, promotion_view
from rollbook.views.promotion_report import render, with_orphaned
from rollbook.views.run_view import RunView
from rollbook.wiring import state_directory

FORMS = ("md", "html", "json")
SETTLES_S = 10.0
"""So long after its newest entry a promotion that nobody holds may just be changing hands."""


def view_promotion(now: Standing, place: Place) -> PromotionView:
    """The promotion as it stands, with the run that it waits for."""
    child = _child(now, place)
    view = promotion_view(now.row.plan, now.promotion, now.entries, child)
    return with_orphaned(view, _is_orphaned(now, view, child, place))


def follow_promotion(now: Standing, place: Place) -> Iterator[PromotionView]:
    """The promotion now, and again whenever something changed, until it is over or a run of it is frozen."""
    while True:
        view = view_promotion(now, place)
        yield view
        if view.over or view.state == "frozen":
            return
        asyncio.run(place.journal.watch(now.row.run, now.seq, FOLLOW_S))
        now = standing(place.journal, now.row)


def report_promotion(now: Standing, place: Place, form: str, language: str = "") -> str:
    """`form` is md | html | json; `language` "" means the document's."""
    view = view_promotion(now, place)
    return render(now.promotion, view, now.entries, form, language or now.promotion.language)


def write_promotion(now: Standing, place: Place, language: str = "") -> tuple[Path, ...]:
    """Write Markdown, HTML and JSON below `.rollbook/reports`."""
    texts = {form: report_promotion(now, place, form, language) for form in FORMS}
    return write_all(state_directory(place.site) / REPORTS, now.row.run, texts)


def with_states(rows: Sequence[RunRow], place: Place) -> tuple[RunRow, ...]:
    """Rows of runs, where a promotion that is under way has the state of the run that it waits for."""
    import msgspec

    states = {row.run: row.state for row in rows}
    told = []
    for row in rows:
        if is_promotion(row.run) and row.state == "running":
            now = standing(place.journal, row)
            state = states.get(awaited(now.promotion, now.entries), "running")
            going_on = state if state in ("waiting", "paused", "frozen") else "running"
            told.append(msgspec.structs.replace(row, state=going_on))
        else:
            told.append(row)
    return tuple(told)


def _child(now: Standing, place: Place) -> RunView | None:
    run = awaited(now.promotion, now.entries)
    if not run or not place.journal.newest(run):
        return None
    return view_of(place, situation(place.journal, find_run(place.journal, run)))


def _is_orphaned(now: Standing, view: PromotionView, child: RunView | None, place: Place) -> bool:
    """Whether the promotion should be going on and nobody carries it."""
    if view.over or view.state != "running" or time.time() - now.entries[-1].at < SETTLES_S:
        return False
    if child is not None and not child.over and not child.orphaned:
        return False
    return not is_held(place.journal.lease_of(now.row.run), time.time()) and not has_worker(place)
