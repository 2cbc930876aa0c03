"""Probes: from Kubernetes YAML, wherever in it they stand, and from tables. Absent fields take Kubernetes' defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, cast

import msgspec

from rollbook.documents.blocks import Block, Line
from rollbook.documents.deployment.cells import seconds_of, unit_of
from rollbook.documents.deployment.found import Found, Table, keep_others
from rollbook.documents.deployment.standing import near
from rollbook.documents.notes import Notes
from rollbook.documents.vocabulary import meaning
from rollbook.documents.vocabulary.patterns import searched
from rollbook.documents.yaml_reading import Node, read_yaml
from rollbook.model.deployment import ProbeSpec
from rollbook.values import Words

Kind = Literal["liveness", "readiness", "startup"]


def holds_probes(block: Block) -> bool:
    """Whether a fence is YAML or JSON that names a probe."""
    return block.info in ("", "yaml", "yml", "json", "kubernetes", "k8s") and bool(_NAMED.search(block.text))


_NAMED = re.compile(r"(?:liveness|readiness|startup)Probe[\"']?\s*:")


def read_probes(block: Block, found: Found) -> None:
    """Every probe of a fence, document by document (`---`)."""
    for lines in _documents(block.lines):
        node, problems = read_yaml(lines, found.notes.file)
        found.notes.problems += problems
        for name, probe in _named(node):
            found.probes.append(_probe(cast(Kind, name), probe, found.notes))


def _documents(lines: tuple[Line, ...]) -> Iterator[tuple[Line, ...]]:
    start = 0
    for i, line in enumerate([*lines, Line("---", lines[0].at)] if lines else []):
        if line.text.rstrip() == "---":
            if any(part.text.strip() for part in lines[start:i]):
                yield lines[start:i]
            start = i + 1


def _named(node: Node | None) -> Iterator[tuple[str, Node]]:
    """Probes by kind, at any depth of the YAML, in reading order."""
    left = [node] if node else []
    while left:
        current = left.pop()
        below: list[Node] = list(current.items or ())
        for key, value in current.entries or ():
            kind = meaning("deployment", "probe", key.text or "") if (key.text or "").endswith("Probe") else None
            if kind:
                yield kind, msgspec.structs.replace(value, at=key.at)
            else:
                below.append(value)
        left.extend(reversed(below))


_NUMBERS = {
    "initialDelaySeconds": ("initial_delay_s", 0),
    "periodSeconds": ("period_s", 1),
    "timeoutSeconds": ("timeout_s", 1),
    "successThreshold": ("success_threshold", 1),
    "failureThreshold": ("failure_threshold", 1),
}
"""Field of Kubernetes → ours, and the least that Kubernetes takes."""
_ASKING = ("httpGet", "tcpSocket", "grpc", "exec")
_FIELDS = (*_ASKING, *_NUMBERS, "terminationGracePeriodSeconds")
_PORTS = 65535


def _probe(kind: Kind, node: Node, notes: Notes) -> ProbeSpec:
    entries: dict[str, Node] = {}
    for key, value in node.entries or ():
        name = key.text or ""
        if name in entries:
            notes.problem("duplicate-key", key.at, name=name, line=entries[name].at.line)
        elif name not in _FIELDS:
            notes.problem("unknown-probe-field", key.at, name=name, near=near(name, _FIELDS), names=", ".join(_FIELDS))
        entries.setdefault(name, value)
    numbers = {field: amount for field, amount in _numbers(entries, notes) if amount is not None}
    path, port, command = _target(entries)
    _check_target(node, entries, port, notes)
    return msgspec.structs.replace(ProbeSpec(kind, path=path, port=port, command=command, at=node.at), **numbers)


def _numbers(entries: dict[str, Node], notes: Notes) -> Iterator[tuple[str, float | int | None]]:
    for name, (field, least) in _NUMBERS.items():
        value = entries.get(name)
        if value is None:
            continue
        text = value.text or ""
        if not re.fullmatch(r"-?\d{1,9}(?:\.\d{1,9})?", text):
            notes.problem("bad-probe", value.at, field=name, text=text)
        elif float(text) < least:
            notes.problem("probe-out-of-range", value.at, field=name, text=text, least=least, most="")
        else:
            yield field, int(float(text)) if field.endswith("threshold") else float(text)


def _check_target(node: Node, entries: dict[str, Node], port: int | str, notes: Notes) -> None:
    """A probe asks in one way; over HTTP, TCP or gRPC it needs a port, over HTTP it should name a path."""
    name = next((asked for asked in _ASKING if asked in entries), "")
    asked = entries.get(name)
    if asked is None or asked.entries is None:
        if not set(entries) - set(_NUMBERS) - set(_ASKING):
            notes.problem("probe-without-target", asked.at if asked else node.at)
    elif name != "exec":
        value = _entry(asked, "port")
        if value is None or not port:
            notes.problem("probe-without-port", value.at if value else asked.at)
        elif (isinstance(port, int) and port > _PORTS) or str(port).startswith("-"):
            most = Words(f", {_PORTS} at most", f"，不大于 {_PORTS}")
            notes.problem("probe-out-of-range", value.at, field="port", text=port, least=1, most=most)
        elif name == "httpGet" and _entry(asked, "path") is None:
            notes.problem("probe-without-path", asked.at)


def _target(entries: dict[str, Node]) -> tuple[str, int | str, tuple[str, ...]]:
    """Path, port and command, of whichever way of asking the probe uses."""
    command = _entry(entries.get("exec"), "command")
    words = tuple(item.text or "" for item in command.items or ()) if command else ()
    http = entries.get("httpGet") or entries.get("tcpSocket") or entries.get("grpc")
    path, port = _entry(http, "path"), _entry(http, "port")
    number = port.text or "" if port else ""
    default = "/" if "httpGet" in entries else ""
    return (path.text or default) if path else default, int(number) if number.isdecimal() else number or 0, words


def _entry(node: Node | None, name: str) -> Node | None:
    return next((value for key, value in (node.entries or ()) if key.text == name), None) if node else None


def read_probe_table(table: Table, found: Found) -> None:
    """One probe a row; rows of other checks are not read."""
    for row in table.grid.rows:
        kind = searched("deployment", "probe", table.text(row, "kind"))
        if not kind:
            table.keep(row, "kind", found)
            continue
        path, port = _address(table.text(row, "path"), table.text(row, "port"))
        probe = ProbeSpec(cast(Kind, kind.meaning), path=path, port=port, at=row[0].at)
        found.probes.append(msgspec.structs.replace(probe, **_timing(table, row, found)))
    keep_others(table, found)


def _address(path: str, port: str) -> tuple[str, int | str]:
    """`/health` and 8080 of `GET :8080/health` as well as of two cells."""
    whole = re.fullmatch(r"(?:GET\s+)?(?:https?://[^/:\s]*)?(?::(\d+))?(/\S*)?", path.strip(), re.IGNORECASE)
    inside = whole.group(1) if whole else ""
    number = port or inside or ""
    return (whole.group(2) or "") if whole else path, int(number) if number.isdecimal() else number or 0


def _timing(table: Table, row: tuple[Line, ...], found: Found) -> dict[str, float | int]:
    read: dict[str, float | int] = {}
    for name, field in (("period", "period_s"), ("timeout", "timeout_s"), ("delay", "initial_delay_s")):
        cell = table.cell(row, name)
        if not cell.blank:
            seconds = seconds_of(cell.text, unit_of(table.head(name)) or "s")
            if seconds is None:
                found.notes.problem("unread-duration", cell.at, text=cell.text)
            else:
                read[field] = seconds
    for name, field in (("failures", "failure_threshold"), ("successes", "success_threshold")):
        if number := re.match(r"\d{1,6}", table.text(row, name)):
            read[field] = int(number.group())
    return read
