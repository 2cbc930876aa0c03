"""Tests of real traffic while they are under way: the newest block of each, for whoever looks on.

A side stream, not the journal: nothing decides by it, and what is lost is only not shown. One small file a run, put in
place whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import msgspec

Figures: TypeAlias = Mapping[str, float]
Tell: TypeAlias = Callable[[str, str, Figures], None]
"""Called with task, condition's phrase and figures after each block."""
KEPT: TypeAlias = dict[str, dict[str, dict[str, float]]]


class ProgressFile:
    """Writes what it is told; a disk that does not take it is not the run's trouble."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: KEPT = {}

    def tell(self, task: str, phrase: str, figures: Figures) -> None:
        self._kept.setdefault(task, {})[phrase] = dict(figures)
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".fresh")
            fresh.write_bytes(msgspec.json.encode(self._kept))
            fresh.replace(self._path)


def progress_path(state: Path, run: str) -> Path:
    """Where a run's progress is, below the site's state directory."""
    return state / "runs" / run / "watch.json"


def read_progress(path: Path) -> KEPT:
    """What was told last; nothing where there is no such file or it cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=KEPT)
    except (OSError, msgspec.MsgspecError):
        return {}
