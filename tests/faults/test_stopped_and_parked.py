"""Real engines that are stopped, fenced, interrupted or left waiting for people."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from engines import LIMIT_S, Engines
from rollbook.adapters.embedded.processes import processes_of
from rollbook.model.events import EngineStarted, GateOpened
from rollbook.problems import Conflict

pytestmark = [pytest.mark.site, pytest.mark.slow]

SERVERS = ("app-1", "app-2")


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    pytest.importorskip("envoy", reason="the embedded site needs the demo extra")
    made = Engines(tmp_path_factory.mktemp("parked"), SERVERS)
    yield made
    made.end()


def test_m42_an_engine_that_was_stopped_too_long_is_fenced_and_acts_no_more(engines: Engines) -> None:
    known = len(engines.journal.runs())
    stopped = engines.start("run", *engines.release("development", "v3.1.0"))
    run = engines.new_run(stopped, known)
    assert engines.until(lambda: engines.journal.newest(run) >= 25, stopped)
    engines.stop_between_writes(stopped)
    lease = engines.journal.lease_of(run)
    assert lease is not None
    with pytest.raises(Conflict):
        engines.journal.lease(run, "another", lease.expires - 1, 10)
    engines.until(lambda: time.time() > lease.expires)
    successor = engines.start("resume", run)
    took_over = engines.until(lambda: (engines.journal.lease_of(run) or lease).epoch > lease.epoch, successor)
    assert took_over, engines.log()
    stopped.send_signal(signal.SIGCONT)
    assert stopped.wait(LIMIT_S) == 3
    assert successor.wait(LIMIT_S) == 0, engines.log()
    entries = engines.now(run).entries
    second = next(e for e in entries if isinstance(e.event, EngineStarted) and e.epoch > lease.epoch)
    assert all(e.epoch > lease.epoch for e in entries if e.seq >= second.seq)
    assert engines.state(run) == "succeeded", engines.log()
    engines.is_whole(run, run)


def test_f14_ctrl_c_parks_the_run_and_says_how_to_go_on(engines: Engines) -> None:
    known = len(engines.journal.runs())
    process = engines.start("run", *engines.release("development", "v3.2.0"))
    run = engines.new_run(process, known)
    assert engines.until(lambda: engines.journal.newest(run) >= 30, process)
    process.send_signal(signal.SIGINT)
    assert process.wait(LIMIT_S) == 3, engines.log()
    assert f"rollbook resume {run}" in engines.log()
    assert engines.state(run) == "paused"
    assert set(engines.journal.claims().values()) == {run}
    assert engines.finish("run", *engines.release("development", "v3.3.0")) == 2
    assert f"held by run {run}" in engines.log()
    assert engines.finish("resume", run) == 0, engines.log()
    engines.until(lambda: engines.state(run) == "succeeded")
    assert engines.state(run) == "succeeded", engines.log()
    engines.is_whole(run, run)


def test_a_detached_run_waits_for_its_approval_whatever_becomes_of_its_worker(engines: Engines) -> None:
    known = len(engines.journal.runs())
    assert engines.finish("run", *engines.release("production", "v3.4.0"), "--detach") == 0
    run = engines.journal.runs()[known].run
    waits = lambda: any(isinstance(e.event, GateOpened) for e in engines.journal.read(run))  # noqa: E731
    engines.until(waits)
    for home in engines.fleet.layout.workers.iterdir():
        for worker in processes_of(home):
            os.kill(worker, signal.SIGKILL)
    assert engines.finish("approve", run, "--as", "operator") == 2
    assert engines.state(run) == "waiting"
    assert engines.finish("approve", run, "--as", "tech lead") == 0, engines.log()
    engines.until(lambda: engines.journal.runs()[known].state == "succeeded")
    assert engines.state(run) == "succeeded", engines.log()
    engines.is_whole(run, run)


def test_a_run_without_a_terminal_leaves_at_its_gate_and_a_reject_touches_nothing(engines: Engines) -> None:
    before = {(e.server, e.generation) for e in engines.pool()}
    known = len(engines.journal.runs())
    assert engines.finish("run", *engines.release("production", "v3.5.0")) == 3
    run = engines.journal.runs()[known].run
    assert engines.finish("reject", run, "--as", "ops lead", "--comment", "not on a Friday") == 0
    engines.until(lambda: engines.journal.runs()[known].state == "failed")
    assert {(e.server, e.generation) for e in engines.pool()} == before
    assert engines.journal.claims() == {}


def test_m14_a_gate_nobody_answers_in_time_ends_the_run_failed_with_nothing_touched(engines: Engines) -> None:
    before = {(e.server, e.generation) for e in engines.pool()}
    known = len(engines.journal.runs())
    scale = str(7 / 86400)  # seven seconds instead of a day: longer than a worker waits for a timer itself
    assert engines.finish("run", *engines.release("production", "v3.6.0"), "--detach", "--time-scale", scale) == 0
    run = engines.journal.runs()[known].run
    engines.until(lambda: engines.journal.runs()[known].state == "failed")
    assert {(e.server, e.generation) for e in engines.pool()} == before
    assert engines.journal.audit(run) == ()
