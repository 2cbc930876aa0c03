"""A process is known by the lock it holds: never twice, never a stranger, never half-seen."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from rollbook.adapters.embedded import processes
from rollbook.adapters.embedded.files import locked, read_json, write_json

SLEEPER = ("/bin/sleep", "600")


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "实例 1"
    yield folder
    asyncio.run(processes.end(folder, 1.0))


def test_a_spawned_process_runs_until_it_is_ended(home):
    assert not processes.runs(home)
    assert processes.spawn(home, SLEEPER)
    assert processes.runs(home)
    (process,) = processes.processes_of(home)
    assert os.getsid(process) != os.getsid(0), "it is in a session of its own"
    asyncio.run(processes.end(home, 1.0))
    assert not processes.runs(home)
    assert not processes.processes_of(home)
    assert processes.spawn(home, SLEEPER), "and may be started again"


def test_many_at_once_start_one_process(home):
    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(lambda _: processes.spawn(home, SLEEPER), range(16)))
    assert sum(started) == 1
    assert len(processes.processes_of(home)) == 1


def test_looking_never_keeps_a_process_from_starting(home):
    stop = threading.Event()

    def look() -> int:
        seen = 0
        while not stop.is_set():
            seen += processes.runs(home)
        return seen

    home.mkdir()
    (home / "lock").touch()
    with ThreadPoolExecutor(3) as pool:
        looking = [pool.submit(look) for _ in range(3)]
        try:
            for _ in range(5):
                assert processes.spawn(home, SLEEPER)
                asyncio.run(processes.end(home, 1.0))
                assert not processes.runs(home)
        finally:
            stop.set()
        assert [one.result() >= 0 for one in looking] == [True] * 3


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace(home):
    processes.spawn(home, ("/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"))
    while not (home / "log").read_text():
        assert processes.runs(home)
    asyncio.run(processes.end(home, 0.1))
    assert not processes.runs(home)


def test_a_stranger_with_the_file_open_is_not_taken_for_the_process(home):
    processes.spawn(home, SLEEPER)
    with (home / "lock").open() as lock, subprocess.Popen(SLEEPER, pass_fds=(lock.fileno(),)) as stranger:
        try:
            assert stranger.pid not in processes.processes_of(home)
            asyncio.run(processes.end(home, 1.0))
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_one_that_died_by_itself_is_not_there(home):
    processes.spawn(home, SLEEPER)
    (process,) = processes.processes_of(home)
    os.kill(process, signal.SIGKILL)
    assert asyncio.run(processes.until_ended(home, 5.0))


def test_a_lock_ends_with_its_holder(tmp_path):
    with locked(tmp_path / "x.lock"):
        pass
    with locked(tmp_path / "x.lock"):
        pass


def test_a_file_is_whole_or_absent(tmp_path):
    path = tmp_path / "deep" / "state.json"
    assert read_json(path) is None
    write_json(path, {"名": 1})
    write_json(path, {"名": 2})
    assert read_json(path) == {"名": 2}
    assert [p.name for p in path.parent.iterdir()] == ["state.json"]
