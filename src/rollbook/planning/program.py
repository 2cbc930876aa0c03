"""Steps, waves and criteria become the program: the stages in the order in which the machine walks them.

    before → each wave (the rotation's steps, each judged, then a soak) → all servers judged → after → criteria
    → reporting

Skipped steps make no stages. With one server whose host can run two releases side by side (M33), the steps that leave
rotation come last in the wave: start, judge and join the new one, then drain and stop the old. How a wave's stages are
laid out is in `planning/laying`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rollbook.model.gates import Gate
from rollbook.model.plan import Lane, PlanItem, PlanStep, Stage, Wave
from rollbook.planning.laying import Fleet, judge_stage, step_stages, wave_stages
from rollbook.planning.window_gate import with_window


def compile_program(
    steps: Sequence[PlanStep],
    waves: Sequence[Wave],
    gates: Sequence[Gate],
    criteria: Sequence[PlanItem],
    reporting: Iterable[int],
    beside: bool = False,
    fleet: Fleet = Fleet(),
) -> tuple[Stage, ...]:
    """The whole program. `reporting` names the steps that only tell people or records; they run last (M17). `fleet`
    says how many servers may be out at once, what share of the traffic one can carry, and how weights are set: only
    canary waves need it."""
    told = frozenset(reporting)
    live = [s for s in steps if s.decision != "skip" and s.number not in told]
    before, rotation, after = split_rotation(live)
    rotation = in_wave_order(rotation, beside)
    everyone = tuple(dict.fromkeys(name for wave in waves for name in wave.servers))
    outages = [g for g in gates if g.kind == "outage"]
    ahead = [s for step in before for s in step_stages(step, "before", 0, everyone)]
    return (
        *with_window(ahead, gates, at_once=not rotation),
        *(Stage(f"{g.id}.gate", "gate", "before", g.step, gate=g.id) for g in outages),
        *wave_stages(waves, rotation, fleet),
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


def about_all(check: PlanItem) -> bool:
    """Whether the condition speaks of all servers: judged per wave, and again on all after the last (M9)."""
    return check.scope == "wave"


def judge_all(step: PlanStep, servers: tuple[str, ...]) -> Stage:
    checks = tuple(check for check in step.checks if about_all(check))
    return judge_stage(f"all.s{step.number}.judge", "after", step.number, 0, checks, servers)


def criteria_stage(criteria: Sequence[PlanItem], servers: tuple[str, ...]) -> Iterator[Stage]:
    """Success criteria: after the last wave and before reporting (M16)."""
    if criteria:
        yield judge_stage("criteria", "criteria", 0, 0, tuple(criteria), servers)


__all__ = ["Fleet", "Lane", "compile_program", "split_rotation"]
