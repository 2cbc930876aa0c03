"""YAML fences and front matter, as plain values with their lines. Tags, anchors and aliases are refused.

Values are composed from the parser's events without recursion, so a hostile text can neither construct objects nor
grow: every node stands in the text once. Scalars keep their spelling; `scalar` types them where a type is wanted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from rollbook.documents.blocks import Line
from rollbook.documents.faults import fault
from rollbook.model.words import boolean
from rollbook.problems import Problem
from rollbook.values import At, Json

if TYPE_CHECKING:
    from yaml.events import Event

DEEPEST = 32


class Node(msgspec.Struct):
    """A scalar (`text`), a sequence (`items`) or a mapping (`entries`), and where it starts."""

    at: At
    text: str | None = None
    plain: bool = True
    """A scalar without quotes: `true` is a boolean, `"true"` is text."""
    items: list[Node] | None = None
    entries: list[tuple[Node, Node]] | None = None

    @property
    def value(self) -> Json:
        """The node as a JSON value, plain scalars typed as YAML 1.1 does, dates as text."""
        if self.items is not None:
            return [item.value for item in self.items]
        if self.entries is not None:
            return {key.text or "": value.value for key, value in self.entries}
        return scalar(self.text or "") if self.plain else self.text

    @property
    def spelled(self) -> Json:
        """The node as a JSON value whose scalars keep their spelling (M3); a blank one is None."""
        if self.items is not None:
            return [item.spelled for item in self.items]
        if self.entries is not None:
            return {key.text or "": value.spelled for key, value in self.entries}
        return None if self.plain and self.text in ("", "~", "null") else self.text


def scalar(text: str) -> Json:
    """A plain scalar as YAML reads it: null, boolean, whole number, number, else text."""
    word = text.strip()
    if word in ("", "~", "null", "Null", "NULL"):
        return None
    if word.isascii() and len(word) > 1 and (truth := boolean(word)) is not None:
        return truth
    if re.fullmatch(r"[-+]?(?:0|[1-9]\d{0,17})", word):
        return int(word)
    if re.fullmatch(r"[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d{1,3})?", word):
        return float(word)
    return text


def read_yaml(lines: tuple[Line, ...], file: str) -> tuple[Node | None, list[Problem]]:
    """The one value that `lines` spell, and what is wrong. The value is None when nothing can be read."""
    import yaml

    text = "\n".join(line.text.replace("\t", "  ") for line in lines)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    composer = _Composer(lines, file)
    try:
        for event in yaml.parse(text, Loader=loader):
            composer.take(event)
            if composer.problems:
                return None, composer.problems
    except yaml.YAMLError as error:
        return None, [fault("broken-yaml", file, _place(error, lines), reason=_reason(error))]
    return composer.root, composer.problems


class _Composer:
    """Builds nodes from events with a stack of its own."""

    def __init__(self, lines: tuple[Line, ...], file: str) -> None:
        self.lines, self.file = lines, file
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[tuple[Node, list[Node]]] = []

    def take(self, event: Event) -> None:
        name = type(event).__name__
        if name == "AliasEvent" or getattr(event, "anchor", None):
            return self._refuse("yaml-alias", event)
        if (tag := getattr(event, "tag", None)) and tag != "!" and not tag.startswith("tag:yaml.org,2002:str"):
            return self._refuse("yaml-tag", event, tag=tag)
        if name == "ScalarEvent":
            return self._add(Node(self._at(event), event.value, plain=not event.style))  # type: ignore[attr-defined]
        if name in ("SequenceStartEvent", "MappingStartEvent"):
            if len(self._open) >= DEEPEST:
                return self._refuse("yaml-too-deep", event, limit=DEEPEST)
            self._open.append((Node(self._at(event)), []))
        elif name in ("SequenceEndEvent", "MappingEndEvent"):
            self._close(mapping=name.startswith("Mapping"))
        elif name == "DocumentStartEvent" and self.root is not None:
            return self._refuse("broken-yaml", event, reason="a second document begins here")
        return None

    def _close(self, *, mapping: bool) -> None:
        node, parts = self._open.pop()
        if mapping:
            node.entries = list(zip(parts[::2], parts[1::2], strict=True))
        else:
            node.items = parts
        self._add(node)

    def _add(self, node: Node) -> None:
        if self._open:
            self._open[-1][1].append(node)
        else:
            self.root = node

    def _at(self, event: Event) -> At:
        return _shifted(event.start_mark, self.lines)

    def _refuse(self, rule: str, event: Event, **values: object) -> None:
        self.problems.append(fault(rule, self.file, self._at(event), **values))


def _shifted(mark: Any, lines: tuple[Line, ...]) -> At:
    """The place in the document of a parser's mark within `lines`."""
    if not lines or mark is None:
        return lines[0].at if lines else At()
    line = lines[min(mark.line, len(lines) - 1)]
    return At(line.at.line, line.at.column + mark.column - (len(line.text) - len(line.text.lstrip())))


def _place(error: Any, lines: tuple[Line, ...]) -> At:
    return _shifted(getattr(error, "problem_mark", None), lines)


def _reason(error: Any) -> str:
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable").strip()
