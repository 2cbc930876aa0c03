"""How each item of the release checklist is closed, as far as the plan knows it: what a run's record goes by (M24)."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.binding.library import Library
from rollbook.binding.matching import match
from rollbook.model.deployment import ChecklistItem
from rollbook.model.facts import Closing
from rollbook.planning.deployment.during import is_deploy
from rollbook.planning.deployment.places import Ground
from rollbook.planning.deployment.settling import Settled, settled_items
from rollbook.values import Words


def closings_of(ground: Ground, library: Library) -> tuple[Closing, ...]:
    """One for each item about which the plan has something to say; a person or the run closes the others."""
    ahead = (found for settled in settled_items(ground, library) for found in _ahead(settled, ground))
    return (*ahead, *(found for entry in ground.deployment.checklist for found in _closing(entry, library)))


def _ahead(settled: Settled, ground: Ground) -> Iterator[Closing]:
    line, language = settled.item.at.line, ground.deployment.language
    if settled.how == "evidence" and settled.evidence is not None:
        yield Closing(line, "evidence", settled.evidence.said(language))
    elif settled.how == "waived":
        yield Closing(line, "waived", WAIVED.said(language).format(environment=ground.environment))


def _closing(entry: ChecklistItem, library: Library) -> Iterator[Closing]:
    item = entry.item
    if entry.phase == "before":
        return
    if is_deploy(item, library):
        yield Closing(item.at.line, "rotation")
    elif found := match(library, item.phrase, item.literals, ("step", "check")):
        yield Closing(item.at.line, "covered", found.binding.partition("@")[0])


WAIVED = Words("waived: {environment} is not protected", "已豁免：{environment} 不是受保护环境")
