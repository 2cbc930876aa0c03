"""A run that waits for its release window parks with the moment of its opening, and goes on then (M24)."""

from __future__ import annotations

from pathlib import Path

import pytest

from plans import windowed_plan
from rollbook.drivers.carrying import Carrier
from rollbook.drivers.memory_journal import MemoryJournal
from rollbook.model.events import GateAnswered, TimerFired, WindowLooked
from rollbook.model.windows import Span, opening
from simulated import RUN, begin, equipment, events_of, simulated_site, state_of

HOUR = 3600.0
NOON = Span(12 * 60, 13 * 60, tuple(range(7)))


@pytest.mark.parametrize("time_scale", [1.0, 0.001])
async def test_m24_a_run_parks_until_the_window_opens_and_is_carried_on_by_another_worker(
    tmp_path: Path, time_scale: float
) -> None:
    plan = windowed_plan(NOON, approval=False)
    site, journal = simulated_site(plan), MemoryJournal()
    begin(journal, plan)
    opens = opening(plan.gates[0].windows, site.clock.now()).opens
    assert opens is not None
    kit = equipment(plan, journal, site, tmp_path)

    async def carried(worker: str) -> tuple[str, float | None]:
        carrier = Carrier(RUN, worker, kit)
        carrier.equipment = type(kit)(
            **{f: getattr(kit, f) for f in kit.__struct_fields__} | {"time_scale": time_scale}
        )
        outcome = await carrier.carry("none")
        return outcome.kind, outcome.until

    assert await carried("worker-a") == ("parked", opens)
    assert not any(t.touched for t in state_of(journal, plan).targets)
    newest = journal.newest(RUN)
    site.clock.advance(opens - site.clock.now() - HOUR)
    assert await carried("worker-b") == ("parked", opens)
    assert journal.newest(RUN) == newest
    site.clock.advance(HOUR)
    assert await carried("worker-c") == ("ended", None)
    story = [type(e) for e in events_of(journal) if isinstance(e, WindowLooked | TimerFired)]
    assert story == [WindowLooked, TimerFired, WindowLooked]


async def test_m24_who_overrides_the_window_is_heard_before_it_opens(tmp_path: Path) -> None:
    plan = windowed_plan(NOON, approval=False)
    site, journal = simulated_site(plan), MemoryJournal()
    begin(journal, plan)
    kit = equipment(plan, journal, site, tmp_path)
    await Carrier(RUN, "worker-a", kit).carry("none")
    override = GateAnswered("window", "approve", "li", (), comment="the shop is closed")
    journal.append(RUN, journal.newest(RUN), None, [override], site.clock.now())
    assert (await Carrier(RUN, "worker-b", kit).carry("none")).state == "succeeded"
