"""The process that carries a promotion is killed at every point: around every append to its journal and around every
effect. The next one goes on where it stopped: no run twice, one image, the end as if nothing had happened."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

from promotions import NEVER, MortalRuns, Outside, promotion_of
from rollbook.app.promote import canonical
from rollbook.drivers.memory_journal import MemoryJournal
from rollbook.drivers.promoting import PromotionCarrier
from rollbook.model.events import NodeEnded, NodeStarted, RunCreated, RunEnded, VerbAsked
from rollbook.model.promotion import Promotion
from rollbook.ports import Journal
from rollbook.problems import Conflict
from simulated import DeadlyJournal, Killed

RUN = "p-test"
LINE = ("commit", "image", "deploy", "integration_test", "deploy")
LIFE_S = 100.0
"""Between two lives: a killed process's lease is over by then."""


def begin(promotion: Promotion) -> MemoryJournal:
    journal, body = MemoryJournal(), canonical(promotion)
    key = sha256(body).hexdigest()
    created = RunCreated(RUN, key, "env", promotion.version, "operator", "embedded")
    journal.create(RUN, key, body, {"at": "0.0", "environment": "env", "version": promotion.version}, [created])
    return journal


def live(promotion: Promotion, journal: Journal, runs: MortalRuns, number: int, locks: Path) -> str:
    """One process: carry the promotion until it ends or the process is killed ("")."""
    carrier = PromotionCarrier(RUN, promotion, journal, runs, locks, f"worker{number}", lambda: number * LIFE_S)
    with suppress(Killed):
        return asyncio.run(carrier.carry()).walk.end
    return ""


def ending(
    locks: Path, ends: dict[int, str], *, append: int = NEVER, effect: int = NEVER, done: bool = True
) -> tuple[str, Outside, MemoryJournal]:
    """How a promotion ends whose first process is killed there: before it happens (`done` False), or just after."""
    promotion, outside = promotion_of(*LINE), Outside(ends)
    journal = begin(promotion)
    deadly = DeadlyJournal(journal, append, written=done)
    end = live(promotion, deadly, MortalRuns(outside, "a", effect, done), 1, locks)  # type: ignore[arg-type]
    return end or live(promotion, journal, MortalRuns(outside, "b"), 2, locks), outside, journal


def told(journal: MemoryJournal) -> list[object]:
    """What the journal says of nodes, whoever wrote it under whatever run ids."""
    kept = []
    for entry in journal.read(RUN):
        event = entry.event
        if isinstance(event, NodeStarted):
            kept.append(("start", event.node))
        elif isinstance(event, NodeEnded):
            kept.append(("end", event.node, event.state, event.digest))
        elif isinstance(event, RunEnded):
            kept.append(event)
    return kept


POINTS = [("append", n, done) for n in range(1, 13) for done in (False, True)]
POINTS += [("effect", n, done) for n in range(1, 11) for done in (False, True)]


@pytest.mark.parametrize(("ends", "last"), [({}, "succeeded"), ({3: "rolled_back"}, "failed")], ids=["good", "bad"])
def test_m21_killed_at_any_point_it_ends_as_undisturbed_with_nothing_done_twice(
    tmp_path: Path, ends: dict[int, str], last: str
) -> None:
    expected, undisturbed, journal = ending(tmp_path, ends)
    assert expected == last
    story = told(journal)
    disturbed = 0
    for what, n, done in POINTS:
        point = f"{what} {n} {'after' if done else 'before'}"
        end, outside, journal = ending(tmp_path / point, ends, done=done, **{what: n})
        assert end == last, point
        assert outside.log == undisturbed.log, point
        assert outside.builds == 1, point
        assert told(journal) == story, point
        assert {digest for node, digest in outside.given.values() if node > 2} == {"sha256:1"}, point
        assert journal.audit(RUN) == (), point
        disturbed += any(run.startswith("b") for run in outside.given)
    assert disturbed > 0, "some runs were started by the second process"


def test_killed_before_each_of_its_appends_in_turn_it_still_ends(tmp_path: Path) -> None:
    promotion, outside = promotion_of(*LINE), Outside()
    journal, number = begin(promotion), 0
    end = ""
    while not end:
        number += 1
        # Each life gets as far as one append, after the one that says that it has begun.
        deadly = DeadlyJournal(journal, 3, written=False)
        end = live(promotion, deadly, MortalRuns(outside, f"life{number}."), number, tmp_path)  # type: ignore[arg-type]
        assert number < 50
    assert end == "succeeded"
    assert outside.log == [f"{what} {node}" for node in range(1, 6) for what in ("start", "end")]


def test_a_second_process_does_not_walk_beside_a_live_one(tmp_path: Path) -> None:
    promotion, outside = promotion_of(*LINE), Outside()
    journal = begin(promotion)
    beside: list[object] = []

    class Meddled(MortalRuns):
        async def follow(self, run: str):
            other = PromotionCarrier(RUN, promotion, journal, MortalRuns(outside, "b"), tmp_path, "two", lambda: LIFE_S)
            try:
                await other.carry()
            except Conflict as refused:
                beside.append(refused)
            return await super().follow(run)

    assert live(promotion, journal, Meddled(outside, "a"), 1, tmp_path) == "succeeded"
    assert len(beside) == 5, "refused each time"
    assert all(run.startswith("a") for run in outside.given)


def test_f07_what_people_say_while_a_run_is_awaited_is_heard_behind_it(tmp_path: Path) -> None:
    promotion, outside = promotion_of(*LINE), Outside()
    journal = begin(promotion)

    class Interrupted(MortalRuns):
        async def follow(self, run: str):
            seen = await super().follow(run)
            if outside.given[run][0] == 3:
                journal.append(RUN, journal.newest(RUN), None, [VerbAsked("abort", "operator")], 0.0)
            return seen

    assert live(promotion, journal, Interrupted(outside, "a"), 1, tmp_path) == "aborted"
    assert outside.log[-1] == "end 3"
