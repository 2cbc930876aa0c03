"""Calls of `docker` that are understood: `build` with a name and a context, `push` of a name."""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.binding.options import read_call, unclear
from rollbook.model.operations import Build, Operation, Push

BUILD = {"-t": "-t", "--tag": "-t", "-f": "-f", "--file": "-f"}


def read_docker(arguments: Sequence[str]) -> Operation:
    """Raises NotUnderstood."""
    verb, *rest = arguments or ("docker",)
    if verb == "build":
        call = read_call(rest, BUILD)
        image = call.values.get("-t")
        if not image or len(call.positional) != 1 or call.behind or _is_elsewhere(call.positional[0]):
            raise unclear(f"docker build {' '.join(rest)}".rstrip())
        return Build(image, call.positional[0], call.values.get("-f", ""))
    if verb == "push":
        call = read_call(rest, {})
        if len(call.positional) != 1 or call.behind:
            raise unclear(f"docker push {' '.join(rest)}".rstrip())
        return Push(call.positional[0])
    raise unclear(f"docker {verb}")


def _is_elsewhere(context: str) -> bool:
    """Standard input, a repository or an address: not the project's files."""
    return context == "-" or "://" in context or context.startswith("git@")
