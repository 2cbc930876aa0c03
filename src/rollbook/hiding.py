"""Texts without secrets (M5): each known secret, under whatever spelling, and every password in a URL, leaves a mark.

Of the standard library alone: the program that keeps an application's log loads this file and nothing else of Rollbook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

PASSWORD = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]*:([^\s/@]+)@", re.IGNORECASE)
RUN = re.compile(r"[A-Za-z0-9+/_-]{12,}")
"""What may be a piece of an encoded text: base64 is wrapped into lines, cut, and put after other text."""
PIECE = 12
"""Characters of an encoded secret that are taken for it wherever they stand: 48 bits or more."""
LONGEST_TOKEN = 4096
"""Characters of a word without a blank that are held back for the URL that it may be."""


class Hiding:
    """`marks`: spelling → what stands in its place. `pieces`: encoded forms, of which every piece is hidden too."""

    def __init__(self, marks: Mapping[str, str] | None = None, pieces: Mapping[str, str] | None = None) -> None:
        self.marks: dict[str, str] = {}
        self.pieces: dict[str, str] = {}
        self._grams: dict[str, str] = {}
        self._everything = ""
        self.add(marks or {}, pieces or {})

    def add(self, marks: Mapping[str, str], pieces: Mapping[str, str]) -> None:
        """What is known already keeps its mark."""
        self.marks = {**marks, **self.marks}
        self.pieces = {**pieces, **self.pieces}
        for form, mark in pieces.items():
            for at in range(len(form) - PIECE + 1):
                self._grams.setdefault(form[at : at + PIECE], mark)
        self._everything = "\0".join([*self.marks, *self.pieces])

    def text(self, text: str) -> str:
        said, _ = self.until(text, len(text))
        return said

    def until(self, text: str, upto: int) -> tuple[str, int]:
        """What stands ahead of `upto`, hidden, and where the rest begins: behind `upto` where a secret lies across."""
        said, at = [], 0
        for start, end, mark in merged(self._found(text)):
            if start >= upto:
                break
            said += [text[at:start], mark]
            at = end
        return "".join([*said, text[at:upto]]), max(at, upto)

    def open_end(self, text: str) -> int:
        """Where the end of `text` begins that more text may make a secret of, or the password of a URL."""
        length = 0
        while length < len(text) and text[-length - 1 :] in self._everything:
            length += 1
        word = len(text)
        while word and len(text) - word < LONGEST_TOKEN and not text[word - 1].isspace():
            word -= 1
        return min(len(text) - length, word)

    def stream(self) -> Stream:
        return Stream(self)

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        for form, mark in self.marks.items():
            at = text.find(form)
            while at >= 0:
                yield at, at + len(form), mark
                at = text.find(form, at + 1)
        for found in RUN.finditer(text) if self._grams else ():
            for at in range(found.start(), found.end() - PIECE + 1):
                if mark := self._grams.get(text[at : at + PIECE], ""):
                    yield at, at + PIECE, mark
        for found in PASSWORD.finditer(text):
            yield *found.span(1), "[secret]"


class Stream:
    """Text that comes in chunks: what could be the beginning of a secret is held back until that is known."""

    def __init__(self, hiding: Hiding) -> None:
        self._hiding = hiding
        self._held = ""

    def feed(self, chunk: str) -> str:
        """What may be shown now."""
        text = self._held + chunk
        said, at = self._hiding.until(text, self._hiding.open_end(text))
        self._held = text[at:]
        return said

    def end(self) -> str:
        """The rest."""
        said, self._held = self._hiding.text(self._held), ""
        return said


def merged(found: Iterator[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Places in order; those that overlap are one, under the mark of the longest."""
    places: list[tuple[int, int, str]] = []
    longest = 0
    for start, end, mark in sorted(found, key=lambda f: (f[0], -f[1])):
        if places and start < places[-1][1]:
            first, last, kept = places[-1]
            kept = mark if end - start > longest else kept
            longest = max(longest, end - start)
            places[-1] = first, max(last, end), kept
        else:
            places.append((start, end, mark))
            longest = end - start
    return places
