"""Ports of a worker that lost its run, and locks that tell the living from the dead (M41, M42)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from plans import release_plan
from rollbook.drivers.guarded import guarded_ports
from rollbook.drivers.locks import FileLock, is_dead
from rollbook.problems import Fenced
from simulated import ports_of, simulated_site

HOLDING = """
import sys
from pathlib import Path
from rollbook.drivers.locks import FileLock
lock = FileLock.make(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


async def test_m42_no_port_acts_for_a_worker_that_lost_its_run() -> None:
    plan = release_plan(2)
    site, lost = simulated_site(plan), [False]

    def ensure() -> None:
        if lost[0]:
            raise Fenced("lost")

    ports = guarded_ports(ports_of(site), ensure)
    before = await ports.balancer.pool()
    lost[0] = True
    with pytest.raises(Fenced):
        await ports.balancer.drain(plan.servers[0], before[0].generation)
    with pytest.raises(Fenced):
        await ports.host.stop(plan.servers[0], before[0].generation, 1.0)
    assert await site.balancer.pool() == before


def test_what_is_no_coroutine_passes_through_a_guard() -> None:
    ports = guarded_ports(ports_of(simulated_site(release_plan(1))), lambda: None)
    assert ports.host.can_run_beside is True
    assert ports.project.has("pyproject.toml")


def test_a_lock_is_held_by_one_and_free_when_dropped(tmp_path: Path) -> None:
    lock = FileLock.make(tmp_path / "lock")
    assert lock is not None
    assert FileLock.make(tmp_path / "lock") is None
    assert not is_dead(tmp_path / "lock")
    lock.drop()
    assert is_dead(tmp_path / "lock")
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_a_missing_lock_file_proves_nothing(tmp_path: Path) -> None:
    assert not is_dead(tmp_path / "lock")


def test_f08_a_killed_process_loses_its_lock_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert not is_dead(path)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
        assert is_dead(path)
