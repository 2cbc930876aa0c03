"""A workflow template: Markdown blocks → `Workflow`. Nothing is decided; problems are noted, nothing is dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from rollbook.documents.approvals import split_label
from rollbook.documents.blocks import Block, Line
from rollbook.documents.conditions import read_condition
from rollbook.documents.fields import Field
from rollbook.documents.markdown import Parsed
from rollbook.documents.notes import Notes
from rollbook.documents.outline import Part, keep_part, outline
from rollbook.documents.parameters import read_parameters
from rollbook.documents.rollback import read_rollback
from rollbook.documents.steps import StepHeading, condition_lines, read_step, step_heading
from rollbook.documents.structure import check_structure
from rollbook.documents.vocabulary import heading_meaning, meaning
from rollbook.documents.yaml_reading import read_yaml
from rollbook.model.phrases import plain_text, without_mark
from rollbook.model.workflow import Criterion, Example, Metric, Source, Step, Workflow
from rollbook.values import At, Json, Language


def read_template(parsed: Parsed, source: Source, language: Language, notes: Notes) -> Workflow:
    """The whole template; every structural problem is in `notes`."""
    book = sort_parts(outline(parsed.blocks))
    metadata, metadata_at = read_metadata(parsed.blocks, book.of("metadata"), notes)
    parameters = read_parameters(book.of("parameters"), notes)
    notes.names = frozenset(parameter.name for parameter in parameters)
    steps = read_steps(book.steps, notes)
    for part in book.unknown:
        keep_part(part, notes, warn=heading_meaning("informing", part.title) is None)
    workflow = Workflow(
        source=source,
        language=language,
        title=book.title,
        metadata=metadata,
        metadata_at=metadata_at,
        parameters=parameters,
        steps=steps,
        rollback=read_rollback(book.of("rollback"), steps, notes),
        criteria=read_criteria(book.of("criteria"), notes),
        examples=read_examples(book.of("examples"), notes),
        metrics=read_metrics(book.of("metrics"), notes),
        unread=tuple(notes.unread),
    )
    check_structure(workflow, notes)
    return workflow


class StepParts(msgspec.Struct):
    """One step's heading, and its blocks, those of deeper headings included."""

    heading: StepHeading
    part: Part
    blocks: list[Block]


class Book(msgspec.Struct):
    """The parts of a template by what they are."""

    title: str = ""
    sections: list[tuple[str, Part]] = []
    steps: list[StepParts] = []
    unknown: list[Part] = []

    def of(self, meaning_: str) -> list[Part]:
        return [part for name, part in self.sections if name == meaning_]


def sort_parts(parts: Iterable[Part]) -> Book:
    """Walks the headings in order, whatever their levels, keeping in mind which section and step is open."""
    book, section, step = Book(), "", None
    level = step_level = 0
    for part in parts:
        known = heading_meaning("template", part.title) if part.title else None
        heading = step_heading(part.title)
        in_step = step is not None and part.level > step_level
        if in_step and step and not heading.bracketed and _belongs_to_step(part, known):
            step.blocks += [Block("heading", part.at, (Line(part.title, part.at),), level=part.level), *part.blocks]
        elif _is_step(heading, known, section, part.level > level):
            step, step_level = StepParts(heading, part, list(part.blocks)), part.level
            book.steps.append(step)
        elif known:
            section, level, step = known, part.level, None
            book.sections.append((known, part))
        elif _continues(part, section, part.level > level):
            book.sections.append((section, part))
        else:
            step = None if part.level <= step_level else step
            _take_other(part, book)
    return book


def _belongs_to_step(part: Part, known: str | None) -> bool:
    """A heading below a step is one of its labels, unless it is a section that a step has no label for."""
    return meaning("labels", "step", part.title) is not None or known is None


def _is_step(heading: StepHeading, known: str | None, section: str, deeper: bool) -> bool:
    if heading.bracketed and heading.kind:
        return True
    if known or section not in ("steps", ""):
        return bool(heading.kind and heading.number is not None and not known)
    return heading.number is not None and bool(heading.kind or (section == "steps" and deeper))


def _continues(part: Part, section: str, deeper: bool) -> bool:
    """Whether a heading nobody knows goes on with the section above it: a deeper one, or an example with its fence."""
    fenced = section == "examples" and any(block.kind == "fence" for block in part.blocks)
    return fenced or (deeper and section not in ("", "steps"))


def _take_other(part: Part, book: Book) -> None:
    """The title, with the metadata below it, or a part that nobody knows."""
    first = not (book.title or book.sections or book.steps or book.unknown)
    if part.title and first:
        book.title = part.title
        if part.blocks:
            book.sections.append(("metadata", part))
    elif part.title or any(block.kind != "front" for block in part.blocks):
        book.unknown.append(part)


def read_steps(found: list[StepParts], notes: Notes) -> tuple[Step, ...]:
    """All steps in order; one without a number follows the step before it."""
    steps: list[Step] = []
    for heading, part, blocks in ((p.heading, p.part, p.blocks) for p in found):
        after = steps[-1].number + 1 if steps else 1
        number = after if heading.number is None else heading.number
        steps.append(read_step(heading, number, part.at, blocks, notes))
    return tuple(steps)


def read_metadata(blocks: tuple[Block, ...], parts: list[Part], notes: Notes) -> tuple[dict[str, Json], At]:
    """Front matter and metadata section as one mapping; scalars keep their spelling (M3)."""
    found: dict[str, Json] = {}
    at = parts[0].at if parts else At()
    for block in [*(b for b in blocks if b.kind == "front"), *(b for part in parts for b in part.blocks)]:
        at = at if at.line else block.at
        if block.kind in ("fence", "front"):
            node, problems = read_yaml(block.lines, notes.file)
            notes.problems += problems
            if node and node.entries is not None:
                found |= node.spelled
        elif pairs := _pairs(block):
            found |= dict(pairs)
        else:
            notes.keep("text", notes.source(block.at.line, block.last_line), block.at, warn=False)
    return found, at


def _pairs(block: Block) -> Iterable[tuple[str, str]]:
    """`label: value` of bullets, lines and two-column tables."""
    if block.kind == "table":
        rows = [[cell.head.text for cell in row.children] for row in block.children[1:]]
        return [(plain_text(row[0]), plain_text(row[1])) for row in rows if len(row) > 1]
    listed = block.kind == "list"
    pairs = [split_label(line) for line in ([item.head for item in block.children] if listed else block.lines)]
    if not listed and not all(value.text and _LABEL.fullmatch(label) for label, value in pairs):
        return []
    return [(label, value.text) for label, value in pairs if value.text]


_LABEL = re.compile(r"[^\W\d]{1,8}|[A-Za-z][\w-]*(?: [\w-]+){0,2}")
"""What a line of metadata may have before its colon; more is a sentence."""


def read_criteria(parts: list[Part], notes: Notes) -> tuple[Criterion, ...]:
    """Success criteria, a leading ✅ being a bullet (M7); lines that only lead to a list are none."""
    fields = [Field("success", part.title, part.at, Line("", part.at), list(part.blocks)) for part in parts]
    found = []
    for line in condition_lines(fields):
        text = without_mark(re.sub(r"^\s*\[[ xX]\]\s+", "", line.text))
        if text and not text.endswith((":", "：")):
            found.append(Criterion(text, read_condition(text, line.at, notes.names).expr, line.at))
    return tuple(found)


def read_examples(parts: list[Part], notes: Notes) -> tuple[Example, ...]:
    """Usage examples: one per fence, titled by the heading or the line above it."""
    found: list[Example] = []
    for part in parts:
        known = heading_meaning("template", part.title) == "examples"
        title = "" if known else part.title
        for block in part.blocks:
            if block.kind == "fence":
                found.append(Example(title, block.text, block.lines[0].at if block.lines else block.at))
            elif block.kind == "paragraph":
                title = plain_text(block.lines[-1].text).strip(" :：") if known else title
            else:
                found.append(Example(title, notes.source(block.at.line, block.last_line), block.at))
    return tuple(found)


def _metric(line: Line) -> tuple[str, Line]:
    """A metric's name and description, apart by a colon or a dash."""
    found = re.match(r"`([^`]+)`\s*(?:[:：]|[-–—]+)?\s*(.*)$", line.text.strip())
    return (found.group(1).strip(), Line(found.group(2), line.at)) if found else split_label(line)


def read_metrics(parts: list[Part], notes: Notes) -> tuple[Metric, ...]:
    """Metrics by name, from bullets or a table's first two columns."""
    found = []
    for block in (block for part in parts for block in part.blocks):
        if block.kind == "list":
            pairs = [_metric(item.head) for item in block.children]
            found += [
                Metric(label, plain_text(value.text), item.head.at)
                for (label, value), item in zip(pairs, block.children, strict=True)
            ]
        elif block.kind == "table":
            rows = [[cell.head for cell in row.children] for row in block.children[1:]]
            found += [
                Metric(row[0].text.strip("`* "), plain_text(row[1].text) if len(row) > 1 else "", row[0].at)
                for row in rows
            ]
        elif block.kind != "paragraph":
            notes.keep(block.kind, notes.source(block.at.line, block.last_line), block.at)
    return tuple(found)
