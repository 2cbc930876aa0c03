"""Use case: serve the queues. A worker carries every run that can go on, until it is told to stop or nothing is left.

The journal says which runs those are; each is put on the queue once for each entry it is found at, and DBOS has one of
the workers carry it. A run that waits for a person costs nothing but its row.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rollbook.app.places import Place, find_run, place_of
from rollbook.app.promotions import standing
from rollbook.app.reporting import write_final
from rollbook.app.run import equipment_of
from rollbook.app.waking import workers_directory, workers_gate
from rollbook.app.walking import PlacedRuns, carrier_of, write_ended
from rollbook.drivers.carrying import Carrier, Outcome
from rollbook.drivers.dispatch import Dispatcher
from rollbook.drivers.holding import is_held, worker_name
from rollbook.drivers.locks import FileLock, is_dead
from rollbook.drivers.promoting import PromotionCarrier
from rollbook.model.promotion import is_promotion
from rollbook.ports import RunRow
from rollbook.problems import Conflict
from rollbook.wiring import queue_engine

LOOK_S = 0.1
"""How often the journal is looked at for runs to carry: what a worker adds to the answer time of a verb."""
IDLE_S = 1.0
"""How long nothing must be left to do before a worker that may end ends."""
LOST_S = 5.0
"""A stretch that was put on the queue and not begun after this is put there again under another key."""
RECOVER_S = 2.0
LEAVE_S = 20.0
"""How long a worker that is told to stop waits for its runs to be parked."""


def serve(place: Place, until_idle: bool = False) -> None:
    """Serve until SIGTERM or Ctrl-C; with `until_idle` only as long as a run can go on or a timer is set."""
    name = worker_name()
    lock = FileLock.make(workers_directory(place) / f"{name}.lock")
    assert lock is not None, "a name that no other process ever had"
    worker = Worker(name, place, lock)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    worker.dispatcher.launch(worker.stretch)
    try:
        worker.work(stop, until_idle)
    finally:
        worker.leave()
        worker.dispatcher.stop()


class Known:
    """What this worker knows of one run: the newest entry when it last left it, its timer, and how it was queued."""

    def __init__(self) -> None:
        self.left_at = 0
        self.until: float | None = None
        self.queued_at = 0
        self.queued_since = 0.0
        self.tries = 0
        self.awaits = ""
        """The run for which a promotion was left: when it has ended, the promotion can go on."""


class Worker:
    """One worker process. `work` runs in the main thread, the stretches in DBOS's."""

    def __init__(self, name: str, place: Place, lock: FileLock) -> None:
        self.name, self.place, self.lock = name, place, lock
        self.dispatcher = Dispatcher(queue_engine(place.site), name)
        self.known: dict[str, Known] = {}
        self.carriers: dict[str, tuple[Carrier | PromotionCarrier, asyncio.AbstractEventLoop]] = {}
        self.parked = threading.Condition()

    def work(self, stop: threading.Event, until_idle: bool) -> None:
        """Look at the journal, put on the queue what can go on, recover what dead workers left; until there is nothing
        left to do."""
        busy_at = recovered_at = 0.0
        while not stop.wait(LOOK_S):
            now = time.monotonic()
            if now - recovered_at > RECOVER_S:
                recovered_at = now
                self.recover()
            if self.put_on_queue() or not busy_at:
                busy_at = now
            elif until_idle and now - busy_at > IDLE_S and self.may_end():
                return

    async def stretch(self, run: str) -> str:
        """The body of a stretch: carry the run as far as it goes without a person or a timer."""
        known = self.known.setdefault(run, Known())
        try:
            outcome = await self._carry(run)
        except Conflict as held:
            known.tries += 1
            return str(held)
        except Exception:
            # It would fail again and again: the run is left as it is until somebody writes to its journal.
            sys.stderr.write(traceback.format_exc())
            known.left_at = self.place.journal.newest(run)
            raise
        known.left_at, known.until = outcome.seq, outcome.until
        return outcome.kind

    def put_on_queue(self) -> bool:
        """Queue every run that can go on. Whether this worker has anything to do or to wait for."""
        rows = self.place.journal.runs(unfinished=True)
        for known in self.known.values():
            if known.awaits and all(row.run != known.awaits for row in rows):
                known.awaits, known.left_at = "", 0
        kept_by = [self._look_at(row) for row in rows]
        return any(kept_by)

    def recover(self) -> None:
        """Put back on the queue what executors began that are dead: by their lost lock, or, for other hosts, because
        none of their runs is held any more."""
        for executor, runs in self.dispatcher.orphans().items():
            lock = workers_directory(self.place) / f"{executor}.lock"
            held = (is_held(self.place.journal.lease_of(run), time.time()) for run in runs)
            if is_dead(lock) or (not lock.exists() and not any(held)):
                self.dispatcher.recover(executor)
        for lock in workers_directory(self.place).glob("*.lock"):
            if is_dead(lock):
                lock.unlink(missing_ok=True)

    def may_end(self) -> bool:
        """Leave the list of workers, unless something came up. Nobody counts on a worker while this is decided."""
        with workers_gate(self.place):
            if self.put_on_queue():
                return False
            self.lock.drop(forget=True)
            return True

    def leave(self) -> None:
        """Park the runs in hand: other workers, or this one's successor, go on with them."""
        for carrier, loop in list(self.carriers.values()):
            loop.call_soon_threadsafe(carrier.stop.set)
        with self.parked:
            self.parked.wait_for(lambda: not self.carriers, LEAVE_S)
        self.lock.path.unlink(missing_ok=True)

    async def _carry(self, run: str) -> Outcome:
        if run in self.carriers:
            raise Conflict(f"{self.name} carries {run} already")
        if is_promotion(run):
            return await self._walk(run)
        carrier = Carrier(run, self.name, equipment_of(run, self.place))
        with self._in_hand(run, carrier):
            outcome = await carrier.carry("none")
            write_final(run, self.place, outcome)
            return outcome

    async def _walk(self, run: str) -> Outcome:
        """Carry a promotion to its next run, which is carried like any other; it goes on when that one has ended."""
        now = standing(self.place.journal, find_run(self.place.journal, run))
        carrier = carrier_of(now, self.place, PlacedRuns(now, self.place, "none"), self.name)
        with self._in_hand(run, carrier):
            left = await carrier.carry()
        write_ended(left, now, self.place)
        self.known[run].awaits = left.run if left.kind == "parked" else ""
        return Outcome("ended" if left.kind == "ended" else "parked", "running", left.seq)

    @contextmanager
    def _in_hand(self, run: str, carrier: Carrier | PromotionCarrier) -> Iterator[None]:
        self.carriers[run] = (carrier, asyncio.get_running_loop())
        try:
            yield
        finally:
            with self.parked:
                del self.carriers[run]
                self.parked.notify_all()

    def _look_at(self, row: RunRow) -> bool:
        """Queue the run if it can go on; whether it keeps this worker here."""
        known = self.known.setdefault(row.run, Known())
        if row.run in self.carriers:
            return True
        if row.seq == known.left_at:
            return self._await_timer(row, known)
        if is_held(self.place.journal.lease_of(row.run), time.time()):
            return False
        if known.queued_at == row.seq and time.monotonic() - known.queued_since < LOST_S:
            return True
        again = known.queued_at == row.seq
        known.tries = known.tries + 1 if again else known.tries
        known.queued_at, known.queued_since = row.seq, time.monotonic()
        key = f"{row.seq}.{known.tries}" if known.tries else str(row.seq)
        self.dispatcher.enqueue(row.run, key, row.environment)
        return True

    def _await_timer(self, row: RunRow, known: Known) -> bool:
        """Have the run carried again when its timer is due. Whether it has one."""
        if known.until is None:
            return False
        key = f"{row.seq}@{known.until:.3f}"
        if known.queued_at != -row.seq:
            known.queued_at = -row.seq
            self.dispatcher.enqueue(row.run, key, row.environment, delay_s=max(0.01, known.until - time.time()))
        return True


def main(arguments: list[str]) -> None:
    """`python -m rollbook.app.worker DIRECTORY SITE`: the background worker of a directory."""
    import os

    directory, site = arguments
    os.chdir(Path(directory))
    serve(place_of(site), until_idle=True)


if __name__ == "__main__":
    main(sys.argv[1:])
