"""What a reading notes on its way: problems, parts that were not understood, and the names that conditions may use."""

from __future__ import annotations

import msgspec

from rollbook.documents.faults import fault
from rollbook.model.workflow import Unread
from rollbook.problems import Problem
from rollbook.values import At


class Notes(msgspec.Struct):
    """Collected while one document is read; the only mutable thing of a reading."""

    file: str
    lines: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    """Parameters of the document: a bare word that is one of them is a name in conditions."""
    problems: list[Problem] = []
    unread: list[Unread] = []

    def problem(self, rule: str, at: At, **values: object) -> None:
        self.problems.append(fault(rule, self.file, at, **values))

    def keep(self, what: str, text: str, at: At, *, warn: bool = True, about: str = "") -> None:
        """Remember a part that was not recognised; nothing is dropped, and (`warn`) the reader is told."""
        if text.strip():
            self.unread.append(Unread(what, text, at, about))
            if warn:
                self.problem("unread", at, what=what)

    def source(self, first: int, last: int) -> str:
        """The document's own text of lines `first` to `last`, both included."""
        return "\n".join(self.lines[first - 1 : last]).strip("\n")
