"""What can be wrong, and how it is said. The exception tree is documentation: catch the narrowest that fits.

RollbookError                 anything a user should read as one message
├── Refused                   bad input or a state that forbids the act: exit code 2, nothing touched
│   └── ProblemsFound         the documents have errors: carries every Problem at once
├── StepFailed                a step did its work and the answer is no: exit code 1
├── Unreachable               nobody can say what happened (connection lost): outcome unknown, look again
├── Fenced                    another worker owns the run now: stop at once, write nothing
└── Conflict                  the journal moved on since it was read: read it again
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec

from rollbook.values import At, Words

Severity: TypeAlias = Literal["error", "warning", "note"]


class Related(msgspec.Struct, frozen=True):
    """Another place of the same document that a problem is about, and what stands there."""

    at: At
    words: Words


class Edit(msgspec.Struct, frozen=True):
    """A change of the document's text that settles a problem: `old`, which stands at `at`, becomes `new`.

    `old` "" inserts. Line breaks in `new` are "\\n", whatever the file uses."""

    at: At
    old: str
    new: str


def source_lines(text: str) -> list[str]:
    """The lines of a document as `At.line` counts them: apart at CRLF, CR or LF, and at nothing else."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


class Problem(msgspec.Struct, frozen=True):
    """One finding in one document. `rule` is its stable name, `code` its stable number (RB123)."""

    rule: str
    code: str
    severity: Severity
    file: str
    at: At
    summary: Words
    hint: Words = Words("", "")
    related: tuple[Related, ...] = ()
    edits: tuple[Edit, ...] = ()
    """What `check --fix` does about it; empty where only a person can say what was meant."""

    def json(self, language: str) -> dict[str, object]:
        """The object of the command-line contract (DESIGN §11)."""
        return {
            "rule": self.rule,
            "code": self.code,
            "severity": self.severity,
            "file": self.file,
            "line": self.at.line,
            "column": self.at.column,
            "summary": self.summary.said(language),
            "hint": self.hint.said(language),
            "related": [
                {"line": r.at.line, "column": r.at.column, "message": r.words.said(language)} for r in self.related
            ],
            "fixable": bool(self.edits),
        }


class RollbookError(Exception):
    """Anything a user should read as one message. `words` is what is wrong, `hint` what to do or write instead."""

    exit_code = 1
    language = ""
    """In which language to say it where that is known better than by the command: a run's; "" otherwise."""

    def __init__(self, words: Words | str, hint: Words | str = "") -> None:
        self.words = words if isinstance(words, Words) else Words(words, words)
        self.hint = hint if isinstance(hint, Words) else Words(hint, hint)
        super().__init__(self.words.en)


class Refused(RollbookError):
    """Bad input, or a state in which the act makes no sense. Nothing was touched."""

    exit_code = 2


class ProblemsFound(Refused):
    """Documents or parameters with errors: all of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = next((p for p in self.problems if p.severity == "error"), self.problems[0])
        super().__init__(first.summary, first.hint)


class StepFailed(RollbookError):
    """A step's work did not succeed. `output` holds the last lines that explain it."""

    def __init__(self, words: Words | str, output: Sequence[str] = (), hint: Words | str = "") -> None:
        super().__init__(words, hint)
        self.output = tuple(output)


class Unreachable(RollbookError):
    """The connection was lost or the answer is unreadable: the outcome is unknown until looked at (F6)."""


class Fenced(RollbookError):
    """A newer worker holds this run (M42). The process must stop acting at once."""


class Conflict(RollbookError):
    """The journal has entries that the writer had not read."""
