"""DBOS as it is used here: each stretch once for its key, later where asked, again when its executor died."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollbook.drivers.dispatch import Dispatcher
from rollbook.drivers.tables import open_engine

DYING = """
import asyncio, os, signal, sys
from rollbook.drivers.dispatch import Dispatcher
from rollbook.drivers.tables import open_engine
import threading
async def body(run):
    os.kill(os.getpid(), signal.SIGKILL)
dispatcher = Dispatcher(open_engine(sys.argv[1], durable=False), "dead")
dispatcher.launch(body)
dispatcher.enqueue("r1", "10", "production")
threading.Event().wait(60)
"""


class Bodies:
    """Counts how often each run's body was begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.changed = threading.Condition()
        self.go = asyncio.Event()

    async def body(self, run: str) -> str:
        with self.changed:
            self.begun.append(run)
            self.changed.notify_all()
        return "done"

    def until(self, *runs: str) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: all(self.begun.count(r) >= runs.count(r) for r in runs), 30)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/queues.db"


@pytest.fixture
def bodies() -> Bodies:
    return Bodies()


@pytest.fixture
def dispatcher(url: str, bodies: Bodies) -> Iterator[Dispatcher]:
    made = Dispatcher(open_engine(url, durable=False), "worker-a")
    made.launch(bodies.body)
    yield made
    made.stop()


@pytest.mark.slow
def test_a_stretch_runs_once_for_each_key(dispatcher: Dispatcher, bodies: Bodies) -> None:
    for _ in range(3):
        dispatcher.enqueue("r1", "10", "production")
    dispatcher.enqueue("r1", "20", "production")
    dispatcher.enqueue("r2", "10", "staging", delay_s=0.5)
    bodies.until("r1", "r1", "r2")
    assert sorted(bodies.begun) == ["r1", "r1", "r2"]


@pytest.mark.slow
def test_f08_what_a_dead_executor_had_begun_is_begun_again_by_another(url: str, bodies: Bodies) -> None:
    died = subprocess.run([sys.executable, "-c", DYING, url], check=False, timeout=60, capture_output=True)
    assert died.returncode == -9, died.stderr
    dispatcher = Dispatcher(open_engine(url, durable=False), "worker-b")
    dispatcher.launch(bodies.body)
    try:
        assert dispatcher.orphans() == {"dead": ("r1",)}
        assert bodies.begun == []
        dispatcher.recover("dead")
        dispatcher.recover("dead")
        bodies.until("r1")
        assert bodies.begun == ["r1"]
    finally:
        dispatcher.stop()
