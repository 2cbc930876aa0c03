"""What an audit of journals found."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rollbook.values import Words


class Audit(msgspec.Struct, frozen=True):
    """One run's journal: how long it is, the hash of its newest entry, and everything wrong with it."""

    run: str
    entries: int
    head: str
    wrong: tuple[Words, ...] = ()

    @property
    def whole(self) -> bool:
        return not self.wrong


def render(audits: Sequence[Audit], language: str) -> str:
    if not audits:
        return Words("no runs to audit", "没有可校验的运行").said(language)
    return "\n".join(line for audit in audits for line in _lines(audit, language))


def _lines(audit: Audit, language: str) -> list[str]:
    if audit.whole:
        whole = Words("entries, whole", "条，完整").said(language)
        return [f"✓ {audit.run}  {audit.entries} {whole}  {audit.head}"]
    broken = Words("was changed", "已被改动").said(language)
    return [f"✗ {audit.run}  {broken}", *(f"    {wrong.said(language)}" for wrong in audit.wrong)]
