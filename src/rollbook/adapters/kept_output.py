"""What a command says, kept in a file up to a bound, and told as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_BYTES = 10_000_000
"""Kept of one file; the end of what a command says is in its result as well."""
CUT = "… (what follows is not kept: {most} bytes are)"


@contextmanager
def kept_in(
    path: Path | None, told: Callable[[str], None] | None, most: int = MOST_BYTES
) -> Iterator[Callable[[str], None]]:
    """A listener for lines, which appends them to the file of `path` until that holds `most` bytes, and tells every
    one of them."""
    file = path.open("ab", buffering=0) if path else None
    left = most - path.stat().st_size if path else 0

    def heard(line: str) -> None:
        nonlocal left
        if told is not None:
            told(line)
        if file is None or left <= 0:
            return
        data = f"{line}\n".encode()
        left -= len(data)
        file.write(data if left > 0 else f"{CUT.format(most=most)}\n".encode())

    try:
        yield heard
    finally:
        if file is not None:
            file.close()
