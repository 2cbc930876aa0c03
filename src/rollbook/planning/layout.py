"""What is known about all steps together before any one of them is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from rollbook.model.plan import RollbackRule
from rollbook.model.workflow import Step
from rollbook.planning.decisions import Course
from rollbook.planning.items import Draft
from rollbook.planning.rotation import Rotation
from rollbook.values import Words


class Layout(msgspec.Struct, frozen=True):
    """What is known about all steps before any one is planned. `guarded`: skipped steps that need the quorum (M15)."""

    drafts: dict[int, tuple[Draft, ...]]
    rotation: Rotation
    course: Course
    reporting: frozenset[int]
    rules: tuple[RollbackRule, ...]
    guarded: Mapping[int, Words] = {}
    order: dict[int, int] = {}
    """Step number → its place in the document."""

    def is_touched_by(self, number: int) -> bool:
        """Whether servers may have been touched when this step runs."""
        return bool(self.rotation.steps) and self.order[number] >= self.order[self.rotation.first]


def reporting_steps(steps: Sequence[Step], drafts: Mapping[int, Sequence[Draft]]) -> frozenset[int]:
    """Steps all of whose bullets tell people or record (M17)."""
    told = set()
    for step in steps:
        executed = [d for d in drafts[step.number] if not d.title]
        if executed and all(d.found is not None and d.found.mark.reports for d in executed):
            told.add(step.number)
    return frozenset(told)
