"""The phrases that bind, by the function or command that they run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from rollbook.values import Words
from rollbook.views.columns import in_columns
from rollbook.views.pretty import pretty

ORIGINS = {
    "project": Words("the project's own", "项目自有"),
    "site": Words("the site's", "站点"),
    "built-in": Words("built in", "内置"),
}
KINDS = {
    "step": Words("step", "步骤"),
    "check": Words("check", "检查"),
    "measure": Words("measure", "度量"),
    "shell": Words("command", "命令"),
}


class PhraseRow(msgspec.Struct, frozen=True):
    """One phrase. `module` is "module:function"; `effect` pure, idempotent or once."""

    phrase: str
    kind: str
    module: str
    effect: str
    origin: str
    shell: str = ""


def render(rows: Sequence[PhraseRow], form: str, language: str) -> str:
    if form == "json":
        return pretty({"steps": [msgspec.to_builtins(row) for row in rows]})
    return "\n".join(_lines(rows, language))


def _lines(rows: Sequence[PhraseRow], language: str) -> Iterator[str]:
    for origin, words in ORIGINS.items():
        of_origin = [row for row in rows if row.origin == origin]
        if of_origin:
            yield from (f"{words.said(language)} ({len(of_origin)})", "")
            yield from in_columns(_cells(of_origin, language), widest=64)
            yield ""


def _cells(rows: Sequence[PhraseRow], language: str) -> list[tuple[str, ...]]:
    return [(row.phrase, KINDS[row.kind].said(language), row.effect, row.shell or row.module) for row in rows]
