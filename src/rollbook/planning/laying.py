"""How the stages of a step and of a wave are laid out.

A rolling wave is the rotation once over its servers. A canary wave converts only the servers it adds, a few at a time,
raises the weight only as far as the converted servers can carry it (M33), and is then watched; in the last wave the
old releases stay started until it has been judged (M32, F3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from msgspec.structs import replace

from rollbook.model.plan import Lane, PlanItem, PlanStep, Stage, Wave, Zone

RUN_LANE = "run"


class Fleet(NamedTuple):
    """What the servers allow: `max_out` out at once, `usable_share` of all traffic on one (0: unknown, no bound);
    `shift` are the items that set the balancer's weights."""

    max_out: int = 1
    usable_share: float = 0.0
    shift: tuple[PlanItem, ...] = ()


def wave_stages(waves: Sequence[Wave], rotation: Sequence[PlanStep], fleet: Fleet) -> Iterator[Stage]:
    """All waves, in order."""
    converted = 0
    last_step = rotation[-1].number if rotation else 0
    for wave in waves:
        if not wave.canary:
            yield from (s for step in rotation for s in step_stages(step, "rotation", wave.number, wave.servers))
            yield from soak(wave, last_step)
            continue
        yield from canary_stages(wave, rotation, fleet, converted, last=wave is waves[-1])
        converted += len(wave.added)


def canary_stages(
    wave: Wave, rotation: Sequence[PlanStep], fleet: Fleet, converted: int, last: bool
) -> Iterator[Stage]:
    """Convert what the wave adds, set its weight, watch it; then, in the last wave, stop the old releases."""
    kept = [without_stops(step) for step in rotation] if last else list(rotation)
    size = max(1, fleet.max_out)
    chunks = [wave.added[i : i + size] for i in range(0, len(wave.added), size)]
    for index, chunk in enumerate(chunks):
        converted += len(chunk)
        share = min(wave.traffic, converted * fleet.usable_share) if fleet.usable_share else wave.traffic
        mark = chr(ord("a") + index % 26) * (1 + index // 26) if len(chunks) > 1 else ""
        for step in kept:
            for stage in step_stages(step, "rotation", wave.number, chunk, mark):
                yield replace(stage, traffic=share)
    last_step = rotation[-1].number if rotation else 0
    if fleet.shift:
        yield shift_stage(wave, fleet.shift, last_step)
    yield from soak(wave, last_step)
    if last:
        stops = [only_stops(step) for step in rotation if any(i.stops for i in step.items)]
        yield from (s for step in stops for s in step_stages(step, "rotation", wave.number, wave.servers, ".stop"))


def without_stops(step: PlanStep) -> PlanStep:
    """The step without stopping the old release, and without judging that it is stopped."""
    if not any(i.stops for i in step.items):
        return step
    return replace(step, items=tuple(i for i in step.items if not i.stops), checks=())


def only_stops(step: PlanStep) -> PlanStep:
    return replace(step, items=tuple(i for i in step.items if i.stops))


def shift_stage(wave: Wave, shift: tuple[PlanItem, ...], step: int) -> Stage:
    """Set the wave's weight, all servers being there to carry it."""
    lanes = (Lane(RUN_LANE, "", tuple(i.id for i in shift)),)
    name = f"w{wave.number}.weight"
    return Stage(name, "work", "rotation", step, wave.number, lanes, servers=wave.servers, traffic=wave.traffic)


def soak(wave: Wave, step: int) -> Iterator[Stage]:
    """The wave's soak; a watched one is judged for as long as it lasts."""
    lanes = tuple(Lane(item.id, "", (item.id,)) for item in wave.watch)
    if wave.soak_s or lanes:
        yield Stage(
            f"w{wave.number}.soak", "watch" if lanes else "soak", "rotation", step, wave.number, lanes,
            soak_s=wave.soak_s, servers=wave.servers, traffic=wave.traffic if wave.canary else None,
        )  # fmt: skip


def step_stages(step: PlanStep, zone: Zone, wave: int, servers: tuple[str, ...], mark: str = "") -> Iterator[Stage]:
    """Gate, work (one stage per stretch of equal scope), then judging. `mark` tells a wave's parts apart."""
    name = f"w{wave}{mark}.s{step.number}" if wave else f"s{step.number}"
    if step.gate:
        yield Stage(f"{name}.gate", "gate", zone, step.number, wave, gate=step.gate)
    for index, lanes in enumerate(work_lanes(step, servers)):
        yield Stage(
            f"{name}.{index + 1}" if index else name, "work", zone, step.number, wave, tuple(lanes), servers=servers
        )
    if step.checks:
        yield judge_stage(f"{name}.judge", zone, step.number, wave, step.checks, servers)


def judge_stage(
    name: str, zone: Zone, step: int, wave: int, checks: tuple[PlanItem, ...], servers: tuple[str, ...]
) -> Stage:
    """Conditions side by side, each a lane of its own."""
    lanes = tuple(Lane(check.id, "", (check.id,)) for check in checks)
    return Stage(name, "judge", zone, step, wave, lanes, servers=servers)


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
