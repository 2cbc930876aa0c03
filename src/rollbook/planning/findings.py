"""Problems of planning: rule names with their codes, and the list that collects all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rollbook.problems import Problem, ProblemsFound, Severity
from rollbook.values import At, Words

CODES: Final = {
    "parameter-unknown": "RB401",
    "parameter-type": "RB402",
    "parameter-enum": "RB403",
    "parameter-missing": "RB404",
    "parameter-range": "RB405",
    "environment-unmapped": "RB406",
    "unknown-name": "RB411",
    "request-unreadable": "RB421",
    "override-step": "RB422",
    "example-unknown": "RB423",
    "jump-to-nowhere": "RB114",
    "backward-jump": "RB115",
    "jump-across-rotation": "RB433",
    "rotation-open": "RB434",
    "no-steps": "RB110",
    "no-servers": "RB438",
    "same-servers-side-by-side": "RB439",
    "unsupported-step-kind": "RB113",
    "several-templates": "RB437",
    "version-conflict": "RB442",
    "migration-edited": "RB443",
    "strategy": "RB441",
    "canary-outlasted": "RB444",
    "limit-unnamed": "RB451",
    "measure-where": "RB452",
    "loop-unknown": "RB453",
    "site-file": "RB461",
    "plan-file": "RB471",
}


class Findings:
    """What is wrong so far. `file` is the document that problems are about unless they say otherwise."""

    def __init__(self, file: str = "") -> None:
        self.file = file
        self.problems: list[Problem] = []

    def add(
        self, rule: str, at: At | int, summary: Words, hint: Words = Words("", ""), *, file: str = "",
        severity: Severity = "error",
    ) -> None:  # fmt: skip
        place = at if isinstance(at, At) else At(at, 1 if at else 0)
        self.problems.append(Problem(rule, CODES[rule], severity, file or self.file, place, summary, hint))

    def extend(self, problems: Iterable[Problem]) -> None:
        self.problems.extend(problems)

    def refuse(self) -> None:
        """Raise ProblemsFound when anything was found: each problem once, in reading order."""
        if self.problems:
            raise ProblemsFound(sorted(dict.fromkeys(self.problems), key=lambda p: (p.file, p.at.line, p.at.column)))
