"""What Rollbook itself costs in a run.

First, the loop over the SQL journal with effects that do nothing: milliseconds per journaled command, beside the same
appends without machine and loop. Second, a real run of the template on the embedded site: the time in which neither a
step nor a soak was under way, and how large a part of the run that is.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from measuring import ROLLBOOK, document, publish

from rollbook import documents
from rollbook.drivers.journal import SqlJournal
from rollbook.drivers.loop import Loop
from rollbook.drivers.tables import open_engine
from rollbook.machine.commands import ClaimTargets, Effectful, LookAt, LookForRequest, Perform, RecordPrior
from rollbook.machine.ledger import Ledger
from rollbook.machine.program import Program
from rollbook.model import events as ev
from rollbook.model.plan import Plan
from rollbook.planning.plan import make_plan
from rollbook.planning.sites import load_site
from rollbook.values import Image, Json, Prior

ROUNDS = 5
SERVERS = 30
PRIOR = Prior("baseline", Image("app:v1", "sha256:1"), {})
GIVEN = {"environment": "development", "version": "v2.1.0"}


class WallClock:
    """ports.Clock, as far as the loop asks."""

    def now(self) -> float:
        return time.time()


class NoEffects:
    """loop.Effects that have happened as soon as they begin."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.done: list[tuple[str, ev.Event]] = []
        self.begun = 0

    def busy(self) -> frozenset[str]:
        return frozenset(key for key, _ in self.done)

    def begin(self, command: Effectful, ledger: Ledger, late: dict[str, Json]) -> None:  # noqa: ARG002
        self.begun += 1
        self.done.append((command.key, self._outcome(command)))

    async def outcomes(self, until: float | None, after: int) -> Sequence[ev.Event]:  # noqa: ARG002
        events, self.done = [event for _, event in self.done], []
        return events

    def announce(self, gate: str) -> None:
        """Nobody is told."""

    def _outcome(self, command: Effectful) -> ev.Event:
        if isinstance(command, ClaimTargets):
            return ev.Claimed(command.targets)
        if isinstance(command, LookForRequest):
            return ev.RequestLooked(command.gate, found=False)
        if isinstance(command, LookAt):
            return ev.ServerSeen(command.server, PRIOR)
        if isinstance(command, RecordPrior):
            return ev.PriorRecorded(command.server, PRIOR)
        if not isinstance(command, Perform):
            raise TypeError(f"a run without failures does not ask for {command}")
        if self.program.tasks[command.task].item.kind == "check":
            return ev.Judged(command.task, "pass")
        return ev.Finished(command.task, data={"image.digest": "sha256:2"})


def plan_of(servers: int) -> Plan:
    """The plan that both measurements run."""
    read = documents.read(documents.load(document()))
    if read.document is None:
        raise RuntimeError(f"{document()} cannot be read")
    names = [f"app-{n + 1}" for n in range(servers)]
    return make_plan([read.document], {**GIVEN, "servers": names}, load_site("embedded"))


def without_effects(plan: Plan, directory: Path) -> dict[str, float]:
    """Milliseconds per command of one whole run whose effects take no time, and of its bare appends."""
    journal = SqlJournal(open_engine(f"sqlite:///{directory}/journal.db"))
    program = Program(plan)
    created = ev.RunCreated("bench", "hash", plan.environment, plan.version, "operator", "embedded", 0.0)
    journal.create("bench", "hash", b"{}", {"at": repr(time.time())}, [created])
    effects = NoEffects(program)
    loop = Loop(program, "bench", journal, effects, WallClock(), epoch=None, time_scale=0.0)  # type: ignore[arg-type]
    started = time.perf_counter()
    parked = asyncio.run(loop.drive())
    whole = time.perf_counter() - started
    if parked is not None or loop.state.ending != "succeeded":
        raise RuntimeError(f"the run without effects ended {loop.state.ending or parked}")
    appends = bare_appends(journal, [entry.event for entry in loop.entries])
    return {
        "commands": effects.begun,
        "entries": len(loop.entries),
        "ms per command": whole * 1000 / effects.begun,
        "ms per bare append": appends * 1000 / len(loop.entries),
    }


def bare_appends(journal: SqlJournal, events: Sequence[ev.Event]) -> float:
    """Seconds to append the same events one at a time, with nobody deciding."""
    journal.create("bare", "hash", b"{}", {"at": repr(time.time())}, [events[0]])
    started = time.perf_counter()
    for n, event in enumerate(events):
        journal.append("bare", n + 1, None, [event], time.time())
    return time.perf_counter() - started


def real_run(directory: Path) -> dict[str, float]:
    """A run of three servers on the embedded site: seconds of all, seconds in which something was under way."""
    parameters = [f"{name}={value}" for name, value in GIVEN.items()] + ["servers=[app-1, app-2, app-3]"]
    options = [word for parameter in parameters for word in ("-p", parameter)]
    try:
        ran = _rollbook(directory, "run", document(), "--site", "embedded", *options)
        shown = json.loads(_rollbook(directory, "show", "last", "--format", "json").stdout)
    finally:
        _rollbook(directory, "site", "down")
    if shown["state"] != "succeeded":
        raise RuntimeError(f"the run ended {shown['state']}: {ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    journal = SqlJournal(open_engine(f"sqlite:///{directory}/.rollbook/journal.db"))
    entries = journal.read(shown["id"])
    whole = entries[-1].at - entries[0].at
    return {"run (s)": whole, "own (s)": whole - under_way(entries), "failed requests": shown["client"]["failed"]}


def under_way(entries: Sequence[ev.Entry]) -> float:
    """Seconds in which at least one command had begun and not ended, or a soak ran."""
    busy: set[str] = set()
    total, since = 0.0, entries[0].at
    for entry in entries:
        total += entry.at - since if busy else 0.0
        since, event = entry.at, entry.event
        if isinstance(event, ev.Intended):
            busy.add(event.task)
        elif isinstance(event, ev.Finished | ev.Failed | ev.Judged | ev.Cancelled | ev.Unknown):
            busy.discard(event.task)
        elif isinstance(event, ev.StageEntered) and "soak" in event.stage:
            busy.add(event.stage)
        elif isinstance(event, ev.TimerFired):
            busy.discard(event.timer)
    return total


def _rollbook(directory: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROLLBOOK), *map(str, words)], cwd=directory, capture_output=True, text=True, check=False, timeout=300,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def main() -> int:
    """Measure, print, write."""
    plan = plan_of(SERVERS)
    rounds = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as directory:
            rounds.append(without_effects(plan, Path(directory)))
    figures: dict[str, object] = {
        f"{name} ({SERVERS} servers, no effects)": round(statistics.median(r[name] for r in rounds), 3)
        for name in rounds[0]
    }
    per_command, per_append = (statistics.median(r[f"ms per {n}"] for r in rounds) for n in ("command", "bare append"))
    figures["command : bare append"] = round(per_command / per_append, 2)
    with tempfile.TemporaryDirectory() as directory:
        real = real_run(Path(directory))
    figures["run on the embedded site (s)"] = round(real["run (s)"], 2)
    figures["of it not in effects (s)"] = round(real["own (s)"], 2)
    figures["not in effects : run"] = round(real["own (s)"] / real["run (s)"], 3)
    figures["requests lost by the client"] = real["failed requests"]
    return publish("engine", figures, {"requests lost": (real["failed requests"], 0)})


if __name__ == "__main__":
    sys.exit(main())
