"""A working directory in which `rollbook` is typed, as a person at another terminal would: every command a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

LIMIT_S = 300.0
LOOK_S = 0.2
ENDS = ("succeeded", "rolled_back", "failed", "aborted", "frozen")


class Desk:
    """Commands run in `directory`, which holds copies of the given documents (name → original)."""

    def __init__(self, directory: Path, documents: dict[str, Path] | None = None, language: str = "en") -> None:
        self.directory, self.language = directory, language
        for name, original in (documents or {}).items():
            (directory / name).write_bytes(original.read_bytes())

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "ROLLBOOK_LANG": self.language, "PYTHONUTF8": "1"}
        command = [sys.executable, "-m", "rollbook", *words]
        return subprocess.run(
            command, cwd=self.directory, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def json(self, *words: str) -> Any:
        answer = self(*words, "--format", "json")
        assert answer.stdout, answer.stderr
        return json.loads(answer.stdout)

    def open_gates(self, shown: Any) -> list[Any]:
        return [gate for gate in shown["gates"] if gate["state"] == "open"]

    def answer_all(self, run: str, until: Iterable[str] = ENDS) -> Any:
        """Say yes at every gate, as whoever it waits for, until the run is in one of these states; what `show` says
        then."""
        give_up = time.monotonic() + LIMIT_S
        while (shown := self.json("show", run))["state"] not in until:
            assert time.monotonic() < give_up, shown
            for gate in self.open_gates(shown):
                people = [approver.partition(":")[0] for approver in gate["approvers"]] or ["operator"]
                for person in people:
                    self("approve", run, gate["id"], "--as", person)
            time.sleep(LOOK_S)
        return shown
