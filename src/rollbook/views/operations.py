"""The operations commands of a document, to choose from."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rollbook.model.operations import Offer
from rollbook.values import Words

NONE = Words("the document has no operations commands", "文档中没有运维命令")
BY_SHELL = Words("shell", "shell")
BY_CLUSTER = Words("cluster", "集群")


def render(offers: Sequence[Offer], form: str, language: str) -> str:
    """`form`: "text" or "json"."""
    if form == "json":
        return json.dumps({"commands": [_fields(offer, language) for offer in offers]}, ensure_ascii=False, indent=2)
    if not offers:
        return NONE.said(language)
    return "\n".join(line for offer in offers for line in _lines(offer, language))


def _lines(offer: Offer, language: str) -> list[str]:
    command = offer.command
    by = BY_CLUSTER if offer.operation is not None else BY_SHELL
    head = command.comment or command.text.split("\n")[0]
    lines = [f"{offer.number:>3}  {head}  ({by.said(language)})"]
    return lines + [f"     {line}" for line in command.text.split("\n")] if command.comment else lines


def _fields(offer: Offer, language: str) -> dict[str, object]:
    command = offer.command
    return {
        "number": offer.number,
        "comment": command.comment,
        "command": command.text,
        "line": command.at.line,
        "guarded": command.guarded,
        "runs_on": "cluster" if offer.operation is not None else "shell",
        "why": offer.why.said(language),
    }
