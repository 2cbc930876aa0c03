"""Runs one program and passes on what it says, secrets left out: an application may print what it was given.

    python -I -S hush.py HIDING.PY PROGRAM ARGUMENT…

HIDING.PY is the module that finds them. Which they are is read from the open file that ROLLBOOK_HUSH numbers: JSON,
[marks, pieces]; neither that variable nor the file reaches the program. It lives as long as anybody holds the program's
output, and ends with the program's exit code. To be asked to end is the program's own matter, not this one's.
"""

from __future__ import annotations

import codecs
import importlib.util
import json
import os
import signal
import subprocess
import sys
from types import ModuleType
from typing import Any, BinaryIO

VARIABLE = "ROLLBOOK_HUSH"
CHUNK = 65536


def main(module: str, argv: list[str]) -> int:
    hiding = loaded(module).Hiding(*known(int(os.environ.pop(VARIABLE))))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    saying, writing = os.pipe()
    program = subprocess.Popen(
        argv,
        stdout=writing,
        stderr=writing,
        close_fds=False,
        preexec_fn=heeding,  # noqa: PLW1509 (this program has one thread)
    )
    os.close(writing)
    follow(saying, hiding.stream(), sys.stdout.buffer)
    return program.wait()


def heeding() -> None:
    """The program hears what its keeper does not."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def follow(saying: int, stream: Any, out: BinaryIO) -> None:
    """Pass on until nobody can say more. Bytes that are no text come out as they went in."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    while chunk := os.read(saying, CHUNK):
        put(out, stream.feed(decoder.decode(chunk)))
    put(out, stream.feed(decoder.decode(b"", True)) + stream.end())


def put(out: BinaryIO, text: str) -> None:
    out.write(text.encode("utf-8", "surrogateescape"))
    out.flush()


def known(descriptor: int) -> tuple[dict[str, str], dict[str, str]]:
    with open(descriptor, encoding="utf-8", errors="surrogateescape") as file:
        file.seek(0)
        marks, pieces = json.load(file)
    return marks, pieces


def loaded(path: str) -> ModuleType:
    """A module of a file: this program knows of no package."""
    spec = importlib.util.spec_from_file_location("hiding", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
