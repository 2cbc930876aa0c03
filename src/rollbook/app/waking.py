"""Whoever appends to a run makes sure that somebody hears it: its live carrier, a live worker, or a new one."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from secrets import token_hex

from rollbook.app.places import Place
from rollbook.drivers.holding import is_held
from rollbook.drivers.locks import FileLock, is_dead
from rollbook.wiring import embedded_site, state_directory

WORKERS = "workers"


def wake(run: str, place: Place) -> bool:
    """Whether a worker had to be started. A carrier that holds the run watches the journal and needs no call."""
    if is_held(place.journal.lease_of(run), time.time()):
        return False
    with workers_gate(place):
        return False if has_worker(place) else start_worker(place)


def start_worker(place: Place) -> bool:
    """Start a worker in the background that serves until nothing is left to do. It outlives this command, has a session
    of its own, logs to a file, and ends with the site."""
    argv = (sys.executable, "-m", "rollbook.app.worker", os.getcwd(), place.site.path or place.site.kind)
    return embedded_site(place.site).spawn_worker(f"worker-{token_hex(3)}", argv)


def has_worker(place: Place) -> bool:
    """Whether a worker of this state directory lives on this host."""
    directory = workers_directory(place)
    return any(not is_dead(path) for path in directory.glob("*.lock"))


def workers_gate(place: Place) -> FileLock:
    """Held while somebody looks for a live worker, and by a worker while it decides to end: so that none ends just
    after it was counted on."""
    return FileLock.wait(workers_directory(place) / "gate")


def workers_directory(place: Place) -> Path:
    return state_directory(place.site) / WORKERS
