"""Documents: from a path to text (`load`), from text to a model with every problem at once (`read`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

from rollbook.documents.blocks import fences
from rollbook.documents.classifying import classify, language_of
from rollbook.documents.loading import load
from rollbook.documents.markdown import DEEPEST, LONGEST, Parsed, parse
from rollbook.documents.notes import Notes
from rollbook.model.workflow import Document, Source
from rollbook.problems import Problem
from rollbook.values import At, Language

__all__ = ["DocumentKind", "Reading", "load", "read"]

DocumentKind: TypeAlias = Literal["template", "procedure", "deployment"]


class Reading(msgspec.Struct, frozen=True):
    """What one document says, as far as it could be read, and what is wrong with it, by line."""

    document: Document | None
    problems: tuple[Problem, ...]
    kind: DocumentKind


def read(source: Source) -> Reading:
    """Reads any document. Never raises on content: whatever is wrong is a problem."""
    parsed = parse(source.text)
    notes = Notes(source.path, parsed.lines)
    if parsed.too_deep:
        notes.problem("too-deep", At(parsed.too_deep, 1), limit=DEEPEST)
    for line in parsed.too_long:
        notes.problem("line-too-long", At(line, LONGEST + 1), limit=LONGEST)
    for block in fences(parsed.blocks):
        if not block.closed:
            notes.problem("unclosed-fence", block.at)
    kind, language = classify(parsed), language_of(source.text)
    document = _reader(kind)(parsed, source, language, notes)
    ordered = sorted(notes.problems, key=lambda problem: (problem.at.line, problem.at.column))
    return Reading(document, tuple(ordered), kind)


def _reader(kind: DocumentKind) -> Callable[[Parsed, Source, Language, Notes], Document]:
    """Imported when needed: a small document should not wait for the other kind's reader."""
    if kind == "template":
        from rollbook.documents.template import read_template

        return read_template
    if kind == "deployment":
        from rollbook.documents.deployment import read_deployment

        return read_deployment
    from rollbook.documents.procedure import read_procedure

    return read_procedure
