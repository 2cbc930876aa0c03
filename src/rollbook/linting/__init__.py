"""Reading for contradictions: every rule over every document. Adding a file to `rules/` adds a rule."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module

from rollbook.binding.library import Library
from rollbook.linting import rules as shelf
from rollbook.linting.context import Context
from rollbook.linting.meanings import Meanings
from rollbook.linting.rule import Rule
from rollbook.model.workflow import Document
from rollbook.problems import Problem


def lint(documents: Sequence[Document], library: Library | None = None) -> tuple[Problem, ...]:
    """Every finding of every rule, by file and line. `library` knows what phrases are bound to."""
    meanings = Meanings(library)
    found = [
        problem
        for document in documents
        for rule in all_rules()
        for problem in rule.problems(Context(document, tuple(documents), meanings, library))
    ]
    return tuple(sorted(found, key=lambda p: (p.file, p.at.line, p.at.column, p.code)))


def all_rules() -> tuple[Rule, ...]:
    """One rule per module of `linting/rules`, by number."""
    names = [module.name for module in pkgutil.iter_modules(shelf.__path__)]
    found: list[Rule] = [import_module(f"{shelf.__name__}.{name}").RULE for name in names]
    return tuple(sorted(found, key=lambda rule: rule.code))
