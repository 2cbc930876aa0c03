"""Looking for secrets in everything: as they are, in pieces, and in every spelling that texts are put into."""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

LOOK_S = 0.02
BLOCK = 8
"""Characters of a block: every piece of a secret, or of its base64, of twice as many betrays it."""


def needles(secrets: Mapping[str, str]) -> dict[bytes, str]:
    """Byte strings that must not occur anywhere → the secret they tell of and how. Whatever longer piece of a spelling
    is somewhere, one of its blocks is."""
    found: dict[bytes, str] = {}
    for name, value in secrets.items():
        raw = value.encode()
        spelled = {
            "plain": value, "URL": quote(value, safe=""), "path": quote(value), "form": quote_plus(value),
            "JSON": json.dumps(value)[1:-1], "text": json.dumps(value, ensure_ascii=False)[1:-1],
            "repr": repr(value)[1:-1], "hex": raw.hex(),
            **{f"base64 {n}": base64.b64encode(b"\0" * n + raw).decode()[4:-4] for n in range(3)},
        }  # fmt: skip
        for how, text in spelled.items():
            found |= {text[i : i + BLOCK].encode(): f"{name} {how}" for i in range(0, len(text) - BLOCK + 1, BLOCK)}
    return found


def written(directory: Path, left_out: Collection[Path]) -> Iterator[tuple[str, bytes]]:
    """Every file, compressed ones also as they were before, databases also row by row (a row may lie across pages)."""
    for path in sorted(directory.rglob("*")):
        if path.is_symlink() or not path.is_file() or path in left_out:
            continue
        data = path.read_bytes()
        yield str(path), data
        if data[:2] == b"\x1f\x8b":
            yield f"{path} (unpacked)", gzip.decompress(data)
        if data[:15] == b"SQLite format 3":
            yield f"{path} (rows)", "\n".join(rows(path)).encode("utf-8", "surrogateescape")


def rows(path: Path) -> Iterator[str]:
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    database.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):
                for value in row:
                    yield value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
    finally:
        database.close()


def leaks(texts: Iterable[tuple[str, bytes]], wanted: Mapping[bytes, str]) -> list[str]:
    """Where a secret was found, and what stands around it."""
    return [
        f"{place}: {how}: {data[max(0, data.find(needle) - 60) : data.find(needle) + 40]!r}"
        for place, data in texts
        for needle, how in wanted.items()
        if needle in data
    ]


class Watcher:
    """Samples the arguments of every process of this machine while work is done; a context."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(LOOK_S):
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit():
                    self._take(entry / "cmdline")

    def _take(self, path: Path) -> None:
        try:
            self.seen.add(path.read_bytes())
        except OSError:
            return
