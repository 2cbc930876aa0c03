"""What `rollbook doctor` found."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rollbook.values import Words
from rollbook.views.columns import in_columns
from rollbook.views.pretty import pretty


class Finding(msgspec.Struct, frozen=True):
    """One thing that is needed: whether it is there, what was seen, and how to get it."""

    name: Words
    good: bool
    seen: str = ""
    hint: Words = Words("", "")


def render(findings: Sequence[Finding], form: str, language: str) -> str:
    if form == "json":
        shown = [
            {"name": f.name.said(language), "good": f.good, "seen": f.seen, "hint": f.hint.said(language)}
            for f in findings
        ]
        return pretty({"findings": shown})
    rows = [
        (f"{'✓' if f.good else '✗'} {f.name.said(language)}", " · ".join(filter(None, (f.seen, f.hint.said(language)))))
        for f in findings
    ]
    return "\n".join(in_columns(rows, indent=0))
