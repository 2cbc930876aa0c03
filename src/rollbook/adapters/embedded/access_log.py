"""Envoy's access log, counted as it grows: what each endpoint answered, how often badly, how often slowly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from rollbook.adapters.embedded.envoy_files import log_counts
from rollbook.ports import Traffic

BAD_STATUS = 500


class Tally:
    """One endpoint's answers so far. `times` counts answers by whole milliseconds, the log's resolution."""

    def __init__(self) -> None:
        self.requests = 0
        self.errors = 0
        self.times: Counter[int] = Counter()

    def add(self, status: int, milliseconds: int) -> None:
        self.requests += 1
        self.errors += status >= BAD_STATUS
        self.times[milliseconds] += 1

    def slower(self, limit_s: float) -> int:
        """Answers that took longer than `limit_s`."""
        return sum(count for milliseconds, count in self.times.items() if milliseconds > limit_s * 1000)


class AccessLog:
    """Reads on from where it stopped; a line that is still being written waits for its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._tallies: dict[str, Tally] = {}

    def counts(self, thresholds_s: Sequence[float]) -> dict[str, Traffic]:
        """Cumulative counts by endpoint key ("server/generation")."""
        self._read_on()
        return {key: _traffic(key, tally, thresholds_s) for key, tally in self._tallies.items()}

    def _read_on(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            fresh = file.read()
        whole, _, _ = fresh.rpartition(b"\n")
        self._offset += len(whole) + 1 if whole else 0
        for key, status, milliseconds in log_counts(whole.splitlines()):
            self._tallies.setdefault(key, Tally()).add(status, milliseconds)


def _traffic(key: str, tally: Tally, thresholds_s: Sequence[float]) -> Traffic:
    server, _, generation = (unquote(part) for part in key.partition("/"))
    slow = {f"{limit:g}": tally.slower(limit) for limit in thresholds_s}
    return Traffic(server, generation, tally.requests, tally.errors, slow)
