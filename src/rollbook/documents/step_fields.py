"""What the labelled fields of a step are for: items, conditions, a decision, an approval, or only told."""

from __future__ import annotations

from rollbook.documents.fields import Field
from rollbook.documents.items import loop_variable, opens_loop
from rollbook.model.workflow import StepKind

MEANINGS = (
    "description",
    "items",
    "success",
    "skip",
    "decision",
    "configuration",
    "approvers",
    "notices",
    "timeout",
    "setting",
    "",
)
"""Of fields, as `sort_fields` gives them; "" for those that nobody understands."""


def sort_fields(parts: list[Field], kind: StepKind) -> dict[str, list[Field]]:
    """The fields by meaning, in order. The lead describes the step or holds what its kind is made of; in a parallel
    step unknown labels after an empty `items` name groups, and a label may open a loop anywhere."""
    of: dict[str, list[Field]] = {meaning: [] for meaning in MEANINGS}
    grouping = False
    for part in parts:
        if part.meaning == "lead":
            for field in _split_lead(part, kind):
                of[field.meaning].append(field)
        elif part.meaning == "":
            meaning = _meaning_of_unknown(part, grouping=grouping)
            of[meaning].append(part)
            grouping = grouping and meaning != ""
        elif part.meaning in of:
            of[part.meaning].append(part)
            grouping = kind == "parallel" and part.meaning == "items" and not part.blocks
    return of


def _meaning_of_unknown(part: Field, *, grouping: bool) -> str:
    if part.blocks and (grouping or loop_variable(part.label)):
        return "items"
    return "" if part.blocks or not part.value.text else "setting"


def _split_lead(part: Field, kind: StepKind) -> list[Field]:
    """Paragraphs before the first label describe the step, unless one opens a loop; lists and fences are what its kind
    is made of."""
    prose = [block for block in part.blocks if block.kind == "paragraph" and not opens_loop(block)]
    rest = [block for block in part.blocks if block not in prose]
    body = {"condition": "decision", "approval": "approvers"}.get(kind, "items")
    found = [Field("description", "", prose[0].at, part.value, prose)] if prose else []
    return found + ([Field(body, "", rest[0].at, part.value, rest)] if rest else [])
