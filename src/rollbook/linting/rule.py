"""What a rule is: a name, a number, a check and the page that explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from rollbook.linting.context import Context
from rollbook.model.workflow import Document
from rollbook.problems import Edit, Problem, Related, Severity
from rollbook.values import At, Words


class Finding(msgspec.Struct, frozen=True):
    """What a check reports; the rule adds its own name, number and severity (unless `severity` is given)."""

    at: At
    summary: Words
    hint: Words = Words("", "")
    related: tuple[Related, ...] = ()
    severity: Severity | None = None
    edits: tuple[Edit, ...] = ()


class Page(msgspec.Struct, frozen=True):
    """The explanation of a rule. `bad` and `good` are whole small documents, and tests check them."""

    summary: Words
    why: Words
    bad: Words
    good: Words


class Rule(msgspec.Struct, frozen=True):
    """One contradiction to look for. `name` and `code` are stable: people write them in their pull requests."""

    name: str
    code: str
    severity: Severity
    page: Page
    check: Callable[[Context], Iterable[Finding]]

    def problems(self, context: Context) -> tuple[Problem, ...]:
        """Everything this rule finds in the context's document."""
        return tuple(self._problem(finding, context.document) for finding in self.check(context))

    def _problem(self, finding: Finding, document: Document) -> Problem:
        return Problem(
            rule=self.name,
            code=self.code,
            severity=finding.severity or self.severity,
            file=document.source.path,
            at=finding.at,
            summary=finding.summary,
            hint=finding.hint,
            related=finding.related,
            edits=finding.edits,
        )
