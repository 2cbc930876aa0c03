"""Waiting for a run's next entries: one bounded poll, because neither SQLite nor a killed writer can wake a reader."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from rollbook.model.events import Entry

POLL_S = 0.05
"""One indexed look at one row: some 0.1 ms, so watching costs well under 1 % of a core."""


class Readable(Protocol):
    def newest(self, run: str) -> int: ...
    def read(self, run: str, after: int = 0) -> tuple[Entry, ...]: ...


async def watch(journal: Readable, run: str, after: int, timeout_s: float) -> tuple[Entry, ...]:
    """Entries behind `after` as soon as there are any; empty after `timeout_s` seconds without."""
    deadline = time.monotonic() + timeout_s
    while journal.newest(run) <= after:
        left = deadline - time.monotonic()
        if left <= 0:
            return ()
        await asyncio.sleep(min(POLL_S, left))
    return journal.read(run, after)
