"""Engine processes for tests that kill them: `rollbook` commands in a directory with a site of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rollbook.adapters.embedded import EmbeddedSite
from rollbook.app.places import Place, Situation, find_run, situation
from rollbook.drivers.journal import SqlJournal
from rollbook.drivers.tables import newest_sqlite
from rollbook.machine.state import run_state
from rollbook.model.site import Site
from rollbook.ports import Endpoint
from rollbook.wiring import open_journal

COMMAND = "import sys; from rollbook.cli import main; sys.exit(main(sys.argv[1:]))"
TEMPLATE = Path(__file__).parent / "faults" / "release.md"
LIMIT_S = 240.0
"""For waits that end by themselves in seconds; only a machine under heavy load comes near it."""
POLL_S = 0.005
SITE = """\
kind = "embedded"
[limits]
probe_samples = 40
traffic_samples = 60
"""


class Engines:
    """A directory in which runs are started, killed and resumed. `end` must be called."""

    def __init__(self, directory: Path, servers: tuple[str, ...]) -> None:
        self.directory, self.servers = directory, servers
        (directory / "rollbook.toml").write_text(SITE)
        self.fleet = EmbeddedSite(directory)
        self.fleet.up(servers)
        self.place = Place(Site(directory=str(directory)), open_journal(Site(directory=str(directory))))
        self._started: list[subprocess.Popen[bytes]] = []

    @property
    def journal(self) -> SqlJournal:
        return self.place.journal

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """`rollbook WORDS` as a process of its own."""
        log = (self.directory / "engines.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *words],
            cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={**os.environ, "ROLLBOOK_LANG": "en"},
        )  # fmt: skip
        self._started.append(process)
        return process

    def finish(self, *words: str) -> int:
        """`rollbook WORDS` to its end; the exit code."""
        return self.start(*words).wait(LIMIT_S)

    def until(self, true: Callable[[], object], process: subprocess.Popen[bytes] | None = None) -> bool:
        """Wait until `true`; False when `process` ended before."""
        give_up = time.monotonic() + LIMIT_S
        while not true():
            if process is not None and process.poll() is not None:
                return bool(true())
            assert time.monotonic() < give_up, self.log()
            time.sleep(POLL_S)
        return True

    def new_run(self, process: subprocess.Popen[bytes], known: int) -> str:
        """The id of the run that `process` starts, the `known`-th (from 0) of this directory."""
        assert self.until(lambda: len(self.journal.runs()) > known, process), self.log()
        return self.journal.runs()[known].run

    def kill_at(self, process: subprocess.Popen[bytes], run: str, seq: int) -> bool:
        """`kill -9` once the run's journal has entry `seq`. False when the process ended by itself."""
        if not self.until(lambda: self.journal.newest(run) >= seq, process):
            return False
        if process.poll() is not None:
            return False
        process.send_signal(signal.SIGKILL)
        process.wait(LIMIT_S)
        return True

    def stop_between_writes(self, process: subprocess.Popen[bytes]) -> None:
        """SIGSTOP while it holds no lock of the journal's file: one that is stopped inside a commit keeps everybody
        out, as any writer of SQLite does."""
        process.send_signal(signal.SIGSTOP)
        while not self._can_be_written():
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGSTOP)

    def _can_be_written(self) -> bool:
        driver = newest_sqlite()
        journal = driver.connect(self.directory / ".rollbook" / "journal.db", timeout=0.2)
        try:
            journal.execute("BEGIN IMMEDIATE")
        except driver.OperationalError:
            return False
        finally:
            journal.close()
        return True

    def now(self, run: str) -> Situation:
        return situation(self.journal, find_run(self.journal, run))

    def state(self, run: str) -> str:
        return run_state(self.now(run).state)

    def pool(self) -> tuple[Endpoint, ...]:
        import asyncio

        return asyncio.run(self.fleet.ports().balancer.pool())

    def release(self, environment: str, version: str) -> tuple[str, ...]:
        """What `rollbook run` is told for a release of the short template."""
        servers = "[" + ",".join(self.servers) + "]"
        given = (f"environment={environment}", f"servers={servers}", f"version={version}")
        return (str(TEMPLATE), *(word for pair in given for word in ("-p", pair)))

    def is_whole(self, run: str, generation: str) -> None:
        """The run's journal is whole, no request was lost, nothing is held any more, and every server serves
        `generation`."""
        now = self.now(run)
        assert self.journal.audit(run) == ()
        assert self.journal.claims() == {}
        assert self.fleet.client(now.entries[0].at, now.entries[-1].at)["failed"] == 0
        assert {(e.server, e.generation, e.state) for e in self.pool()} == {(s, generation, "in") for s in self.servers}

    def log(self) -> str:
        return (self.directory / "engines.log").read_text()[-4000:]

    def end(self) -> None:
        """End every process that was started here, and the fleet."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.wait(LIMIT_S)
        self.fleet.down()
        self.journal.close()
