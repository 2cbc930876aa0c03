"""What an override may not skip without the approval's quorum: approvals, rejoins and judges (M15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rollbook.model.gates import Gate
from rollbook.model.plan import Blocker
from rollbook.model.workflow import Step, Workflow
from rollbook.planning.context import Context
from rollbook.planning.decisions import Course
from rollbook.planning.items import Draft
from rollbook.planning.jumps import skip_inside
from rollbook.planning.overrides import Applied
from rollbook.planning.rotation import Rotation
from rollbook.values import At, Words

if TYPE_CHECKING:
    from rollbook.planning.layout import Layout


def guarded_steps(
    skips: Mapping[int, str], rotation: Rotation, workflow: Workflow, drafts: Mapping[int, Sequence[Draft]]
) -> dict[int, Words]:
    """Steps that a request skips and that need the quorum, with the reason."""
    found = {s.number: _why(s, rotation, drafts[s.number]) for s in workflow.steps if s.number in skips}
    return {number: why for number, why in found.items() if why is not None}


def _why(step: Step, rotation: Rotation, drafts: Sequence[Draft]) -> Words | None:
    n = step.number
    if step.kind == "approval":
        return Words(f"the request skips the approval of step {n}: that needs its quorum",
                     f"请求跳过步骤{n}的审批：这需要该审批本身的法定人数")  # fmt: skip
    if any(d.found and d.found.mark.returns_to_rotation for d in drafts):
        return Words(f"the request skips step {n}, which returns servers to traffic: that needs the approval's quorum",
                     f"请求跳过让服务器恢复流量的步骤{n}：这需要审批的法定人数")  # fmt: skip
    if n in rotation.steps and step.success:
        return Words(f"the request skips step {n}, which judges the release: that needs the approval's quorum",
                     f"请求跳过判断版本好坏的步骤{n}：这需要审批的法定人数")  # fmt: skip
    return None


def whole_rotation_only(
    course: Course, rotation: Rotation, drafts: Mapping[int, Sequence[Draft]], applied: Applied, context: Context
) -> None:
    """The steps of the rotation that change servers are skipped all or none: a new version started where the old one
    still serves, or a server stopped and nothing started, is nobody's wish (M15). A skipped rejoin is a matter for
    people instead: see `guarded_steps`."""
    acting = [n for n in rotation.steps if any(d.has("touches") and d.is_about_servers for d in drafts[n])]
    gone = [n for n in acting if n in course.skipped]
    if len(gone) == len(acting):
        return
    for number in gone:
        if number not in applied.skips or number not in rotation.returning:
            file, at = applied.places.get(number, (context.file, At(_line(number, context), 1)))
            skip_inside(number, rotation, file, at, context.findings)


def without_quorum(layout: Layout, gates: Sequence[Gate], context: Context) -> tuple[Blocker, ...]:
    """Guarded skips that no gate before them covers, and a rotation whose servers would never come back."""
    numbers = [s.number for s in context.workflow.steps]
    approvals = [g.step for g in gates if g.kind == "approval" and g.mode == "required"]
    blockers = [
        Blocker("skip-needs-quorum", context.said(why), context.said(_HOW), context.file, _line(number, context))
        for number, why in layout.guarded.items()
        if not any(numbers.index(a) <= numbers.index(number) for a in approvals) and _needs(number, context)
    ]
    if layout.rotation.is_open:
        blockers.append(_open(layout, context))
    return tuple(blockers)


_HOW = Words("give the document an approval step before it", "请在该步骤之前加入审批步骤")


def _needs(number: int, context: Context) -> bool:
    """An approval that this environment does not need anyway is skipped freely."""
    step = context.workflow.step(number)
    return step is not None and step.kind != "approval"


def _line(number: int, context: Context) -> int:
    step = context.workflow.step(number)
    return step.at.line if step else 0


def _open(layout: Layout, context: Context) -> Blocker:
    first = layout.rotation.first
    text = Words(f"step {first} takes servers out of traffic and no step that runs brings them back",
                 f"步骤{first}把服务器移出流量，但没有要执行的步骤让它们回来")  # fmt: skip
    hint = Words("keep the step that returns them", "请保留让服务器重新加入的步骤")
    return Blocker("rotation-open", context.said(text), context.said(hint), context.file, _line(first, context))
