"""A source line with a caret under it, in display columns: wide characters take two, tabs four, marks none."""

from __future__ import annotations

import unicodedata

TAB = 4
ROOM = 120
"""Columns shown of a longer line, the caret well inside."""


def excerpt(line: str, column: int) -> tuple[str, str]:
    """`line` as printed and the row of carets under it, from `column` (counted from 1) to the line's end.

    Both are cut to what fits beside the caret when the line is long."""
    shown, at = _cut(line.rstrip(), max(0, column - 1))
    printed = "".join(_printed(character) for character in shown)
    before = sum(width(character) for character in shown[:at])
    return printed, " " * before + "^" * max(1, sum(width(c) for c in shown[at:].removesuffix("…")))


def width(character: str) -> int:
    """Columns that a terminal gives to one character; ambiguous ones count one."""
    if character == "\t":
        return TAB
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _printed(character: str) -> str:
    """Tabs as blanks; other control characters as a visible substitute, so that no line can act on the terminal."""
    if character == "\t":
        return " " * TAB
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) == "Cc" else character


def _cut(line: str, at: int) -> tuple[str, int]:
    """At most ROOM characters around position `at`, with … where something is left out."""
    if len(line) <= ROOM:
        return line, min(at, len(line))
    start = max(0, min(at - ROOM // 4, len(line) - ROOM))
    piece = line[start : start + ROOM] + ("…" if start + ROOM < len(line) else "")
    return ("…" + piece, at - start + 1) if start else (piece, at)
