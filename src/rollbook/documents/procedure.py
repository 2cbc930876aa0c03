"""Any other Markdown, an SOP, a runbook, a checklist: headings are stages in document order (DESIGN §3)."""

from __future__ import annotations

from rollbook.documents.fields import join_lines
from rollbook.documents.items import fence_item, is_command, item_of
from rollbook.documents.markdown import Parsed
from rollbook.documents.notes import Notes
from rollbook.documents.outline import outline
from rollbook.documents.template import read_metadata
from rollbook.model.workflow import Group, Procedure, Source, Step
from rollbook.values import Language


def read_procedure(parsed: Parsed, source: Source, language: Language, notes: Notes) -> Procedure:
    steps, title = [], ""
    metadata, _ = read_metadata(parsed.blocks, [], notes)
    for part in outline(parsed.blocks):
        title = title or part.title
        items, prose = [], []
        for block in part.blocks:
            if block.kind == "list":
                items += [item_of(child, notes) for child in block.children]
            elif block.kind == "fence" and is_command(block):
                items.append(fence_item(block))
            elif block.kind == "paragraph":
                prose.append(join_lines(line.text for line in block.lines))
        if items:
            steps.append(
                Step(
                    len(steps) + 1,
                    part.title or title,
                    "action",
                    "\n".join(prose),
                    (Group(items=tuple(items), at=part.at),),
                    at=part.at,
                )
            )
    if not steps:
        notes.problem("empty-document", parsed.blocks[0].at if parsed.blocks else notes_at())
    return Procedure(source, language, title, metadata, tuple(steps), tuple(notes.unread))


def notes_at():
    from rollbook.values import At

    return At(1, 1)
