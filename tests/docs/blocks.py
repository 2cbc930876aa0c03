"""Code blocks of the documents, and what their info strings ask for.

```console              commands after `$ `; the lines below are output that must appear in this order, `…` is anything
```console exit=1       the last command exits 1
```console skip=REASON  shown, not run (another machine, a key press); REASON is one word
```markdown file=NAME   written to NAME, in the directory that all blocks of the document share
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"^( {0,3})(`{3,})\s*(.*)$")


class Block(NamedTuple):
    """One fenced block. `options` are the words of its info string behind the language."""

    language: str
    options: dict[str, str]
    lines: tuple[str, ...]
    line: int

    @property
    def runs(self) -> bool:
        return self.language == "console" and "skip" not in self.options


class Command(NamedTuple):
    """One command of a console block, and the output lines that are shown for it."""

    text: str
    shown: tuple[str, ...]


def blocks_of(path: Path) -> Iterator[Block]:
    """The fenced blocks of a Markdown file, in order."""
    lines = iter(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        if opened := FENCE.match(line):
            indent, ticks, info = opened.groups()
            body = []
            for _, inner in lines:
                if inner.strip() == ticks:
                    break
                body.append(inner.removeprefix(indent))
            language, *options = info.split() or [""]
            pairs = (option.partition("=") for option in options)
            yield Block(language, {name: value for name, _, value in pairs}, tuple(body), number)


def commands_of(block: Block) -> Iterator[Command]:
    """Commands with their output; a command goes on while its line ends in a backslash or inside a here-document."""
    text, shown, until = "", list[str](), ""
    for line in block.lines:
        if until or text.endswith("\\"):
            text += "\n" + line
            until = "" if line == until else until
        elif line.startswith("$ "):
            if text:
                yield Command(text, tuple(shown))
            text, shown = line[2:], []
            heredoc = re.search(r"<<'?(\w+)'?", text)
            until = heredoc.group(1) if heredoc else ""
        elif text:
            shown.append(line)
    if text:
        yield Command(text, tuple(shown))


def missing(shown: tuple[str, ...], printed: str) -> str | None:
    """The first shown line that the output does not have behind the ones before it; None when all are there."""
    rest = iter(printed.splitlines())
    for line in shown:
        if line.strip() in ("", "…"):
            continue
        words = re.sub(" ?… ?", "…", " ".join(line.split()))
        wanted = re.compile(".*".join(map(re.escape, words.split("…"))))
        if not any(wanted.search(" ".join(candidate.split())) for candidate in rest):
            return line
    return None
