"""Reading for contradictions: every rule over every document. Adding a file to `rules/` adds a rule."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module

from rollbook.binding.library import Library
from rollbook.linting import rules as shelf
from rollbook.linting.context import Context, Outside
from rollbook.linting.meanings import Meanings
from rollbook.linting.rule import Rule
from rollbook.model.workflow import Document
from rollbook.problems import Problem

NOTHING_OUTSIDE = Outside()


def lint(
    documents: Sequence[Document], library: Library | None = None, found: Sequence[Problem] = (),
    outside: Outside = NOTHING_OUTSIDE,
) -> tuple[Problem, ...]:  # fmt: skip
    """Every finding of every rule, by file and line. `library` knows what phrases are bound to; `found` are the
    problems of reading: what they explain already is not reported once more. `outside` is what is known of the site
    and the project."""
    meanings, rules = Meanings(library), all_rules()
    told = frozenset((p.file, p.at) for p in found if p.severity == "error" and p.at.line)
    problems = [
        problem
        for document in documents
        for context in (Context(document, tuple(documents), meanings, library, outside, _misread(document, found)),)
        for rule in rules
        for problem in rule.problems(context)
        if (problem.file, problem.at) not in told
    ]
    return tuple(sorted(problems, key=lambda p: (p.file, p.at.line, p.at.column, p.code)))


def _misread(document: Document, found: Sequence[Problem]) -> frozenset[str]:
    return frozenset(p.rule for p in found if p.file == document.source.path and p.severity == "error")


def all_rules() -> tuple[Rule, ...]:
    """One rule per module of `linting/rules`, by number."""
    names = [module.name for module in pkgutil.iter_modules(shelf.__path__)]
    found: list[Rule] = [import_module(f"{shelf.__name__}.{name}").RULE for name in names]
    return tuple(sorted(found, key=lambda rule: rule.code))
