"""Where a command prints and in which language."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple, TextIO

from rollbook.values import Words


class Terminal(NamedTuple):
    """Standard output and error of one command. `language` is "en" or "zh"; `chosen` is what ROLLBOOK_LANG says, ""
    when it says nothing: a run is then shown in its document's language."""

    language: str
    chosen: str
    out: TextIO
    err: TextIO
    directory: Path
    """Where the user stands: paths are said from here."""

    @property
    def interactive(self) -> bool:
        """Whether a person sees standard output as it comes."""
        return self.out.isatty()

    def colours(self, stream: TextIO) -> bool:
        """Whether text on `stream` may be coloured: a person sees it, and has not set NO_COLOR."""
        return stream.isatty() and not os.environ.get("NO_COLOR")

    def say(self, words: Words) -> None:
        self.print(words.said(self.language))

    def print(self, text: str) -> None:
        self.out.write(text if text.endswith("\n") else text + "\n")
        self.out.flush()

    def complain(self, text: str) -> None:
        """To standard error, so that what is asked for on standard output stays clean."""
        self.err.write(text + "\n")
        self.err.flush()
