"""A worker's hold on one run (M41, M42): a lease in the journal, kept alive, and a file lock that dies with it.

Whoever holds a run asks `ensure` before each effect. A worker that was stopped for longer than its lease finds that it
is over, tries to renew, and learns that another has taken the run: it acts no more.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

from rollbook.drivers.fencing import FENCED
from rollbook.drivers.locks import FileLock, is_dead
from rollbook.ports import Journal, Lease
from rollbook.problems import Conflict, Fenced

TTL_S = 10.0
"""How long a lease outlives its last renewal. Elsewhere than on its own host a dead worker is replaced after this."""
RENEW_S = 3.0
MARGIN_S = 2.0
"""The holder gives up this much earlier than others may take over: clocks of two hosts differ."""


class Hold:
    """One run held by this process. Made by `take_hold`."""

    def __init__(self, journal: Journal, run: str, worker: str, lock: FileLock, now: Callable[[], float]) -> None:
        self.run = run
        self.worker = worker
        self._journal = journal
        self._lock = lock
        self._now = now
        self.epoch = 0
        self._expires = 0.0

    def ensure(self) -> None:
        """Raise Fenced unless the run is still held. A look at the clock; the journal is asked only when it is late."""
        if self._now() > self._expires - MARGIN_S:
            self.renew()

    def renew(self, instead_of: int = 0) -> None:
        """Move the end of the lease. Raises Fenced when another worker holds the run now."""
        now = self._now()
        try:
            epoch = self._journal.lease(
                self.run,
                self.worker,
                now,
                TTL_S,
                host=host_name(),
                pid=os.getpid(),
                lock=str(self._lock.path),
                instead_of=instead_of,
            )
        except Conflict as held:
            if not self.epoch:
                raise
            raise Fenced(held.words) from held
        if self.epoch and epoch != self.epoch:
            raise Fenced(FENCED.format(run=self.run, epoch=self.epoch, newest=epoch))
        self.epoch, self._expires = epoch, now + TTL_S

    async def keep(self) -> None:
        """Renew for as long as this task runs. Ends only by raising Fenced."""
        while True:
            await asyncio.sleep(RENEW_S)
            self.renew()

    def drop(self) -> None:
        """End the lease in good order: the next worker may start at once."""
        self._journal.give_up(self.run, self.worker)
        self._lock.drop(forget=True)


def take_hold(journal: Journal, run: str, worker: str, locks: Path, now: Callable[[], float] = time.time) -> Hold:
    """Hold the run. Raises Conflict while another live worker does."""
    lock = FileLock.make(locks / f"{run}.{worker}.lock")
    if lock is None:
        raise Conflict(f"{worker} holds {run} already")
    hold, before = Hold(journal, run, worker, lock, now), journal.lease_of(run)
    try:
        dead = dead_epoch(before)
        hold.renew(instead_of=dead)
    except BaseException:
        lock.drop(forget=True)
        raise
    if before and dead:
        Path(before.lock).unlink(missing_ok=True)
    return hold


def is_held(lease: Lease | None, now: float) -> bool:
    """Whether a live worker holds the run: for verbs, which need to know if anybody will hear them."""
    return lease is not None and lease.expires > now and not dead_epoch(lease)


def dead_epoch(lease: Lease | None) -> int:
    """The epoch of a holder that died on this host, known by its lost file lock; 0 when that cannot be said."""
    if lease is None or lease.host != host_name() or not lease.lock:
        return 0
    return lease.epoch if is_dead(Path(lease.lock)) else 0


def worker_name() -> str:
    """A name that no other process ever had: queues and leases tell workers apart by it."""
    return f"{host_name()}-{os.getpid()}-{token_hex(3)}"


def host_name() -> str:
    return socket.gethostname()
