"""The checklist's items of the release itself: what prepares, what is the deployment, what verifies it (M20)."""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.binding.library import Library
from rollbook.binding.matching import match
from rollbook.model.deployment import Phase
from rollbook.model.workflow import Group, Item, Step, StepKind
from rollbook.planning.deployment.functions import DEPLOYING, LEAVING, RETURNING
from rollbook.planning.deployment.places import Ground
from rollbook.planning.words import words
from rollbook.values import At


def ahead(during: Sequence[Item], library: Library) -> list[Item]:
    """What is done before the first server leaves: backup and migration, and whatever stands before the deployment and
    changes no server (M20)."""
    deploy = next((n for n, i in enumerate(during) if is_deploy(i, library)), 0)
    early = [i for i in during[:deploy] if not _changes_servers(i, library)]
    return [i for i in during if i in early or is_about("backup", i) or is_about("migrate", i)]


def during_steps(ground: Ground, library: Library) -> tuple[Step, ...]:
    """The during items that neither prepare nor are the deployment: they verify it, in the rotation."""
    during = items_in(ground, "during")
    first = ahead(during, library)
    return tuple(step_of(i.text, (i,), i.at) for i in during if i not in first and not is_deploy(i, library))


def is_about(what: str, item: Item) -> bool:
    """Whether a during item is the backup or the migration."""
    if what == "backup":
        return any(w in item.phrase for w in words("backup_item"))
    return any(w in item.phrase for w in words("migrate_item")) and not _verifies(item)


def is_deploy(item: Item, library: Library) -> bool:
    """Whether a during item stands for the whole deployment; what the library knows by itself does not."""
    known = match(library, item.phrase, item.literals, ("step",))
    if is_about("backup", item) or is_about("migrate", item):
        return False
    return known is None and any(w in item.phrase for w in words("deploy_item")) and not _verifies(item)


def _verifies(item: Item) -> bool:
    return item.phrase.startswith(words("verifying"))


def is_rotation(item: Item, library: Library) -> bool:
    """Whether the rotation does it anyway: an item such as “return to rotation” is not done a second time."""
    found = match(library, item.phrase, item.literals, ("step",))
    name = found.binding.partition("@")[0].removeprefix("rollbook.steps.") if found else ""
    return name in (*LEAVING, *DEPLOYING, *RETURNING) and _changes_servers(item, library)


def _changes_servers(item: Item, library: Library) -> bool:
    found = match(library, item.phrase, item.literals, ("step",))
    return found is not None and (found.mark.touches or found.mark.leaves_rotation)


def items_in(ground: Ground, phase: Phase) -> list[Item]:
    return [c.item for c in ground.deployment.checklist if c.phase == phase]


def step_of(title: str, items: Sequence[Item], at: At = At(), kind: StepKind = "action") -> Step:
    """A step of one group, its number still 0."""
    return Step(0, title, kind, groups=(Group(items=tuple(items), at=at),), at=at)
