"""Files that several processes share and any of them may die over: whole or absent, never half."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from rollbook.adapters.locking import try_lock
from rollbook.problems import Unreachable
from rollbook.values import Json, Words

LOCK_LIMIT_S = 30.0
LOCK_POLL_S = 0.01


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step: a reader sees the old or the new content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    temporary.write_bytes(content)
    temporary.replace(path)


def write_json(path: Path, value: Json) -> None:
    write_whole(path, json.dumps(value, ensure_ascii=False, sort_keys=True).encode())


def read_json(path: Path) -> Json:
    """The file's JSON value; None where there is no such file."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file's lock; waits for whoever holds it. The kernel releases it when its holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@asynccontextmanager
async def locked_soon(path: Path) -> AsyncIterator[None]:
    """The same without blocking the event loop. Raises Unreachable after 30 s."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        give_up = time.monotonic() + LOCK_LIMIT_S
        while not try_lock(file.fileno()):
            if time.monotonic() > give_up:
                raise Unreachable(Words(f"{path} stays locked", f"{path} 一直被锁定"))
            await asyncio.sleep(LOCK_POLL_S)
        yield
