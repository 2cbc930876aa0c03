"""Command lines of the shell: built, never run."""

from __future__ import annotations

Argv = tuple[str, ...]


def script(text: str) -> Argv:
    """Run a script that stops at its first failure, at a variable that is not set, at a failure inside a pipe."""
    return ("bash", "-euo", "pipefail", "-c", text, "rollbook")


def check(text: str) -> Argv:
    """Read a script without running it: exit code 0 when it is shell."""
    return ("bash", "-n", "-c", text, "rollbook")
