"""What is wrong with a deployment document that only several of its rows together show: names that stand twice, a
canary that never reaches everybody."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

from rollbook.documents.deployment.found import Found
from rollbook.model.literals import normalised
from rollbook.values import At

Key = TypeVar("Key", bound=Hashable)


def check_whole(found: Found) -> None:
    """Once, when every section has been read."""
    _check_names(found)
    _check_stages(found)
    _check_scripts(found)
    _check_alerts(found)
    _check_items(found)


def _check_names(found: Found) -> None:
    """A row of the environment list without a name is not read, and may continue the row above."""
    nameless = found.first.get(("nameless", ""))
    if nameless and not any(problem.rule == "environment-without-name" for problem in found.notes.problems):
        found.notes.problem("unnamed-row", nameless)


def _check_stages(found: Found) -> None:
    """Every stage has a number of its own, and the last one is everybody: else servers stay between two releases."""
    blamed = {problem.at.line for problem in found.notes.problems}
    for number, at, first in _twice((stage.number, stage.at) for stage in found.canary):
        if at.line in blamed:
            continue
        found.notes.problem("duplicate-stage", at, number=number, line=first.line)
    if found.canary and found.canary[-1].traffic < 1 and not _is_faulty("canary", found):
        last = found.canary[-1]
        found.notes.problem("canary-incomplete", last.traffic_at, text=f"{last.traffic * 100:g}%")


def _is_faulty(start: str, found: Found) -> bool:
    """Whether the shares of the stages have been complained about already."""
    rules = {problem.rule for problem in found.notes.problems}
    return any(rule.startswith(start) or "percent" in rule for rule in rules)


def _check_scripts(found: Found) -> None:
    """One script for two migrations would be run twice."""
    rows = ((row.script, row.at) for row in found.migrations if row.script)
    versions = {row.at: row.version for row in found.migrations}
    for script, at, first in _twice(rows):
        if versions[at] != versions[first]:
            found.notes.problem("duplicate-migration", at, name=script, line=first.line)


def _check_alerts(found: Found) -> None:
    """Alerts of one name may differ in severity; two of one severity cannot be told apart."""
    rows = ((_plain(alert.name, alert.severity), alert.at) for alert in found.alerts)
    names = {alert.at: alert.name for alert in found.alerts}
    for _, at, first in _twice(rows):
        found.notes.problem("duplicate-alert", at, name=names[at], line=first.line)


def _check_items(found: Found) -> None:
    rows = (((entry.phase, *_plain(entry.item.text)), entry.item.at) for entry in found.checklist if entry.item.text)
    for key, at, first in _twice(rows):
        found.notes.problem("duplicate-item", at, text=key[1][:_SHOWN], line=first.line)


_SHOWN = 60


def _plain(*texts: str) -> tuple[str, ...]:
    return tuple(normalised(text).casefold() for text in texts)


def _twice(rows: Iterable[tuple[Key, At]]) -> Iterator[tuple[Key, At, At]]:
    """(key, place, place where it stood first) of every key that has been there before."""
    seen: dict[Key, At] = {}
    for key, at in rows:
        if (first := seen.setdefault(key, at)) != at:
            yield key, at, first
