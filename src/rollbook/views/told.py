"""Bullets that only name values (`- Version: ${version}`): what they came to say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollbook.model.plan import Plan
from rollbook.values import Json
from rollbook.views.notes import Note
from rollbook.views.run_view import RunView
from rollbook.views.wording import RUN_WORDS, clock, length

LINE_END = re.compile(r"\r\n|\r|\n")
FENCE = re.compile(r"^\s*(```+|~~~+)")
NAMED = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
BULLET = re.compile(r"^\s*(?:[-*+•]|\d+[.)、])\s+")


def told_notes(text: str, plan: Plan, view: RunView, language: str) -> Iterator[tuple[int, Note]]:
    """Line and note of each bullet outside fences whose every name has a value."""
    values = {**plan.parameters, **_late(view, language)}
    mark = Note("yes").mark if view.ending else Note("none").mark
    fenced = False
    for number, line in enumerate(LINE_END.split(text), start=1):
        fenced ^= bool(FENCE.match(line))
        names = NAMED.findall(line)
        if names and not fenced and BULLET.match(line) and all(name in values for name in names):
            yield number, Note(mark, "; ".join(_spelled(values[name]) for name in names))


def _late(view: RunView, language: str) -> dict[str, Json]:
    """Late variables (M4) as far as they are known."""
    cause = view.cause
    return {
        "status": RUN_WORDS[view.state if view.over or not view.ending else view.ending].said(language),
        "started": clock(view.created),
        "total_duration": length((view.told or view.ended or view.looked) - view.created),
        "failed_step": str(cause.step) if cause and cause.step else "-",
        "cause": cause.error if cause else "-",
        "operator": view.initiator,
    }


def _spelled(value: Json) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
