"""The command line (DESIGN §11, a contract: scripts depend on it). It parses, calls one use case, prints; no logic.

Exit codes: 0 succeeded · 1 ran and failed, was rolled back or aborted · 2 bad input, nothing touched · 3 parked,
waiting for a person · 4 frozen.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from rollbook.cli.language import chosen_language, language_of
from rollbook.cli.terminal import Terminal
from rollbook.problems import RollbookError

INTERRUPTED = 130
COLLECT_AFTER = 50_000
"""New objects before garbage is looked for: with Python's own 700 the search costs a cold `check` 5 % of its time."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    gc.set_threshold(COLLECT_AFTER)
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that cannot show a character must not end a run in its middle.
            stream.reconfigure(errors="backslashreplace")
    terminal = Terminal(language_of(words, os.environ), chosen_language(os.environ), sys.stdout, sys.stderr, Path.cwd())
    try:
        return _dispatch(words, terminal)
    except RollbookError as error:
        from rollbook.cli.errors import say_error

        spoken = terminal._replace(language=terminal.chosen or error.language or terminal.language)
        say_error(error, spoken, as_json=_wants_json(words))
        return error.exit_code
    except BrokenPipeError:
        # The reader of a pipe went away (`rollbook steps | head`): nothing more to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED


def _dispatch(words: list[str], terminal: Terminal) -> int:
    from importlib import import_module

    from rollbook.cli.verbs import find_verb

    if not words or words[0] in ("-h", "--help", "help"):
        from rollbook.cli.help import say_help

        return say_help(words[1:], terminal)
    if words[0] in ("-V", "--version"):
        from rollbook import __version__

        terminal.print(__version__)
        return 0
    verb = find_verb(words[0])
    return int(import_module(verb.module).VERBS[verb.name](words[1:], terminal))


def _wants_json(words: Sequence[str]) -> bool:
    pairs = zip(words, [*words[1:], ""], strict=True)
    return any(word == "--format=json" or (word == "--format" and value == "json") for word, value in pairs)
