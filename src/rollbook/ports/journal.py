"""The journal's port: runs, their events, who holds them, and requests ahead of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from rollbook.model.events import Entry, Event
from rollbook.values import Words


class RunRow(msgspec.Struct, frozen=True):
    """One line of `rollbook runs`, kept beside the journal by the same transaction that appends."""

    run: str
    state: str
    environment: str
    version: str
    title: str
    created: float
    plan: str
    head: str
    """Hash of the newest entry."""
    seq: int


class Lease(msgspec.Struct, frozen=True):
    """A worker's hold on a run (M41). It ends with the process: known at once by the lost file lock `lock` on the same
    `host`, elsewhere when `expires` (seconds since the Unix epoch) is past. Each new holder gets a higher `epoch`."""

    run: str
    epoch: int
    worker: str
    host: str = ""
    pid: int = 0
    lock: str = ""
    expires: float = 0.0


class Request(msgspec.Struct, frozen=True):
    """A wish for approval, opened ahead of a run (M14)."""

    id: str
    environment: str
    """Identity (M1)."""
    version: str
    person: str
    opened: float
    text: str = ""


class Journal(Protocol):
    """Append-only, hash-chained, fenced by epoch. The only truth about runs."""

    def create(
        self,
        run: str,
        plan_hash: str,
        plan: bytes,
        row: Mapping[str, str],
        events: Sequence[Event],
        *,
        targets: Sequence[str] = (),
    ) -> None:
        """Start a run's journal and claim `targets` for it, all or nothing. `plan` is canonical JSON and `plan_hash`
        its SHA-256, which `audit` verifies. `row` holds environment, version, title and `at` (seconds since the Unix
        epoch). Raises Conflict when the run exists or another run holds a target."""
        ...

    def plan(self, run: str) -> bytes: ...
    def read(self, run: str, after: int = 0) -> tuple[Entry, ...]: ...
    def newest(self, run: str) -> int:
        """Sequence number of the newest entry; 0 when there is none. Cheap: meant for polling."""
        ...

    def append(self, run: str, after: int, epoch: int | None, events: Sequence[Event], now: float) -> tuple[Entry, ...]:
        """Append behind entry `after`, all or none. `epoch` None: a person's verb, allowed beside a live worker.
        Raises Conflict when the journal moved on, Fenced when `epoch` is not the newest. An appended `RunEnded` gives
        the run's claims back in the same transaction, unless the run froze (M41)."""
        ...

    async def watch(self, run: str, after: int, timeout_s: float) -> tuple[Entry, ...]:
        """Wait for entries behind `after`, at most `timeout_s` seconds; empty when none came."""
        ...

    def audit(self, run: str) -> tuple[Words, ...]:
        """Verify hash chain, numbering, plan and newest entry; everything found wrong, empty when sound."""
        ...

    def runs(self, *, unfinished: bool = False) -> tuple[RunRow, ...]:
        """All runs, oldest first; or only those that have not ended (a frozen run has not)."""
        ...

    def claim(self, run: str, targets: Sequence[str]) -> Mapping[str, str]:
        """Take all targets or none; returns the ones held by other runs (target → run), empty on success."""
        ...

    def release(self, run: str) -> None: ...
    def claims(self) -> Mapping[str, str]: ...
    def lease(
        self,
        run: str,
        worker: str,
        now: float,
        ttl_s: float,
        *,
        host: str = "",
        pid: int = 0,
        lock: str = "",
        instead_of: int = 0,
    ) -> int:
        """Take or renew the worker's lease; a new holder gets a new epoch. Raises Conflict while another is live.
        `instead_of` is the epoch of a holder that the caller knows to be dead."""
        ...

    def lease_of(self, run: str) -> Lease | None:
        """The newest lease, live or not; None when the run never had a worker."""
        ...

    def give_up(self, run: str, worker: str) -> None:
        """End the worker's own lease now; no-op when another holds it."""
        ...

    def open_request(self, request: Request) -> None: ...
    def requests(self, environment: str, version: str) -> tuple[Request, ...]:
        """Requests for approval that are still open, oldest first."""
        ...

    def close_request(self, request_id: str, run: str) -> None: ...
