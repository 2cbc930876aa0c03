"""The plan of a run that is given its image: whatever would build one takes it instead (M21)."""

from __future__ import annotations

import msgspec

from rollbook.binding.library import Found, Library
from rollbook.model.plan import Bound, Plan, PlanImage, PlanItem, Repair
from rollbook.values import Words

BUILD = "rollbook.steps.image:build@"
TAKE = "rollbook.steps.image:take@"


def takes_image(plan: Plan, library: Library) -> Plan:
    """The same plan, except that its image comes from an earlier node: a second environment never builds."""
    take = next(f for f in library.all() if f.binding.startswith(TAKE))
    steps = tuple(
        msgspec.structs.replace(s, items=tuple(_taken(i, take) for i in s.items)) if any(map(builds, s.items)) else s
        for s in plan.steps
    )
    lines = [i.line for s in plan.steps for i in s.items if builds(i)]
    repairs = (Repair(WHAT.said(plan.language), WHY.said(plan.language), lines[0]),) if lines else ()
    return msgspec.structs.replace(plan, steps=steps, repairs=(*plan.repairs, *repairs))


def with_digest(plan: Plan, digest: str) -> Plan:
    """The plan of a run that obtains this very image. Nothing changes while no image is known."""
    if not digest:
        return plan
    image = plan.image or PlanImage("", plan.version)
    return msgspec.structs.replace(plan, image=msgspec.structs.replace(image, digest=digest))


def builds(item: PlanItem) -> bool:
    return any(b.binding.startswith(BUILD) for b in item.bound)


def _taken(item: PlanItem, take: Found) -> PlanItem:
    if not builds(item):
        return item
    return msgspec.structs.replace(
        item, bound=(Bound(take.phrase, take.binding, "step"),), effect=take.mark.effect, touches=take.mark.touches
    )


WHAT = Words("the image is taken from the pipeline, not built again", "镜像取自流水线，不再构建")
WHY = Words("one image goes from the first environment to the last", "从第一个环境到最后一个环境使用同一镜像")
