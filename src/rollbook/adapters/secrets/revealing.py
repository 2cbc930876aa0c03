"""Secrets in the environment of a command: given to it, and needed only where it mentions them (M5)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from rollbook.ports.secrets import KnownSecrets, NoSecret, referred
from rollbook.problems import StepFailed, Unreachable

LONGEST_NAME = 256
LARGEST = 1_000_000
"""Bytes of a script that is looked through for the variables that it mentions."""


async def revealed(
    environment: Mapping[str, str], secrets: KnownSecrets | None, argv: Sequence[str], root: Path
) -> dict[str, str]:
    """The variables with what they refer to (`secret:NAME`) in its place. A secret that nobody has, or that cannot be
    asked for, is left out unless the command mentions the variable. Raises StepFailed where it does: nothing has begun.
    """
    if secrets is None:
        return dict(environment)
    await secrets.learn()
    given = {}
    for variable, value in environment.items():
        try:
            given[variable] = (await secrets.get(name)).reveal() if (name := referred(value)) else value
        except (StepFailed, Unreachable) as error:
            if mentions(variable, argv, root):
                raise _not_begun(error) from error
    return given


def mentions(variable: str, argv: Sequence[str], root: Path) -> bool:
    """Whether the name stands anywhere in the command, or in a file of the project that the command names."""
    name = re.compile(rf"(?<!\w){re.escape(variable)}(?!\w)")
    words = {word.strip("\"'`;()&|<>") for part in argv for word in part.split()}
    return any(name.search(part) for part in argv) or any(name.search(_script(root, word)) for word in sorted(words))


def _script(root: Path, name: str) -> str:
    """The text of the project's file of that name; "" for any other word."""
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        return ""
    file = (root / name).resolve()
    if not (file.is_relative_to(root.resolve()) and file.is_file() and file.stat().st_size <= LARGEST):
        return ""
    return file.read_text("utf-8", errors="replace")


def _not_begun(error: StepFailed | Unreachable) -> StepFailed:
    output = error.output if isinstance(error, StepFailed) else ()
    return StepFailed(error.words, output, "" if isinstance(error, NoSecret) else error.hint)
