"""One step of a template: its heading (number, title, kind) and its labelled fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple, cast, get_args

from rollbook.documents.approvals import labelled_lines, read_approval
from rollbook.documents.blocks import Block, Line
from rollbook.documents.conditions import read_condition
from rollbook.documents.decisions import read_decision
from rollbook.documents.fields import Field, fields, join_lines
from rollbook.documents.items import items_of, made_item, read_groups
from rollbook.documents.notes import Notes
from rollbook.documents.step_fields import sort_fields
from rollbook.documents.vocabulary import meaning, table
from rollbook.model.conditions import Condition, Opaque
from rollbook.model.literals import duration, normalised
from rollbook.model.phrases import plain_text
from rollbook.model.words import number
from rollbook.model.workflow import Item, Step, StepKind
from rollbook.values import At


class StepHeading(NamedTuple):
    """`number` None when the heading has none; `kind` "" when it names none; `bracketed`: the kind stands in [ ]."""

    number: int | None
    title: str
    kind: str
    bracketed: bool


@lru_cache(maxsize=4096)
def step_heading(text: str) -> StepHeading:
    """A heading taken apart: `步骤1：代码检查（动作）`, `1. Build [action]`, `Step 1 - Build`, `[action] Build`."""
    plain = normalised(plain_text(text))
    kind, bracketed, rest = _kind(plain)
    found = _numbering().match(rest)
    if not found or found["sign"] is None or not (found["sign"] or found["prefix"] or kind):
        return StepHeading(None, rest, kind, bracketed)
    return StepHeading(number(found["n"]), rest[found.end() :].strip(" :-") or rest, kind, bracketed)


def step_line(text: str) -> str | None:
    """`停止写入` of the line `步骤 1：停止写入`, likewise `Step 2: …`; None for a line that is no numbered step."""
    plain = normalised(plain_text(text))
    found = _numbering().match(plain)
    if not found or not found["prefix"] or not re.search(r"[.:、)\]-]\s*$", found.group()):
        return None
    return plain[found.end() :].strip() or None


@cache
def _numbering() -> re.Pattern[str]:
    """`步骤3：`, `第三步`, `Step 3 -`, `3.` at the start of a heading."""
    prefix = "|".join(re.escape(word) for word in table("wording", "step")["prefix"])
    return re.compile(
        rf"(?P<prefix>(?:{prefix})\s*)?(?P<n>\d+|[一二三四五六七八九十]{{1,3}}(?=[步、.:章\s]))(?![\d.]*\d)"
        rf"(?P<sign>\s*[步.:、)\]-]|(?=\s|$))?[\s.:、)\]-]*",
        re.IGNORECASE,
    )


def read_step(heading: StepHeading, step: int, at: At, blocks: Iterable[Block], notes: Notes) -> Step:
    """The step below `heading`, its number already settled."""
    parts = fields(blocks, ("approval", "step") if heading.kind == "approval" else ("step",))
    kind = _settled_kind(heading, at, parts, notes)
    of = sort_fields(parts, kind)
    _keep_unknown(of[""], notes)
    approval = read_approval(of["configuration"], of["approvers"], at, notes) if kind == "approval" else None
    decisions = [found for part in of["decision"] if (found := read_decision(part, notes))]
    settings = list(labelled_lines(of["configuration"])) if kind != "approval" else []
    settings += [(part.label, part.value) for part in of["setting"]]
    return Step(
        number=step,
        title=heading.title,
        kind=kind,
        description=join_lines(part.text() for part in of["description"]),
        groups=read_groups(of["items"], notes, parallel=kind in ("parallel", "loop")) if of["items"] else (),
        success=tuple(read_conditions(of["success"], notes)),
        skip=tuple(read_conditions(of["skip"], notes)),
        decision=decisions[0] if decisions else None,
        approval=approval,
        notices=tuple(_notices(of["notices"], notes)),
        settings=tuple((label, line.text) for label, line in settings),
        timeout_s=next((duration(part.text()) for part in of["timeout"]), None),
        at=at,
    )


def read_conditions(parts: list[Field], notes: Notes) -> Iterator[Condition]:
    """One condition per bullet or line."""
    for line in condition_lines(parts):
        text = re.sub(r"^\[[ xX]\]\s+", "", line.text.strip())
        if text.endswith((":", "：")) and not re.search(r"[<>=`]", text):
            continue
        condition = read_condition(text, line.at, notes.names)
        if isinstance(condition.expr, Opaque):
            notes.problem("opaque-condition", line.at, text=condition.text)
        yield condition


def condition_lines(parts: list[Field]) -> Iterator[Line]:
    for part in parts:
        if part.value.text:
            yield part.value
        for block in part.blocks:
            yield from _lines(block)


def _lines(block: Block) -> Iterator[Line]:
    if block.kind == "item":
        paragraph = block.children[0] if block.children and block.children[0].kind == "paragraph" else None
        if paragraph:
            yield Line(join_lines(line.text for line in paragraph.lines), paragraph.head.at)
        for child in block.children[1:] if paragraph else block.children:
            yield from _lines(child)
    elif block.kind in ("list", "quote"):
        for child in block.children:
            yield from _lines(child)
    else:
        yield from (line for line in block.lines if line.text.strip())


def _kind(plain: str) -> tuple[str, bool, str]:
    """The kind named in brackets at either end of a heading, whether in square ones, and the rest."""
    for found in (
        re.search(r"\s*`?([\[【(])\s*([^\[\]【】()]+?)\s*([\]】)])`?\s*$", plain),
        re.match(r"`?([\[【(])\s*([^\[\]【】()]+?)\s*([\]】)])`?\s*", plain),
    ):
        if not found:
            continue
        known = meaning("kinds", "kind", found.group(2))
        square = found.group(1) != "("
        if known or (square and re.fullmatch(r"[A-Za-z_-]+|[^\W\d_a-zA-Z]{2,4}", found.group(2))):
            return known or found.group(2), square, (plain[: found.start()] + plain[found.end() :]).strip()
    return "", False, plain


def _settled_kind(heading: StepHeading, at: At, parts: list[Field], notes: Notes) -> StepKind:
    """The kind by heading, by its label, or by what the step holds."""
    label = next((part.value.text for part in parts if part.meaning == "kind"), "")
    named = heading.kind or meaning("kinds", "kind", label.strip("`[] ")) or label
    if not named:
        return _guessed(parts)
    if named not in get_args(StepKind):
        notes.problem("unknown-step-kind", at, kind=named)
        return "action"
    if named in ("loop", "subprocess"):
        notes.problem("unsupported-step-kind", at, kind=named)
    return cast(StepKind, named)


def _guessed(parts: list[Field]) -> StepKind:
    meanings = {part.meaning for part in parts}
    return "condition" if "decision" in meanings else "approval" if "approvers" in meanings else "action"


def _keep_unknown(parts: list[Field], notes: Notes) -> None:
    for part in parts:
        last = max((block.last_line for block in part.blocks), default=part.at.line)
        notes.keep(part.label, notes.source(part.at.line, last), part.at)


def _notices(parts: list[Field], notes: Notes) -> Iterator[Item]:
    for part in parts:
        if part.value.text:
            yield made_item(part.value.text, part.value.at)
        for block in part.blocks:
            if block.kind == "list":
                yield from items_of(block, notes)
            else:
                yield from (made_item(line.text.strip(), line.at) for line in block.lines if line.text.strip())
