"""Verbs from another terminal, on a run that a foreground process carries."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from engines import LIMIT_S, Engines

pytestmark = [pytest.mark.site, pytest.mark.slow]

SERVERS = ("app-1", "app-2", "app-3")
MID_WAY = 45
"""An entry by which the second wave of three has begun."""


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    pytest.importorskip("envoy", reason="the embedded site needs the demo extra")
    made = Engines(tmp_path_factory.mktemp("steered"), SERVERS)
    yield made
    made.end()


def mid_way(engines: Engines, version: str) -> tuple[str, subprocess.Popen[bytes]]:
    """A release that is under way, and the process that carries it."""
    known = len(engines.journal.runs())
    process = engines.start("run", *engines.release("development", version))
    run = engines.new_run(process, known)
    assert engines.until(lambda: engines.journal.newest(run) >= MID_WAY, process)
    return run, process


def serving(engines: Engines) -> str:
    """The one generation that all servers serve."""
    (generation,) = {endpoint.generation for endpoint in engines.pool()}
    return generation


def test_m40_abort_rolls_back_to_what_was_and_loses_no_request(engines: Engines) -> None:
    before = serving(engines)
    run, process = mid_way(engines, "v4.1.0")
    assert engines.finish("abort", run, "--as", "operator", "--reason", "wrong version") == 0, engines.log()
    assert process.wait(LIMIT_S) == 1
    assert engines.state(run) == "aborted"
    engines.is_whole(run, before)


def test_m40_pause_starts_nothing_new_and_resume_goes_on(engines: Engines) -> None:
    run, process = mid_way(engines, "v4.2.0")
    assert engines.finish("pause", run, "--as", "operator") == 0, engines.log()
    assert process.wait(LIMIT_S) == 3, engines.log()
    assert engines.state(run) == "paused"
    assert engines.finish("pause", run, "--as", "operator") == 2
    assert engines.finish("resume", run, "--as", "operator") == 0, engines.log()
    engines.until(lambda: engines.state(run) == "succeeded")
    engines.is_whole(run, run)


def test_m40_an_abort_while_rolling_back_is_refused(engines: Engines) -> None:
    run, process = mid_way(engines, "v4.3.0")
    assert engines.finish("rollback", run, "--as", "operator") == 0, engines.log()
    if process.poll() is None:
        assert engines.finish("abort", run, "--as", "operator") == 2
    assert process.wait(LIMIT_S) == 1
    assert engines.state(run) == "rolled_back"


def test_a_release_that_succeeded_can_still_be_rolled_back(engines: Engines) -> None:
    before = serving(engines)
    assert engines.finish("run", *engines.release("development", "v4.4.0")) == 0, engines.log()
    run = engines.journal.runs()[-1].run
    assert serving(engines) == run
    assert engines.finish("rollback", run, "--as", "operator") == 0, engines.log()
    engines.until(lambda: engines.journal.runs()[-1].state == "rolled_back")
    engines.is_whole(run, before)
