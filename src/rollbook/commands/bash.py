"""Command lines of the shell: built, never run."""

from __future__ import annotations

Argv = tuple[str, ...]


def script(text: str) -> Argv:
    """Run a script that stops at its first failure, at a variable that is not set, at a failure inside a pipe."""
    return ("bash", "-euo", "pipefail", "-c", text, "rollbook")


def check(text: str) -> Argv:
    """Read a script without running it: exit code 0 when it is shell."""
    return ("bash", "-n", "-c", text, "rollbook")


LEASH = 'exec 3<&0 </dev/null; (read -r _ <&3; kill -KILL 0) >/dev/null 2>&1 & exec 3<&-; exec "$@"'
"""Standard input is a pipe whose other end only the caller holds: when the caller dies, however it dies, the read ends
and the whole process group with it. The command itself takes the place of the shell and reads nothing."""


def leashed(argv: Argv) -> Argv:
    """The command as leader of a process group that does not outlive its caller; to be started in a session of its
    own."""
    return ("/bin/sh", "-c", LEASH, "rollbook", *argv)
