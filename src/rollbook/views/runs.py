"""The list of runs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rollbook.ports import RunRow
from rollbook.values import Words
from rollbook.views.columns import in_columns
from rollbook.views.pretty import pretty
from rollbook.views.wording import RUN_WORDS, clock


def render(rows: Sequence[RunRow], form: str, language: str) -> str:
    """Newest first, as a person looks for it; `form` is "text" or "json"."""
    if form == "json":
        return pretty({"runs": [_as_json(row) for row in rows]})
    if not rows:
        return Words("no runs yet", "还没有运行").said(language)
    return "\n".join(in_columns([_cells(row, language) for row in reversed(rows)], indent=0))


def _as_json(row: RunRow) -> dict[str, object]:
    built: dict[str, object] = msgspec.to_builtins(row)
    return {"id": built.pop("run"), **built}


def _cells(row: RunRow, language: str) -> tuple[str, ...]:
    state = RUN_WORDS[row.state].said(language) if row.state in RUN_WORDS else row.state
    return row.run, state, row.environment, row.version, clock(row.created), row.title
