"""Verbs of the contract whose work is not in this version: they say so and touch nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from rollbook.cli.terminal import Terminal
from rollbook.cli.verbs import LATER, find_verb
from rollbook.cli.verbs import VERBS as ALL
from rollbook.problems import Refused
from rollbook.values import Words


def refuse(verb: str, words: Sequence[str], terminal: Terminal) -> int:  # noqa: ARG001 - the signature of every verb
    """Raises Refused: nothing is pretended."""
    summary = find_verb(verb).summary
    raise Refused(
        Words(
            f"`rollbook {verb}` ({summary.en}) is not in this version",
            f"本版本还没有 `rollbook {verb}`（{summary.zh}）",
        ),
        Words("`rollbook --help` lists what is", "`rollbook --help` 列出已有的命令"),
    )


VERBS: Mapping[str, Callable[[Sequence[str], Terminal], int]] = {
    verb.name: partial(refuse, verb.name) for verb in ALL if verb.module == LATER
}
