"""Comparing models of documents: without places, and without the words of a language."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from rollbook.model.workflow import Source

PLACES = ("at", "timeout_at", "need_at", "metadata_at", "source")
WORDS = ("text", "phrase", "title", "description", "language", "author", "what", "label", "unread", "channels", "roles")


def source_of(text: str, path: str = "document.md") -> Source:
    """A document that is only text."""
    return Source(path, text, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


def without(value: Any, names: tuple[str, ...]) -> Any:
    """`value` (built of dicts and lists) without the entries of these names, at any depth."""
    if isinstance(value, dict):
        return {key: without(inner, names) for key, inner in value.items() if key not in names}
    return [without(inner, names) for inner in value] if isinstance(value, list) else value


def unplaced(document: Any) -> Any:
    """A model as plain values, without where things stood."""
    return without(msgspec.json.decode(msgspec.json.encode(document)), PLACES)


def shape(document: Any) -> Any:
    """A model as plain values, without places and without every text that a translation changes. How many roles and
    channels there are stays."""
    whole = unplaced(document)
    for step in whole["steps"]:
        for approvers in (step["approval"] or {}).get("approvers", []):
            approvers["count"] = len(approvers["roles"])
        for effect in [e for b in (step["decision"] or {"branches": []})["branches"] for e in b["effects"]]:
            if effect["kind"] == "log":
                effect["value"] = ""
    return without(whole, WORDS)
