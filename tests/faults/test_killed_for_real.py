"""Real engines over real processes behind a real Envoy, killed with `kill -9` at seeded moments of every run.

ROLLBOOK_SEED=N moves all the moments: `make soak` goes through many of them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from engines import LIMIT_S, Engines

pytestmark = [pytest.mark.site, pytest.mark.slow]

SERVERS = ("app-1", "app-2")
KILLS = 7
GOOD_ENTRIES = 90
BAD_ENTRIES = 50
"""About how many entries an undisturbed run has: kills are spread over them."""


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    pytest.importorskip("envoy", reason="the embedded site needs the demo extra")
    made = Engines(tmp_path_factory.mktemp("faults"), SERVERS)
    yield made
    made.end()


def release(engines: Engines, version: str, resume: tuple[str, ...], seed: int, entries: int) -> tuple[str, int]:
    """Run a release whose engines are killed at seeded entries; returns its id and how many were killed."""
    known = len(engines.journal.runs())
    process = engines.start("run", *engines.release("development", version))
    run = engines.new_run(process, known)
    killed = 0
    moments = random.Random(seed + 1000 * int(os.environ.get("ROLLBOOK_SEED", "0")))
    for moment in sorted(moments.sample(range(2, entries), KILLS)):
        if engines.kill_at(process, run, moment):
            killed += 1
            process = engines.start(*resume, *(("last",) if resume == ("resume",) else ()))
    process.wait(LIMIT_S)
    engines.until(lambda: engines.now(run).state.phase == "ended")
    return run, killed


@pytest.mark.parametrize(
    ("seed", "resume"),
    [(1, ("resume",)), (2, ("resume",)), (3, ("worker", "--once")), (4, ("worker", "--once"))],
    ids=["resumed", "resumed again", "by a worker", "by a worker again"],
)
def test_f08_a_good_release_survives_every_kill_and_loses_no_request(
    engines: Engines, seed: int, resume: tuple[str, ...]
) -> None:
    run, killed = release(engines, f"v2.{seed}.0", resume, seed, GOOD_ENTRIES)
    assert engines.state(run) == "succeeded", engines.log()
    assert killed >= KILLS - 1
    engines.is_whole(run, run)


def test_f08_a_run_whose_process_is_gone_says_so_and_how_to_go_on(engines: Engines) -> None:
    known = len(engines.journal.runs())
    process = engines.start("run", *engines.release("development", "v2.7.0"))
    run = engines.new_run(process, known)
    assert engines.kill_at(process, run, 10)
    assert engines.finish("show", run) == 0
    assert f"is gone; go on with: rollbook resume {run}" in engines.log()
    assert engines.finish("resume", run) == 0, engines.log()
    engines.until(lambda: engines.state(run) == "succeeded")
    assert engines.finish("show", run) == 0
    assert "is gone" not in engines.log().rpartition(f"{run} · succeeded")[2]


@pytest.mark.parametrize(("seed", "flaw"), [(5, "notready"), (6, "errors")])
def test_f08_a_bad_release_is_rolled_back_whatever_is_killed(engines: Engines, seed: int, flaw: str) -> None:
    before = {(e.server, e.generation, e.state) for e in engines.pool()}
    run, killed = release(engines, f"v2.{seed}.0-{flaw}", ("resume",), seed, BAD_ENTRIES)
    assert engines.state(run) == "rolled_back", engines.log()
    assert killed >= KILLS - 2
    assert {(e.server, e.generation, e.state) for e in engines.pool()} == before
    assert engines.journal.audit(run) == ()
    assert engines.journal.claims() == {}
