"""Any other Markdown, an SOP, a runbook, a checklist: headings are stages in document order (DESIGN §3).

Task-list items, numbered steps, bullets, command blocks and rows of a task table are items; numbers may restart in
every section. Sections that only inform (`Purpose`, `参考资料`) keep their plain bullets as text; those for the case
that something goes wrong (`Rollback`, `应急预案`) are shown but no part of the course. Conditions and decisions are
read where a label or heading says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from rollbook.documents.blocks import Block
from rollbook.documents.decisions import branch_head, read_decision
from rollbook.documents.fields import Field, fields, join_lines
from rollbook.documents.items import fence_item, is_command, item_of, made_item
from rollbook.documents.markdown import Parsed
from rollbook.documents.notes import Notes
from rollbook.documents.outline import Part, keep_part, outline
from rollbook.documents.steps import read_conditions, step_heading, step_line
from rollbook.documents.structure import check_jumps
from rollbook.documents.template import read_metadata
from rollbook.documents.vocabulary import heading_meaning, meaning
from rollbook.model.phrases import plain_text
from rollbook.model.workflow import Effect, Group, Item, Procedure, Source, Step
from rollbook.values import At, Language


def read_procedure(parsed: Parsed, source: Source, language: Language, notes: Notes) -> Procedure:
    """The whole procedure, one step per heading that holds anything to do or to judge."""
    metadata, _ = read_metadata(parsed.blocks, [], notes)
    parts = outline(parsed.blocks)
    title = next((part.title for part in parts if part.title), "")
    roles = _roles(parts)
    course = [part for part in parts if roles[part.at.line] != "contingency"]
    steps = _stages(course, roles, title, notes) or _stages(parts, roles, title, notes)
    for part in parts if steps else ():
        if roles[part.at.line] == "contingency" and part.at.line not in {step.at.line for step in steps}:
            keep_part(part, notes, warn=False)
    if not steps:
        notes.problem("empty-document", At(1, 1))
    check_jumps(steps, notes)
    return Procedure(source, language, title, metadata, steps, tuple(notes.unread))


def _roles(parts: Iterable[Part]) -> dict[int, str]:
    """By line: "contingency" or "informing" for such headings and the deeper ones below them, "" for the course."""
    roles: dict[int, str] = {}
    role, level = "", 0
    for part in parts:
        named = next((name for name in ("contingency", "informing") if heading_meaning(name, part.title)), "")
        if named or part.level <= level:
            role, level = named, part.level
        roles[part.at.line] = role
    return roles


def _stages(parts: Iterable[Part], roles: dict[int, str], title: str, notes: Notes) -> tuple[Step, ...]:
    """The stages in order, numbered by position; jumps by the headings' own numbers follow them."""
    steps: list[Step] = []
    own: dict[int, int] = {}
    for part in parts:
        kept = len(notes.unread)
        step = _stage(part, len(steps) + 1, title, roles[part.at.line] == "informing", notes)
        if step.groups or step.success or step.skip or step.decision:
            steps.append(step)
            if (number := step_heading(part.title).number) is not None:
                own.setdefault(number, step.number)
        elif part.blocks:
            del notes.unread[kept:]
            keep_part(part, notes, what=part.title or "text", warn=False)
    return tuple(_renumbered(step, own) for step in steps)


def _renumbered(step: Step, own: dict[int, int]) -> Step:
    if step.decision is None or not own:
        return step
    branches = tuple(
        msgspec.structs.replace(branch, effects=tuple(_moved(effect, own) for effect in branch.effects))
        for branch in step.decision.branches
    )
    return msgspec.structs.replace(step, decision=msgspec.structs.replace(step.decision, branches=branches))


def _moved(effect: Effect, own: dict[int, int]) -> Effect:
    jumps = effect.kind in ("goto", "skip")
    return msgspec.structs.replace(effect, value=own.get(effect.value, effect.value)) if jumps else effect


class _Found(msgspec.Struct):
    """What a stage holds, while it is read."""

    groups: list[Group] = []
    prose: list[str] = []
    settings: list[tuple[str, str]] = []
    success: list[Field] = []
    skip: list[Field] = []
    decision: list[Field] = []


def _stage(part: Part, number: int, title: str, informs: bool, notes: Notes) -> Step:
    found = _Found()
    whole = meaning("labels", "step", part.title) if part.title else None
    for field in fields(part.blocks):
        if field.meaning == "lead" and whole in ("success", "skip", "decision"):
            field.meaning = whole
        _sort(field, found, notes, informs=informs)
    decisions = [d for field in found.decision if (d := read_decision(field, notes))]
    if not found.groups and found.prose and not informs and _is_numbered(part.title):
        found.groups.append(Group("", "", (made_item(found.prose.pop(0), part.at),), part.at))
    return Step(
        number=number,
        title=part.title or title,
        kind="action",
        description="\n".join(found.prose),
        groups=tuple(found.groups),
        success=tuple(read_conditions(found.success, notes)),
        skip=tuple(read_conditions(found.skip, notes)),
        decision=decisions[0] if decisions else None,
        settings=tuple(found.settings),
        at=part.at,
    )


def _sort(field: Field, found: _Found, notes: Notes, *, informs: bool) -> None:
    """One labelled field of a stage by what it is; commands in it are items whatever its label says."""
    if field.meaning in ("success", "skip", "decision"):
        commands = [block for block in field.blocks if _is_only_command(block)]
        field.blocks = [block for block in field.blocks if block not in commands]
        getattr(found, field.meaning).append(field)
        if commands:
            found.groups.append(Group(field.label, "", tuple(map(fence_item, commands)), field.at))
        return
    informs = informs or meaning("sections", "informing", field.label) is not None
    items = list(_items(field, found, notes, informs=informs))
    told = bool(field.label) and (bool(field.value.text) or not items)
    if told:
        found.settings.append((field.label, field.value.text if items else field.text()))
    if items:
        found.groups.append(Group("" if told else field.label, "", tuple(items), items[0].at))


def _is_only_command(block: Block) -> bool:
    """A fence of commands which is not a decision written in a fence."""
    if block.kind != "fence" or not is_command(block):
        return False
    return bool(block.info) or not any(branch_head(line) for line in block.lines)


def _items(field: Field, found: _Found, notes: Notes, *, informs: bool) -> Iterator[Item]:
    """Items of one field in order; what is none goes to the prose, or is kept as unread."""
    for block in _opened(field.blocks):
        if block.kind == "list" and not (informs and _is_plain(block)):
            yield from (item_of(child, notes) for child in block.children)
        elif block.kind == "fence" and is_command(block):
            yield fence_item(block)
        elif block.kind == "table" and (column := _task_column(block)) is not None:
            yield from _rows(block, column)
        elif block.kind == "paragraph" and not field.label:
            told = {line: None if informs else step_line(line.text) for line in block.lines}
            yield from (made_item(step, line.at) for line, step in told.items() if step)
            if prose := join_lines(line.text for line, step in told.items() if not step):
                found.prose.append(prose)
        elif block.kind not in ("rule", "front", "paragraph"):
            notes.keep(
                block.kind, notes.source(block.at.line, max(block.last_line, block.at.line)), block.at, warn=False
            )


def _opened(blocks: list[Block]) -> Iterator[Block]:
    """The blocks, those within quotes too."""
    for block in blocks:
        if block.kind == "quote":
            yield from _opened(block.children)
        else:
            yield block


def _is_plain(block: Block) -> bool:
    """A bullet list without numbers and checkboxes."""
    heads = [item.head.text for item in block.children]
    return not any(item.level for item in block.children) and not any(re.match(r"\[[ xX]\]", head) for head in heads)


def _is_numbered(title: str) -> bool:
    """A heading that is itself a step: `Step 3: …`, `步骤3 …`, `3. …`, `3.2 …`."""
    return step_heading(title).number is not None or bool(re.match(r"\d+(?:\.\d+)+\s", title))


def _task_column(block: Block) -> int | None:
    """The column of a table which names things to do; none in a table of symptoms."""
    heads = [meaning("labels", "table", cell.head.text) for cell in block.children[0].children]
    tasks = [i for i, cell in enumerate(block.children[0].children) if meaning("labels", "tasks", cell.head.text)]
    return tasks[-1] if tasks and "symptom" not in heads else None


def _rows(block: Block, column: int) -> Iterator[Item]:
    """One item per row; a cell `[ ]` or ☐ is its checkbox."""
    for row in block.children[1:]:
        if column < len(row.children) and (text := plain_text(row.children[column].head.text)):
            boxes = [cell.head.text.strip() for cell in row.children]
            box = next((b for b in boxes if re.fullmatch(r"\[[ xX]\]|[☐☑✅⬜]", b)), "")
            item = made_item(text, row.children[column].head.at)
            yield msgspec.structs.replace(item, checkbox=None if not box else box not in ("[ ]", "☐", "⬜"))
