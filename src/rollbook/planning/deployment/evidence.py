"""Which items ahead of a release are proved by what the survey found; the rest is a person's (M24).

A ticked box in the source is a claim, not evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from rollbook.model.deployment import ChecklistItem
from rollbook.model.workflow import Item
from rollbook.planning.deployment.places import Ground
from rollbook.planning.deployment.variables import missing
from rollbook.planning.words import words
from rollbook.values import Json, Words

SHORTEST_SUM: Final = 7
"""Characters of a checksum; fewer say nothing."""


def open_items(ground: Ground) -> tuple[Item, ...]:
    """Items ahead of the release that nothing proves."""
    return tuple(c.item for c in ground.deployment.checklist if c.phase == "before" and not proof(c, ground).evidence)


class Proof(NamedTuple):
    """What the survey says of an item: what proves it, or why it stays open; neither where it cannot say."""

    evidence: Words | None = None
    lack: Words | None = None


NOTHING = Proof()


def proof(entry: ChecklistItem, ground: Ground) -> Proof:
    """What the survey found about one item ahead of the release."""
    phrase = entry.item.phrase
    if any(w in phrase for w in words("tests_passed")):
        return _report(phrase, ground)
    if any(w in phrase for w in words("scripts_ready")):
        return _scripts(ground)
    if any(w in phrase for w in words("configuration_ready")):
        return _configuration(ground)
    return NOTHING


def known(path: str, ground: Ground) -> Mapping[str, Json]:
    """What the survey knows of a file: `exists`, `sha256`, `status`; empty where it did not look."""
    found = (ground.facts.get("files") or {}).get(path)
    return found if isinstance(found, dict) else {}


def is_approved(status: str) -> bool:
    return status.strip().casefold() in words("approved")


def _report(phrase: str, ground: Ground) -> Proof:
    """The test report that the item names, else the only one among the documents depended on, is approved."""
    paths = ground.deployment.front.depends_on
    named = [p for p in paths if p.casefold() in phrase] or [p for p in paths if "test" in p.casefold() or "测试" in p]
    if len(named) != 1:
        return NOTHING
    path, found = named[0], known(named[0], ground)
    if not found.get("exists"):
        return Proof(lack=Words(f"{path} is not there", f"{path} 不存在"))
    status = str(found.get("status") or "—")
    said = Words(f"{path} is {status}", f"{path} 状态为 {status}")
    return Proof(said) if is_approved(status) else Proof(lack=said)


def _scripts(ground: Ground) -> Proof:
    """Every script of the table is there, with the checksum that the table states."""
    rows = ground.deployment.migrations
    if not rows:
        return NOTHING
    for row in rows:
        found = known(row.script, ground)
        if not found.get("exists"):
            return Proof(lack=Words(f"{row.script} is not there", f"{row.script} 不存在"))
        if row.checksum and not _is_sum(row.checksum, str(found.get("sha256", ""))):
            return Proof(lack=Words(f"{row.script} is not what its checksum says", f"{row.script} 与校验和不符"))
    sums = ", ".join(
        f"{row.version or row.script} {str(known(row.script, ground).get('sha256', ''))[:12]}" for row in rows
    )
    return Proof(Words(f"{len(rows)} scripts are there: {sums}", f"{len(rows)} 个脚本已就绪：{sums}"))


def _is_sum(stated: str, sha256: str) -> bool:
    """Whether a stated checksum, maybe shortened or with its name before it, is that one."""
    plain = stated.strip().casefold().removeprefix("sha256:").removeprefix("sha-256:").strip(" .…")
    return len(plain) >= SHORTEST_SUM and sha256.startswith(plain)


def _configuration(ground: Ground) -> Proof:
    if not ground.deployment.variables:
        return NOTHING
    absent = ", ".join(v.name for v in missing(ground))
    if absent:
        return Proof(lack=Words(f"no value for {absent}", f"{absent} 没有取值"))
    count = len(ground.deployment.variables)
    return Proof(Words(f"every variable has a value ({count})", f"所有变量均已取值（{count} 个）"))
