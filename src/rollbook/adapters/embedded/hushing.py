"""How a process of the site is started whose output must not hold secrets: under `hush.py`, which learns them from
memory that only it and its parent have open."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from rollbook import hiding
from rollbook.adapters.embedded import hush
from rollbook.spellings import marks_of
from rollbook.values import Secret


class Keeper(msgspec.Struct, frozen=True):
    """What stands ahead of a program's own arguments, and what its keeper inherits; nothing where it needs none."""

    argv: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    passed: tuple[int, ...] = ()


@contextmanager
def hushed(secrets: Sequence[Secret]) -> Iterator[Keeper]:
    if not secrets:
        yield Keeper()
        return
    known = os.memfd_create("rollbook-hush")
    try:
        data = json.dumps(marks_of(secrets)).encode()
        while data:
            data = data[os.write(known, data) :]
        argv = (sys.executable, "-I", "-S", str(Path(hush.__file__)), str(Path(hiding.__file__)))
        yield Keeper(argv, {hush.VARIABLE: str(known)}, (known,))
    finally:
        os.close(known)
