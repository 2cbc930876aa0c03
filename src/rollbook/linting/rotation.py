"""Where a template takes servers out of traffic and where it puts them back."""

from __future__ import annotations

import msgspec

from rollbook.linting.context import items_of
from rollbook.linting.meanings import Meanings
from rollbook.model.workflow import Group, Item, Step, Workflow


class Place(msgspec.Struct, frozen=True):
    """One bullet and the step it stands in. `index` is the step's position, whatever its number."""

    index: int
    step: Step
    item: Item


class Rotation(msgspec.Struct, frozen=True):
    """The stretch from the first bullet that takes servers out to the first later one that puts them back.

    `back` is None when no later bullet does."""

    out: Place
    back: Place | None


def rotation_of(workflow: Workflow, meanings: Meanings) -> Rotation | None:
    """None when no bullet is known to take servers out of traffic."""
    places = [Place(index, step, item) for index, step in enumerate(workflow.steps) for item in items_of(step)]
    for position, place in enumerate(places):
        if meanings.leaves(place.item) or meanings.stops(place.item):
            later = (p for p in places[position + 1 :] if meanings.returns(p.item))
            return Rotation(place, next(later, None))
    return None


def group_of(step: Step, item: Item) -> Group:
    """The group of `step` in which `item` stands, at whatever depth."""
    return next(g for g in step.groups if any(item in _family(i) for i in g.items))


def _family(item: Item) -> list[Item]:
    return [item, *(below for child in item.children for below in _family(child))]
