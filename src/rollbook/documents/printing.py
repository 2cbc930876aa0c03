"""A workflow back to Markdown, in either language: reading what is printed gives an equal workflow.

Texts stay in the language they are in; headings, labels and kinds are the vocabulary's first spelling of the language.
Positions, the source and parts that were not understood are not printed, but for texts that introduce the template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rollbook.documents.vocabulary import spelling
from rollbook.documents.yaml_printing import yaml_block
from rollbook.model.workflow import Approval, Approvers, Decision, Group, Item, Parameter, Step, Workflow
from rollbook.values import Duration, Json, Language


def print_workflow(workflow: Workflow, language: Language | None = None) -> str:
    """The whole template as Markdown text; `language` None is the workflow's own."""
    said = language or workflow.language
    first = workflow.steps[0].at.line if workflow.steps else 0
    parts = [f"# {workflow.title}"] if workflow.title else []
    parts += [unread.text for unread in workflow.unread if unread.what == "text" and unread.at.line < first]
    if workflow.metadata:
        parts.append(_section("metadata", said, yaml_block(workflow.metadata)))
    if workflow.parameters:
        parameters = {"parameters": {p.name: _parameter(p) for p in workflow.parameters}}
        parts.append(_section("parameters", said, yaml_block(parameters)))
    parts.append(_section("steps", said, "\n\n".join(_step(step, said) for step in workflow.steps)))
    parts += _ending(workflow, said)
    return "\n\n".join(parts) + "\n"


def _ending(workflow: Workflow, said: Language) -> Iterator[str]:
    """Everything below the steps."""
    if workflow.rollback:
        lines = dict.fromkeys((entry.text, entry.at) for entry in workflow.rollback)
        yield _section("rollback", said, "\n".join(f"{i}. {text}" for i, (text, _) in enumerate(lines, 1)))
    if workflow.criteria:
        yield _section("criteria", said, _bullets(criterion.text for criterion in workflow.criteria))
    if workflow.examples:
        examples = [f"### {e.title}\n\n{_fence(e.text)}" if e.title else _fence(e.text) for e in workflow.examples]
        yield _section("examples", said, "\n\n".join(examples))
    if workflow.metrics:
        yield _section("metrics", said, _bullets(f"`{m.name}`: {m.description}".strip() for m in workflow.metrics))


def _step(step: Step, said: Language) -> str:
    parts = [f"### {step.number}. {step.title} [{step.kind}]"]
    if step.description:
        parts.append(f"{_label('description', said)} {step.description}")
    if step.timeout_s is not None:
        parts.append(f"{_label('timeout', said)} {Duration(step.timeout_s)}")
    if step.settings:
        parts.append(_field("configuration", said, _bullets(f"{k}: {v}".rstrip(" :") for k, v in step.settings)))
    parts += _work(step, said)
    for name, conditions in (("success", step.success), ("skip", step.skip)):
        if conditions:
            parts.append(_field(name, said, _bullets(condition.text for condition in conditions)))
    if step.notices:
        parts.append(_field("notices", said, _items(step.notices)))
    return "\n\n".join(parts)


def _work(step: Step, said: Language) -> Iterator[str]:
    """What the step is there for: items, a decision or an approval."""
    if step.groups:
        nested = step.kind in ("parallel", "loop") or any(group.loop for group in step.groups)
        yield _field("items", said, "\n\n".join(_group(group, said, nested=nested) for group in step.groups))
    if step.decision:
        yield _field("decision", said, _fence(_decision(step.decision, said)))
    if step.approval:
        if settings := list(_approval(step.approval, said)):
            yield _field("configuration", said, _bullets(settings))
        if step.approval.approvers:
            roles = [line for approvers in step.approval.approvers for line in _approvers(approvers)]
            yield _field("approvers", said, _bullets(roles))


def _group(group: Group, said: Language, *, nested: bool) -> str:
    """One group: a bullet with its items below it where groups stand side by side, else a line and bullets."""
    name = spelling("wording", "loop", "each", said).replace("{x}", f" {group.loop} ") if group.loop else group.name
    name = re.sub(r" +", " ", name).strip() + (":" if group.loop else "")
    if not name:
        return _items(group.items)
    return f"- {name}\n{_indented(_items(group.items))}" if nested else f"{name.rstrip(':')}:\n\n{_items(group.items)}"


def _items(items: Iterable[Item]) -> str:
    """Items as bullets, blocks of commands as fences."""
    printed = ""
    for item in items:
        fenced = "\n" in item.code or bool(item.code_language) or (item.code and item.code not in item.text[1:])
        text = _fence(item.code, item.code_language) if fenced else _item(item)
        gap = "" if not printed else "\n\n" if fenced or printed.endswith("`" * 3) else "\n"
        printed += gap + text
    return printed


def _item(item: Item) -> str:
    box = "" if item.checkbox is None else "[x] " if item.checkbox else "[ ] "
    below = _items(item.children)
    fenced = below.startswith("```")
    return f"- {box}{item.text}" + (("\n\n" if fenced else "\n") + _indented(below) if below else "")


def _decision(decision: Decision, said: Language) -> str:
    lines = []
    for i, branch in enumerate(decision.branches):
        kind = "else" if branch.condition is None else "elif" if i else "if"
        words = spelling("effects", "branch", kind, said).replace("{x}", " {x}").replace("  ", " ")
        lines.append(words.replace("{x}", branch.condition.text if branch.condition else "") + ":")
        lines += [f"    {effect.text}" for effect in branch.effects]
    return "\n".join(lines)


def _approval(approval: Approval, said: Language) -> Iterator[str]:
    if approval.timeout_s is not None:
        yield f"{spelling('labels', 'approval', 'timeout', said)}: {Duration(approval.timeout_s)}"
    if approval.need is not None:
        kind = approval.need if isinstance(approval.need, str) else "count"
        need = spelling("approvals", "need", kind, said).replace("{n}", str(approval.need))
        yield f"{spelling('labels', 'approval', 'need', said)}: {need}"
    if approval.channels:
        yield f"{spelling('labels', 'approval', 'channels', said)}: {' + '.join(approval.channels)}"
    yield from (f"{label}: {value}".rstrip(" :") for label, value in approval.settings)


def _approvers(approvers: Approvers) -> Iterator[str]:
    sign = {"and": " + ", "or": " / ", "": "、"}[approvers.joined_by]
    if approvers.environment:
        yield f"{approvers.environment}: {sign.join(approvers.roles)}"
    elif approvers.joined_by:
        yield sign.join(approvers.roles)
    else:
        yield from approvers.roles


def _parameter(parameter: Parameter) -> dict[str, Json]:
    found: dict[str, Json] = {"type": parameter.type, "required": parameter.required}
    optional = {
        "description": parameter.description or None,
        "enum": list(parameter.enum) or None,
        "example": parameter.example,
        "pattern": parameter.pattern,
        "min": parameter.minimum,
        "max": parameter.maximum,
        "default": parameter.default if parameter.has_default else None,
    }
    return found | {key: value for key, value in optional.items() if value is not None}


def _section(meaning: str, said: Language, body: str) -> str:
    heading = spelling("sections", "template", meaning, said)
    return f"## {heading[0].upper()}{heading[1:]}\n\n{body}".rstrip()


def _field(meaning: str, said: Language, body: str) -> str:
    return f"{_label(meaning, said)}\n\n{body}"


def _label(meaning: str, said: Language) -> str:
    word = spelling("labels", "step", meaning, said)
    return f"**{word[0].upper()}{word[1:]}**:"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _fence(text: str, language: str = "") -> str:
    """A fence longer than any run of backticks inside it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    mark = "`" * max(3, longest + 1)
    return f"{mark}{language}\n{text}\n{mark}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in text.split("\n"))
