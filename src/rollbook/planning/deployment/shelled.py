"""The document's commands that no function stands for: run by the shell, asked about, or named as not run (M27, M28).

build, push, deploy   understood whole: the site's own functions do it; else all of it is named as not run
verify                the shell's, behind the rotation
under a condition     a question to a person: yes runs it, no leaves it out
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rollbook.binding.lifting import Lifted, NotLifted, commands_of, lift, script_with
from rollbook.model.deployment import CommandFence, CommandRole, ShellCommand
from rollbook.model.phrases import phrase_of
from rollbook.model.plan import Repair
from rollbook.model.workflow import Item
from rollbook.planning.deployment.places import Ground
from rollbook.values import Words

ASKED: tuple[CommandRole, ...] = ("build", "push", "backup", "migrate_up", "deploy", "verify", "other")
"""Roles whose commands under a condition are asked about; those of a rollback are intents (M30)."""
DONE_BY_SITE: tuple[CommandRole, ...] = ("build", "push", "deploy")
SHOWN = 60
OWN_ADDRESS = "SERVICE_URL"
"""The variable that says where the service of the run is reached."""


def verifying(ground: Ground) -> tuple[Item, ...]:
    """One item for each fence with commands that verify and are the shell's to run."""
    fences = ((f, commands_of(f, "verify")) for f in ground.deployment.fences)
    return tuple(_item(f, cs) for f, cs in fences if cs and isinstance(lift(cs), NotLifted) and not _away(cs, ground))


def asked(ground: Ground, *roles: CommandRole) -> tuple[Item, ...]:
    """One question for each condition over commands of these roles."""
    return tuple(_item(f, cs, cs[0].comment) for f, cs in _guarded(ground, roles) if not _on_cluster(cs, ground))


def repairs(ground: Ground, language: str) -> list[Repair]:
    """What is not run, each as a line of the plan's repairs."""
    return [Repair(what.said(language), why.said(language), c.at.line) for c, what, why in not_run(ground)]


def not_run(ground: Ground) -> Iterator[tuple[ShellCommand, Words, Words]]:
    """(command, what, why) of all that this site does otherwise than by the document's commands."""
    for fence in ground.deployment.fences:
        for role in DONE_BY_SITE:
            commands = commands_of(fence, role)
            if commands and isinstance(lift(commands), NotLifted):
                yield from ((c, NOT_RUN.format(command=_first(c)), BY_FUNCTIONS) for c in commands if not c.prepares)
        commands = commands_of(fence, "verify")
        if commands and isinstance(lift(commands), NotLifted) and _away(commands, ground):
            program = next(c.reaches for c in commands if c.reaches)
            why = AWAY.format(program=program)
            yield from ((c, NOT_RUN.format(command=_first(c)), why) for c in commands if not c.prepares)
    for _, guarded in _guarded(ground, ASKED):
        if _on_cluster(guarded, ground):
            yield from ((c, NOT_ASKED.format(command=_first(c)), NO_CLUSTER) for c in guarded)


def pushes_unasked(ground: Ground) -> bool:
    """Whether the document builds an image, deploys, and pushes nothing."""
    said = {c.role for f in ground.deployment.fences for c in commands_of(f, "build", "push") if not c.prepares}
    return said == {"build"}


def not_acted_upon(ground: Ground) -> Iterator[ShellCommand]:
    """Commands of which nothing says what they are for: never run by guess."""
    return (c for f in ground.deployment.fences for c in commands_of(f, "other") if not c.prepares)


def is_shelled(command: ShellCommand, ground: Ground) -> bool:
    """Whether a run may give the command to the shell: neither operations and rollbacks, nor what the site does."""
    if command.role in ("backup", "migrate_up", "migrate_down", "migrate_status"):
        return True
    return command.role in ASKED and (command.guarded or (not _away((command,), ground) and command.role == "verify"))


def _guarded(ground: Ground, roles: Sequence[CommandRole]) -> Iterator[tuple[CommandFence, list[ShellCommand]]]:
    """Neighbours under one comment are one question."""
    for fence in ground.deployment.fences:
        meant = [c for c in fence.commands if c.role in roles and c.guarded and not c.prepares]
        for _, commands in groupby(meant, key=lambda c: c.comment):
            yield fence, list(commands)


def _item(fence: CommandFence, commands: Sequence[ShellCommand], guard: str = "") -> Item:
    text = f"{guard}: `{_first(commands[0])}`" if guard else f"`{_first(commands[0])}`"
    code = script_with(fence, commands)
    return Item(text, phrase_of(text)[0], code=code, code_language="bash", at=commands[0].at, guard=guard)


def _away(commands: Sequence[ShellCommand], ground: Ground) -> bool:
    """Whether they would ask other machines than this site's own."""
    return ground.site.kind == "embedded" and any(c.reaches and OWN_ADDRESS not in c.text for c in commands)


def _on_cluster(commands: Sequence[ShellCommand], ground: Ground) -> bool:
    """Whether they are a cluster's to do, and the site has none that runs its servers."""
    return ground.site.kind != "kubernetes" and isinstance(lift(commands), Lifted)


def _first(command: ShellCommand) -> str:
    line = command.text.split("\n")[0]
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


NOT_RUN = Words("`{command}` is not run", "不执行 `{command}`")
BY_FUNCTIONS = Words(
    "the image is built and brought to each server by the site's own functions, which keep one digest and know the way "
    "back",
    "镜像由站点自己的函数构建并送达每台服务器：摘要唯一，且知道如何退回",
)
AWAY = Words(
    "in this fence {program} would ask other machines than this site's own",
    "同一代码块中的 {program} 询问的不是本站点自己的机器",
)
NOT_ASKED = Words("`{command}` is neither asked about nor run", "不询问也不执行 `{command}`")
NO_CLUSTER = Words("this site's servers are no cluster's", "此站点的服务器不属于任何集群")
