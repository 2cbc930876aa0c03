"""The rotation: the stretch of steps in which servers leave and rejoin traffic (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from rollbook.planning.items import Draft


class Rotation(msgspec.Struct, frozen=True):
    """Step numbers in document order. Empty where no step takes servers out of traffic or changes them.

    `leaving` and `returning` are the steps that do; `returns_from` is the first that returns."""

    steps: tuple[int, ...] = ()
    leaving: tuple[int, ...] = ()
    returning: tuple[int, ...] = ()
    inside: frozenset[int] = frozenset()
    """The same as `steps`, to look up in."""
    out_of_traffic: frozenset[int] = frozenset()
    """Steps ahead of the first that returns servers."""

    @property
    def first(self) -> int:
        return self.steps[0] if self.steps else 0

    @property
    def last(self) -> int:
        return self.steps[-1] if self.steps else 0

    @property
    def is_open(self) -> bool:
        """Servers leave traffic and no later step brings them back."""
        if not self.leaving or not self.returning:
            return bool(self.leaving)
        return self.steps.index(self.returning[-1]) < self.steps.index(self.leaving[-1])

    def is_out_of_traffic(self, number: int) -> bool:
        """Whether a condition of this step is judged before the servers are back (M13)."""
        return number in self.out_of_traffic

    def is_crossed(self, left_out: Iterable[int], source: int, target: int | None) -> bool:
        """Whether leaving these steps out crosses the border: part of the rotation would go, and not between two steps
        inside it that neither leave nor return."""
        gone = self.inside.intersection(left_out)
        if not gone:
            return False
        inside = source in self.inside and (target is None or target in self.inside)
        return not inside or bool(gone & {*self.leaving, *self.returning})


def rotation_of(numbers: Sequence[int], drafts: Mapping[int, Sequence[Draft]]) -> Rotation:
    """The rotation of the steps `numbers`, from their bullets' bindings: from the first that leaves to the last that
    returns; where none leaves or returns, from the first to the last that touches a server."""

    def having(what: Callable[[Draft], bool]) -> list[int]:
        return [n for n in numbers if any(what(d) for d in drafts.get(n, ()))]

    leaving = having(lambda d: d.has("leaves_rotation"))
    returning = having(lambda d: d.has("returns_to_rotation"))
    ends = [*leaving, *returning] if leaving else having(lambda d: d.has("touches") and d.is_about_servers)
    if not ends:
        return Rotation()
    order = list(numbers)
    place = {n: i for i, n in enumerate(order)}
    steps = tuple(order[min(place[n] for n in ends) : max(place[n] for n in ends) + 1])
    out = frozenset(steps[slice(*_gap(steps, leaving, returning))]) if leaving else frozenset[int]()
    return Rotation(steps, tuple(leaving), tuple(returning), frozenset(steps), out)


def _gap(steps: Sequence[int], leaving: Sequence[int], returning: Sequence[int]) -> tuple[int, int]:
    """From the first step that leaves up to the first later one that returns: where servers serve nothing."""
    first = steps.index(leaving[0])
    back = (steps.index(n) for n in returning if steps.index(n) >= first)
    return first, next(back, len(steps))
