"""Use case: carry a promotion: its nodes' runs are created here, and carried in this process or by workers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from rollbook.app.places import Place, Situation, find_run, situation
from rollbook.app.promotion_views import write_promotion
from rollbook.app.promotions import Standing, standing
from rollbook.app.reporting import write_final
from rollbook.app.run import ELSEWHERE, equipment_of, interrupts, new_id, start_run
from rollbook.app.show import view_of
from rollbook.app.waking import wake
from rollbook.drivers.carrying import Carrier, Patience
from rollbook.drivers.holding import worker_name
from rollbook.drivers.promoting import Outcome, PromotionCarrier, Seen
from rollbook.machine.ledger import fold as ledger_of
from rollbook.machine.state import run_state
from rollbook.model.events import Entry
from rollbook.model.plan import Plan
from rollbook.planning.deployment.promoted import with_digest
from rollbook.problems import Conflict, Refused, RollbookError
from rollbook.values import Words
from rollbook.wiring import embedded_site, locks_directory

Screen = Callable[[str], AbstractContextManager[Callable[[Entry], None]]]
"""What a node's run is seen on while it is carried here: takes its id, gives what each entry is told to."""
WATCH_S = 5.0


def unseen(_: str) -> AbstractContextManager[Callable[[Entry], None]]:
    return nullcontext(lambda _: None)


class PlacedRuns:
    """drivers.promoting.Runs at one place. `patience`: how long gates are waited for here; "none" leaves the runs to
    workers altogether."""

    def __init__(self, now: Standing, place: Place, patience: Patience, screen: Screen = unseen) -> None:
        self._now, self._place, self._patience, self._screen = now, place, patience, screen
        self._carrier: Carrier | None = None

    def new_id(self) -> str:
        return new_id()

    async def start(self, run: str, node: int, digest: str) -> str:
        if self._place.journal.newest(run):
            return ""
        found = next(n for n in self._now.promotion.nodes if n.number == node)
        assert found.plan is not None, "only nodes with a plan are started"
        plan = with_digest(found.plan, digest)
        if other := await self._tag_taken(plan):
            return TAKEN.format(tag=_tag(plan), other=other[:19], digest=digest[:19]).said(plan.language)
        try:
            await asyncio.to_thread(start_run, plan, self._place, self._now.time_scale, run, self._now.row.run)
        except RollbookError as refused:
            return refused.words.said(plan.language)
        return ""

    async def follow(self, run: str) -> Seen:
        while True:
            now = self._look(run)
            if now.state.phase == "ended":
                return self._ended(now)
            if seen := self.elsewhere(run):
                return seen
            try:
                return await self._carry(run)
            except Conflict:
                # Somebody else carries it: a worker, after an approval. It is watched until that one leaves it.
                await self._place.journal.watch(run, now.seq, WATCH_S)

    def elsewhere(self, run: str) -> Seen | None:
        if self._patience != "none" or not self._place.journal.newest(run):
            return None
        now = self._look(run)
        return None if now.state.phase == "ended" else Seen("parked", waiting=run_state(now.state))

    def stop(self) -> None:
        if self._carrier is not None:
            self._carrier.stop.set()

    async def _carry(self, run: str) -> Seen:
        carrier = Carrier(run, worker_name(), equipment_of(run, self._place))
        self._carrier = carrier
        with self._screen(run) as told:
            carrier.on_entry, carrier.pause_on_stop = told, True
            outcome = await carrier.carry(self._patience)
        self._carrier = None
        write_final(run, self._place, outcome)
        if outcome.kind == "ended":
            return self._ended(self._look(run))
        if outcome.kind == "parked" and (outcome.to_be_judged or outcome.until is not None):
            wake(run, self._place)
        return Seen(outcome.kind, waiting=outcome.state)

    def _look(self, run: str) -> Situation:
        return situation(self._place.journal, find_run(self._place.journal, run))

    def _ended(self, now: Situation) -> Seen:
        """How the run ended and why, with the image that it built or was given."""
        facts = ledger_of(e.event for e in now.entries).facts
        given = now.plan.image.digest if now.plan.image else ""
        cause = view_of(self._place, now).cause
        why = " · ".join(part for part in (cause.item or cause.title, cause.error) if part) if cause else ""
        return Seen("ended", now.state.end or "failed", str(facts.get("image.digest", "") or given), why)

    async def _tag_taken(self, plan: Plan) -> str:
        """The digest that the registry has under the run's name where it is not the promoted one: what was tested is
        not what would be pulled (M21). "" where all is well."""
        if plan.image is None or not plan.image.digest:
            return ""
        there = await embedded_site(self._place.site).ports().registry.resolve(_tag(plan))
        return there.digest if there is not None and there.digest != plan.image.digest else ""


def carry_promotion(
    now: Standing, place: Place, wait: bool = False, screen: Screen = unseen,
    on_entry: Callable[[Entry], None] = lambda _: None, on_stop: Callable[[], None] = lambda: None,
) -> Outcome:  # fmt: skip
    """Carry the promotion in this process until it ends, a run waits for a person (unless `wait`), or Ctrl-C parks it.
    Raises Refused while another live process carries it."""
    runs = PlacedRuns(now, place, "people" if wait else "timers", screen)
    carrier = carrier_of(now, place, runs, worker_name())
    carrier.on_entry, carrier.pause_on_stop = on_entry, True

    async def carried() -> Outcome:
        def stop() -> None:
            carrier.stop.set()
            on_stop()

        with interrupts(stop):
            return await carrier.carry()

    try:
        outcome = asyncio.run(carried())
    except Conflict as held:
        raise Refused(held.words, ELSEWHERE.format(run=now.row.run)) from held
    write_ended(outcome, now, place)
    return outcome


def write_ended(outcome: Outcome, now: Standing, place: Place) -> None:
    """The record of a promotion that has ended, whoever carried it."""
    if outcome.kind == "ended":
        write_promotion(standing(place.journal, now.row), place)


def carrier_of(now: Standing, place: Place, runs: PlacedRuns, worker: str) -> PromotionCarrier:
    return PromotionCarrier(
        now.row.run, now.promotion, place.journal, runs, locks_directory(place.site), worker, time.time
    )


def _tag(plan: Plan) -> str:
    assert plan.image is not None
    return f"{plan.image.repository}:{plan.image.tag}" if plan.image.repository else plan.image.tag


TAKEN = Words(
    "{tag} is {other}… in the registry, and the promoted image is {digest}…",
    "镜像仓库中的 {tag} 是 {other}…，而流水线的镜像是 {digest}…",
)
