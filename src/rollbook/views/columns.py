"""Text in columns where wide characters take two places."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence


def width(text: str) -> int:
    """Places on a terminal: wide and full-width characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def padded(text: str, places: int) -> str:
    return text + " " * max(0, places - width(text))


def in_columns(rows: Sequence[Sequence[str]], indent: int = 2, gap: int = 2, widest: int = 60) -> Iterator[str]:
    """Each row as a line; every column but the last as wide as its widest cell, at most `widest`."""
    if not rows:
        return
    count = max(len(row) for row in rows)
    places = [min(widest, max((width(row[i]) for row in rows if i < len(row)), default=0)) for i in range(count)]
    for row in rows:
        cells = [padded(cell, places[i]) for i, cell in enumerate(row[:-1])]
        yield (" " * indent + (" " * gap).join([*cells, *row[-1:]])).rstrip()
