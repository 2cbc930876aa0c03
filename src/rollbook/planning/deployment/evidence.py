"""Which items ahead of a release are proved by what the survey found; the rest is a person's (M24).

A ticked box in the source is a claim, not evidence.
"""

from __future__ import annotations

from collections.abc import Mapping

from rollbook.model.deployment import ChecklistItem
from rollbook.model.workflow import Item
from rollbook.planning.deployment.places import Ground
from rollbook.planning.deployment.variables import missing
from rollbook.planning.words import words
from rollbook.values import Json, Words


def open_items(ground: Ground) -> tuple[Item, ...]:
    """Items ahead of the release that nothing proves."""
    return tuple(c.item for c in ground.deployment.checklist if c.phase == "before" and proof(c, ground) is None)


def proved_items(ground: Ground) -> tuple[tuple[Item, Words], ...]:
    """Items that the survey closes, each with its evidence."""
    listed = ((c.item, proof(c, ground)) for c in ground.deployment.checklist if c.phase == "before")
    return tuple((item, found) for item, found in listed if found is not None)


def proof(entry: ChecklistItem, ground: Ground) -> Words | None:
    """What proves one item, or None."""
    phrase = entry.item.phrase
    if any(w in phrase for w in words("tests_passed")):
        return _report(phrase, ground)
    if any(w in phrase for w in words("scripts_ready")):
        return _scripts(ground)
    if any(w in phrase for w in words("configuration_ready")):
        return _configuration(ground)
    return None


def known(path: str, ground: Ground) -> Mapping[str, Json]:
    """What the survey knows of a file: `exists`, `sha256`, `status`; empty where it did not look."""
    found = (ground.facts.get("files") or {}).get(path)
    return found if isinstance(found, dict) else {}


def is_approved(status: str) -> bool:
    return status.strip().casefold() in words("approved")


def _report(phrase: str, ground: Ground) -> Words | None:
    """The document that the item names is approved."""
    named = [p for p in ground.deployment.front.depends_on if p.casefold() in phrase]
    for path in named:
        status = str(known(path, ground).get("status", ""))
        if is_approved(status):
            return Words(f"{path} is {status}", f"{path} 状态为 {status}")
    return None


def _scripts(ground: Ground) -> Words | None:
    """Every script of the table is there, with the checksum that the table states."""
    rows = ground.deployment.migrations
    for row in rows:
        found = known(row.script, ground)
        if not found.get("exists") or (row.checksum and row.checksum != found.get("sha256")):
            return None
    return Words(f"{len(rows)} scripts are there", f"{len(rows)} 个脚本已就绪") if rows else None


def _configuration(ground: Ground) -> Words | None:
    if not ground.deployment.variables or missing(ground):
        return None
    return Words("every variable has a value", "所有变量均已取值")
