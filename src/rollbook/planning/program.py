"""Steps, waves and criteria become the program: the stages in the order in which the machine walks them.

    before → each wave (the rotation's steps, each judged, then a soak) → all servers judged → after → criteria → reporting

Skipped steps make no stages. With one server whose host can run two releases side by side (M33), the steps that leave
rotation come last in the wave: start, judge and join the new one, then drain and stop the old.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rollbook.model.plan import Gate, Lane, PlanItem, PlanStep, Stage, Wave, Zone

RUN_LANE = "run"


def compile_program(
    steps: Sequence[PlanStep],
    waves: Sequence[Wave],
    gates: Sequence[Gate],
    criteria: Sequence[PlanItem],
    reporting: Iterable[int],
    beside: bool = False,
) -> tuple[Stage, ...]:
    """The whole program. `reporting` names the steps that only tell people or records; they run last (M17)."""
    told = frozenset(reporting)
    live = [s for s in steps if s.decision != "skip" and s.number not in told]
    before, rotation, after = split_rotation(live)
    everyone = tuple(name for wave in waves for name in wave.servers)
    outages = [g for g in gates if g.kind == "outage"]
    return (
        *(s for step in before for s in step_stages(step, "before", 0, everyone)),
        *(Stage(f"{g.id}.gate", "gate", "before", g.step, gate=g.id) for g in outages),
        *(s for wave in waves for s in wave_stages(wave, in_wave_order(rotation, beside))),
        *(judge_all(step, everyone) for step in rotation if len(waves) > 1 and any(about_all(c) for c in step.checks)),
        *(s for step in after for s in step_stages(step, "after", 0, everyone)),
        *criteria_stage(criteria, everyone),
        *(s for step in steps if step.number in told and step.decision != "skip"
          for s in step_stages(step, "reporting", 0, everyone)),
    )  # fmt: skip


def split_rotation(steps: Sequence[PlanStep]) -> tuple[list[PlanStep], list[PlanStep], list[PlanStep]]:
    """Before, inside and behind the rotation: from the first step that leaves to the last that returns.

    A document that never takes servers out of traffic but changes them has its rotation from the first to the last
    step that touches a server."""
    inside = [i for i, s in enumerate(steps) if any(item.leaves or item.returns for item in s.items)]
    if not any(item.leaves for s in steps for item in s.items):
        inside = [i for i, s in enumerate(steps) if any(item.touches and item.scope != "run" for item in s.items)]
    if not inside:
        return list(steps), [], []
    first, last = inside[0], inside[-1]
    return list(steps[:first]), list(steps[first : last + 1]), list(steps[last + 1 :])


def in_wave_order(rotation: Sequence[PlanStep], beside: bool) -> list[PlanStep]:
    """The rotation's steps in the order one wave runs them."""
    if not beside:
        return list(rotation)
    return sorted(rotation, key=lambda s: any(item.leaves for item in s.items))


def wave_stages(wave: Wave, rotation: Sequence[PlanStep]) -> Iterator[Stage]:
    for step in rotation:
        yield from step_stages(step, "rotation", wave.number, wave.servers)
    if wave.soak_s:
        yield Stage(
            f"w{wave.number}.soak", "soak", "rotation", rotation[-1].number if rotation else 0, wave.number,
            soak_s=wave.soak_s, servers=wave.servers,
        )  # fmt: skip


def step_stages(step: PlanStep, zone: Zone, wave: int, servers: tuple[str, ...]) -> Iterator[Stage]:
    """Gate, work (one stage per stretch of equal scope), then judging."""
    name = f"w{wave}.s{step.number}" if wave else f"s{step.number}"
    if step.gate:
        yield Stage(f"{name}.gate", "gate", zone, step.number, wave, gate=step.gate)
    for index, lanes in enumerate(work_lanes(step, servers)):
        yield Stage(
            f"{name}.{index + 1}" if index else name, "work", zone, step.number, wave, tuple(lanes), servers=servers
        )
    if step.checks:
        lanes = tuple(Lane(check.id, "", (check.id,)) for check in step.checks)
        yield Stage(f"{name}.judge", "judge", zone, step.number, wave, lanes, servers=servers)


def work_lanes(step: PlanStep, servers: tuple[str, ...]) -> Iterator[list[Lane]]:
    """Lanes of each stage of a step: a parallel step is one stage with a lane per group (and server); other steps
    go on to the next stage when the scope changes."""
    if step.kind == "parallel":
        groups = [list(items) for _, items in groupby(step.items, key=lambda i: i.group)]
        lanes = [lane for items in groups for lane in group_lanes(items, servers)]
        if lanes:
            yield lanes
        return
    for _, items in groupby(step.items, key=lambda i: i.scope == "server"):
        yield group_lanes(list(items), servers)


def group_lanes(items: Sequence[PlanItem], servers: tuple[str, ...]) -> list[Lane]:
    ids = tuple(i.id for i in items)
    prefix = f"{items[0].group}:" if items[0].group else ""
    if any(i.scope == "server" for i in items):
        return [Lane(f"{prefix}{name}", name, ids) for name in servers]
    return [Lane(f"{prefix}{RUN_LANE}", "", ids)]


def about_all(check: PlanItem) -> bool:
    """Whether the condition speaks of all servers: judged per wave, and again on all after the last (M9)."""
    return check.scope == "wave"


def judge_all(step: PlanStep, servers: tuple[str, ...]) -> Stage:
    lanes = tuple(Lane(check.id, "", (check.id,)) for check in step.checks if about_all(check))
    return Stage(f"all.s{step.number}.judge", "judge", "after", step.number, lanes=lanes, servers=servers)


def criteria_stage(criteria: Sequence[PlanItem], servers: tuple[str, ...]) -> Iterator[Stage]:
    """Success criteria: after the last wave and before reporting (M16)."""
    if criteria:
        lanes = tuple(Lane(c.id, "", (c.id,)) for c in criteria)
        yield Stage("criteria", "judge", "criteria", 0, lanes=lanes, servers=servers)
