"""The document's checklist put into a template: what no step covers, in its place (M20).

Inserted steps are numbered behind the template's own, so that no number of the template, and no rollback range over
them, means anything else than it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from rollbook.binding.library import Found, Library
from rollbook.binding.matching import match
from rollbook.model.workflow import Item, Step, Workflow
from rollbook.planning.context import items_of
from rollbook.planning.deployment.checklist import Parts, numbered, parts_of
from rollbook.planning.deployment.during import during_steps
from rollbook.planning.deployment.places import Ground


def joined(workflow: Workflow, ground: Ground, library: Library) -> Workflow:
    """The template with the document's steps: *before* ahead of step 1; of *during*, what prepares before the first
    step that leaves the rotation, what verifies before the servers return; *after* behind the last step that acts,
    ahead of reporting."""
    parts = _uncovered(parts_of(ground, library), workflow, ground, library)
    steps = numbered(parts.all, max((s.number for s in workflow.steps), default=0) + 1)
    named = iter(steps)
    placed = {name: [next(named) for _ in getattr(parts, name)] for name in Parts.__struct_fields__}
    leave = _first(workflow.steps, lambda f: f.mark.leaves_rotation, library, len(workflow.steps))
    end = _reporting_from(workflow.steps, library)
    back = max(leave, min(end, _return(workflow.steps, library)))
    own = list(workflow.steps)
    inside = _touches(workflow, library)
    order = [
        *placed["before"], *placed["approval"], *own[:leave], *placed["build"], *placed["prepare"],
        *(() if inside else placed["release"]), *own[leave:back], *(placed["release"] if inside else ()),
        *own[back:end], *placed["verified"], *placed["after"], *own[end:], *placed["reporting"],
    ]  # fmt: skip
    return msgspec.structs.replace(workflow, steps=tuple(order))


def _return(steps: Sequence[Step], library: Library) -> int:
    """Index at which what verifies the new release is done: of the first step that returns servers to traffic; behind
    that step, where the same step also starts the release."""
    back = _first(steps, lambda f: f.mark.returns_to_rotation, library, len(steps))
    if back < len(steps) and any(
        f.mark.touches and not f.mark.returns_to_rotation for f in _found([steps[back]], library)
    ):
        return back + 1
    return back


def _touches(workflow: Workflow, library: Library) -> bool:
    """Whether the template changes servers by itself: then the document's rotation is not added to it."""
    return any(f.mark.leaves_rotation or f.mark.touches for f in _found(workflow.steps, library))


def _uncovered(parts: Parts, workflow: Workflow, ground: Ground, library: Library) -> Parts:
    """What the template does not do by itself: never twice (M21)."""
    mine = {f.binding for f in _found(workflow.steps, library)} | {i.phrase for s in workflow.steps for i in _all(s)}
    approves = any(s.kind == "approval" for s in workflow.steps)
    verifies = _new(during_steps(ground, library), mine, library)
    return Parts(
        parts.before, () if approves else parts.approval, _new(parts.build, mine, library),
        _new(parts.prepare, mine, library), verifies if _touches(workflow, library) else parts.release,
        parts.verified, parts.after, _new(parts.reporting, mine, library),
    )  # fmt: skip


def _new(steps: Sequence[Step], mine: set[str], library: Library) -> tuple[Step, ...]:
    """Steps of which some item is not among the template's own, by phrase or by function."""

    def known(item: Item) -> bool:
        found = match(library, item.phrase, item.literals, ("step",))
        return item.phrase in mine or (found is not None and found.binding in mine)

    return tuple(s for s in steps if not all(known(i) for i in _all(s)))


def _first(steps: Sequence[Step], wanted: object, library: Library, otherwise: int) -> int:
    """Index of the first step one of whose functions is `wanted`."""
    found = (i for i, s in enumerate(steps) if any(wanted(f) for f in _found([s], library)))  # type: ignore[operator]
    return next(found, otherwise)


def _reporting_from(steps: Sequence[Step], library: Library) -> int:
    """Index of the first of the last steps that only tell people or records."""
    index = len(steps)
    while index and _only_reports(steps[index - 1], library):
        index -= 1
    return index


def _only_reports(step: Step, library: Library) -> bool:
    found = [match(library, i.phrase, i.literals, ("step",)) for i in _all(step)]
    return bool(found) and all(f is not None and f.mark.reports for f in found)


def _found(steps: Iterable[Step], library: Library) -> Iterable[Found]:
    for step in steps:
        for item in _all(step):
            found = match(library, item.phrase, item.literals, ("step",))
            if found is not None:
                yield found


def _all(step: Step) -> tuple[Item, ...]:
    return tuple(item for _, _, item in items_of(step))
