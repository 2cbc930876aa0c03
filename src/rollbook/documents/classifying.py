"""What kind of document a text is, by its content alone, and in which language it is written."""

from __future__ import annotations

import re
from typing import Literal

from rollbook.documents.markdown import Parsed
from rollbook.documents.outline import outline
from rollbook.documents.steps import StepHeading, step_heading
from rollbook.documents.vocabulary import heading_meaning, meaning
from rollbook.values import Language

RECORD_MARK = "<!-- rollbook: run record -->"
"""Stands ahead of what a run wrote behind a document."""


def classify(parsed: Parsed) -> Literal["template", "procedure", "deployment"]:
    """A template names kinds of steps in headings, a `template_id`, or typed parameters beside steps; a deployment
    document has three of its own sections or more, or tables of its own; anything else is a procedure."""
    parts = outline(parsed.blocks)
    sections = {heading_meaning("template", part.title) for part in parts if part.title}
    headings = [step_heading(part.title) for part in parts]
    if any(_names_a_kind(h) for h in headings) or _has_template_id(parsed):
        return "template"
    if "steps" in sections and ("parameters" in sections or "metadata" in sections) and _typed(parsed, headings):
        return "template"
    deployment = {heading_meaning("deployment", part.title) for part in parts if part.title} - {None}
    if len(deployment) >= 3:
        return "deployment"
    from rollbook.documents.deployment.evidence import is_about_a_deployment

    return "deployment" if is_about_a_deployment(parsed) else "procedure"


def _names_a_kind(heading: StepHeading) -> bool:
    """A word in brackets that is a kind of step; `Foo [Deprecated]` stands over any document."""
    return heading.bracketed and meaning("kinds", "kind", heading.kind) is not None


def language_of(text: str) -> Language:
    """Chinese when there are more Chinese characters than half as many as Latin words, outside code blocks, digests and
    records of runs.

    Chinese characters are counted by their first byte in UTF-8 (E4 to E9).
    """
    prose = re.sub(r"(?ms)^\s*(```|~~~).*?^\s*\1", "", text.partition(RECORD_MARK)[0])
    prose = re.sub(r"[0-9a-f]{12,}", "", prose)
    chinese = len(re.findall(rb"[\xe4-\xe9]", prose.encode("utf-8", "replace")))
    words = len(re.findall(r"[A-Za-z]+", prose))
    return "zh" if chinese > words / 2 else "en"


def _has_template_id(parsed: Parsed) -> bool:
    fences = (block for block in parsed.blocks if block.kind in ("fence", "front"))
    return any(re.match(r"\s*template_?id\s*:", line.text, re.IGNORECASE) for block in fences for line in block.lines)


def _typed(parsed: Parsed, headings: list[StepHeading]) -> bool:
    """Whether parameters are typed (`type:` in YAML) or steps name kinds in any brackets."""
    fences = (block for block in parsed.blocks if block.kind == "fence")
    typed = any(re.match(r"\s+type\s*:", line.text) for block in fences for line in block.lines)
    return typed or any(heading.kind for heading in headings)
