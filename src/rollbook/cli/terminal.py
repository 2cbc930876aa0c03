"""Where a command prints and in which language."""

from __future__ import annotations

from typing import NamedTuple, TextIO

from rollbook.values import Json, Words


class Terminal(NamedTuple):
    """Standard output and error of one command. `language` is "en" or "zh"."""

    language: str
    out: TextIO
    err: TextIO

    @property
    def interactive(self) -> bool:
        """Whether a person sees standard output as it comes."""
        return self.out.isatty()

    def say(self, words: Words) -> None:
        self.print(words.said(self.language))

    def print(self, text: str) -> None:
        self.out.write(text if text.endswith("\n") else text + "\n")
        self.out.flush()

    def warn(self, words: Words) -> None:
        self.err.write(words.said(self.language) + "\n")
        self.err.flush()

    def json(self, value: Json) -> None:
        import json

        self.print(json.dumps(value, ensure_ascii=False, indent=2))
