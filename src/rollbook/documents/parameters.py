"""Typed parameters, from a YAML fence, a table or bullets, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import msgspec

from rollbook.documents.approvals import split_label
from rollbook.documents.blocks import Block
from rollbook.documents.notes import Notes
from rollbook.documents.outline import Part
from rollbook.documents.vocabulary import heading_meaning, meaning
from rollbook.documents.yaml_reading import Node, read_yaml, scalar
from rollbook.model.phrases import plain_text
from rollbook.model.words import boolean
from rollbook.model.workflow import Parameter, ParameterType
from rollbook.values import At, Json, Words


def read_parameters(parts: list[Part], notes: Notes) -> tuple[Parameter, ...]:
    """All parameters in order; a name that stands twice is a problem and counts once."""
    found: dict[str, Parameter] = {}
    for part in parts:
        for block in part.blocks:
            for parameter in _from_block(block, notes):
                if parameter.name in found:
                    notes.problem(
                        "duplicate-parameter", parameter.at, name=parameter.name, line=found[parameter.name].at.line
                    )
                else:
                    found[parameter.name] = parameter
    return tuple(found.values())


def parameter_entries(node: Node) -> Iterator[tuple[Node, Node]]:
    """`(name, definition)` pairs of `parameters:` or of a mapping or list that is itself the parameters."""
    for key, value in node.entries or ():
        if heading_meaning("template", key.text or "") == "parameters" and (
            value.entries or value.items or not value.text
        ):
            yield from parameter_entries(value) if value.text is None else ()
        else:
            yield key, value
    for item in node.items or ():
        name = next((v for k, v in item.entries or () if meaning("labels", "parameter", k.text or "") == "name"), None)
        if name:
            yield name, item


def _from_block(block: Block, notes: Notes) -> Iterator[Parameter]:
    if block.kind == "fence":
        node, problems = read_yaml(block.lines, notes.file)
        notes.problems += problems
        for key, value in parameter_entries(node) if node else ():
            if parameter := _from_yaml(key, value, notes):
                yield parameter
    elif block.kind == "table":
        yield from _from_table(block, notes)
    elif block.kind == "list":
        for item in block.children:
            if parameter := _from_bullet(item, notes):
                yield parameter
    else:
        notes.keep("text", notes.source(block.at.line, block.last_line), block.at, warn=block.kind != "paragraph")


def _from_yaml(key: Node, value: Node, notes: Notes) -> Parameter | None:
    name = key.text or ""
    if value.entries is None:
        if value.text is None or not meaning("kinds", "type", value.text):
            reason = Words("it has no definition", "缺少定义")
            notes.problem("bad-parameter", key.at, name=name, reason=reason)
            return None
        return _built(name, {"type": (value.text, value.at)}, key.at, notes)
    fields: dict[str, tuple[Json, At]] = {}
    seen: dict[str, int] = {}
    as_text = _spelled_fields(value)
    for field, content in value.entries:
        label = field.text or ""
        known = meaning("labels", "parameter", label) or ""
        if label in seen:
            notes.problem("duplicate-parameter", field.at, name=label, line=seen[label])
        elif known:
            fields[known] = (content.spelled if known in as_text else content.value, content.at)
        else:
            notes.keep(f"{name}.{label}", f"{label}: {content.spelled}", field.at)
        seen.setdefault(label, field.at.line)
    return _built(name, fields, key.at, notes)


def _spelled_fields(value: Node) -> tuple[str, ...]:
    """The fields whose scalars keep their spelling: values too when the parameter is a string (`1.10` is no number)."""
    types = [v.text or "" for k, v in value.entries or () if meaning("labels", "parameter", k.text or "") == "type"]
    plain = ("type", "description", "pattern", "name")
    return (*plain, *_VALUES) if not types or meaning("kinds", "type", types[0]) == "string" else plain


_VALUES = ("default", "enum", "example")


def _from_table(block: Block, notes: Notes) -> Iterator[Parameter]:
    heads = [meaning("labels", "parameter", cell.head.text) for cell in block.children[0].children]
    for row in block.children[1:]:
        cells = {head: cell.head for head, cell in zip(heads, row.children, strict=False) if head}
        name = cells.pop("name", None) or row.children[0].head
        kind = meaning("kinds", "type", cells["type"].text) if "type" in cells else "string"
        fields: dict[str, tuple[Json, At]] = {}
        for head, cell in cells.items():
            text = plain_text(cell.text).strip("` ")
            if text and text not in ("-", "—", "/"):
                fields[head] = (_typed_cell(head, text, kind), cell.at)
        yield _built(name.text.strip("`* "), fields, name.at, notes)


def _from_bullet(item: Block, notes: Notes) -> Parameter | None:
    """`` - `name` (string, required): description ``, further fields as bullets below."""
    label, value = split_label(item.head)
    found = re.match(r"`?([^\W\d][\w.-]*)`?\s*(?:[(（]([^)）]*)[)）])?\s*$", label)
    if not found:
        notes.keep("parameter", item.head.text, item.head.at)
        return None
    fields: dict[str, tuple[Json, At]] = {"description": (value.text, value.at)} if value.text else {}
    for word in re.split(r"[,，、;；]\s*", found.group(2) or ""):
        if kind := meaning("kinds", "type", word):
            fields["type"] = (kind, item.head.at)
        elif meaning("labels", "parameter", word) == "required":
            fields["required"] = (True, item.head.at)
    for below in (b for child in item.children if child.kind == "list" for b in child.children):
        name, content = split_label(below.head)
        if known := meaning("labels", "parameter", name):
            kind = str(fields["type"][0]) if "type" in fields else "string"
            fields[known] = (_typed_cell(known, content.text.strip("` "), kind), content.at)
    return _built(found.group(1), fields, item.head.at, notes)


def _typed_cell(field: str, text: str, kind: str | None) -> Json:
    typed = (lambda word: word) if kind == "string" else scalar
    if field == "required":
        return boolean(text) if boolean(text) is not None else meaning("labels", "parameter", text) == "required"
    if field == "enum":
        return [typed(v.strip(" `\"'")) for v in re.split(r"[,，、/|;；]", text.strip("[]")) if v.strip()]
    if field in ("default", "example") and text.startswith("[") and text.endswith("]"):
        return [typed(v.strip(" `\"'")) for v in re.split(r"[,，]", text[1:-1]) if v.strip()]
    return (
        text if field in ("type", "description", "pattern") else scalar(text) if field not in _VALUES else typed(text)
    )


def _built(name: str, fields: dict[str, tuple[Json, At]], at: At, notes: Notes) -> Parameter:
    get = {key: value for key, (value, _) in fields.items()}
    kind = _type(get.get("type"), fields.get("type", (None, at))[1], notes)
    enum = get.get("enum")
    parameter = Parameter(
        name=name,
        type=kind,
        required=get.get("required") in (True, "true", "是"),
        description=str(get.get("description") or "").strip(),
        enum=tuple(_as(kind, v) for v in (enum if isinstance(enum, list) else [] if enum is None else [enum])),
        default=_as(kind, get.get("default")),
        has_default="default" in get and get["default"] is not None,
        example=_as(kind, get.get("example")),
        pattern=None if get.get("pattern") is None else str(get["pattern"]),
        at=at,
    )
    limits = {key: _limit(key, name, *fields[key], notes) for key in ("minimum", "maximum") if key in fields}
    _check_pattern(parameter, fields, notes)
    return msgspec.structs.replace(parameter, **cast(Any, limits))


def _type(named: Json, at: At, notes: Notes) -> ParameterType:
    word = str(named or "string")
    known = meaning("kinds", "type", word) or meaning("kinds", "type", re.split(r"[<\[(]", word)[0])
    if not known:
        notes.problem("unknown-parameter-type", at, type=word)
    return cast(ParameterType, known or "string")


def _as(kind: ParameterType, value: Json) -> Json:
    """A plain scalar of a string parameter stays text: `1.10` is no number there."""
    if kind != "string" or value is None or isinstance(value, str | list | dict):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _limit(key: str, name: str, value: Json, at: At, notes: Notes) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    notes.problem("bad-parameter-limit", at, key=key, name=name, text=value, wanted=Words("a number", "数字"))
    return None


def _check_pattern(parameter: Parameter, fields: dict[str, tuple[Json, At]], notes: Notes) -> None:
    try:
        re.compile(parameter.pattern or "")
    except re.error as error:
        wanted = Words(f"a regular expression ({error})", f"正则表达式（{error}）")
        at = fields["pattern"][1]
        notes.problem(
            "bad-parameter-limit", at, key="pattern", name=parameter.name, text=parameter.pattern, wanted=wanted
        )
