"""From commands to operations (M28): whole or not at all. One flag that is not understood, and all of it is shell."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import msgspec

from rollbook.binding.docker_calls import read_docker
from rollbook.binding.kubectl_calls import read_kubectl
from rollbook.binding.options import NotUnderstood
from rollbook.model.deployment import CommandFence, CommandRole, ShellCommand
from rollbook.model.operations import Change, Operation, Rollout
from rollbook.values import At, Words


class CommandRepair(msgspec.Struct, frozen=True):
    """A deviation from the letter of commands: a line of the plan's repairs."""

    what: Words
    why: Words
    at: At


class Lifted(msgspec.Struct, frozen=True):
    """All commands as operations, in order; `places` are where each stands."""

    ops: tuple[Operation, ...]
    places: tuple[At, ...]
    repairs: tuple[CommandRepair, ...] = ()


class NotLifted(msgspec.Struct, frozen=True):
    """All of the commands are shell; why, and the first place that is the reason."""

    reason: Words
    at: At


def lift(commands: Sequence[ShellCommand]) -> Lifted | NotLifted:
    """The commands of one role as operations. Never raises."""
    ops: list[tuple[Operation, At]] = []
    for command in commands:
        try:
            ops.append((read_command(command), command.at))
        except NotUnderstood as unclear:
            return NotLifted(unclear.words, command.at)
    joined, repairs = _joined(ops)
    repairs += _undone_while_paused(joined)
    return Lifted(tuple(op for op, _ in joined), tuple(at for _, at in joined), tuple(repairs))


def read_command(command: ShellCommand) -> Operation:
    """One command as an operation. Raises NotUnderstood."""
    if command.operators or not command.words:
        shown = " ".join(command.operators) or command.text.split("\n")[0][:40]
        raise NotUnderstood(Words(f"{shown} is the shell's to do", f"{shown} 只能由 shell 执行"))
    unknown = next((word.text for word in command.words if not word.known), None)
    if unknown is not None:
        raise NotUnderstood(Words(f"what {unknown} becomes is the shell's to say", f"{unknown} 的结果只有 shell 知道"))
    program, *arguments = [word.text for word in command.words]
    if program == "docker":
        return read_docker(arguments)
    if program == "kubectl":
        return read_kubectl(arguments)
    raise NotUnderstood(Words(f"{program} is not a known program", f"不认识程序 {program}"))


def understood(commands: Sequence[ShellCommand]) -> list[tuple[Operation, At]]:
    """Those of the commands that are understood by themselves: for what they name, not for what is done."""
    found: list[tuple[Operation, At]] = []
    for command in commands:
        with suppress(NotUnderstood):
            found.append((read_command(command), command.at))
    return found


def script_of(fence: CommandFence, *roles: CommandRole) -> str:
    """The fence's commands of these roles as a script, with everything above each that prepares it (`cd`, `export`).
    Commands under a condition (如需, if needed) are left out: a person says when they run (M27)."""
    return script_with(fence, commands_of(fence, *roles))


def commands_of(fence: CommandFence, *roles: CommandRole) -> tuple[ShellCommand, ...]:
    """The fence's commands of these roles and what prepares them, without those under a condition; () where none
    acts."""
    found = tuple(c for c in fence.commands if c.role in roles and not c.guarded)
    return found if any(not c.prepares for c in found) else ()


def script_with(fence: CommandFence, chosen: Sequence[ShellCommand]) -> str:
    """These commands of a fence as a script, with everything above the last that prepares; "" for none that acts."""
    return "".join(command.text + "\n" for command in prepared(fence, chosen))


def prepared(fence: CommandFence, chosen: Sequence[ShellCommand]) -> tuple[ShellCommand, ...]:
    """These commands of a fence with everything above the last of them that prepares; () where none acts."""
    acting = [c for c in chosen if not c.prepares]
    if not acting:
        return ()
    upto = fence.commands.index(acting[-1]) + 1
    return tuple(c for c in fence.commands[:upto] if c.prepares or c in acting)


def variables_of(commands: Sequence[ShellCommand]) -> tuple[str, ...]:
    """Names of the variables that the commands' words refer to."""
    return tuple(dict.fromkeys(name for c in commands for word in c.words for name in word.variables))


def undo_while_paused(ops: Sequence[Operation]) -> int | None:
    """Index of the first `undo` of a Deployment that was paused above it and not resumed, which is refused (F1)."""
    paused: set[tuple[str, str]] = set()
    for index, op in enumerate(ops):
        if isinstance(op, Rollout):
            target = (op.namespace, op.deployment)
            if op.verb == "pause":
                paused.add(target)
            elif op.verb == "resume":
                paused.discard(target)
            elif op.verb in ("undo", "restart") and target in paused:
                return index
    return None


def _joined(
    ops: Sequence[tuple[Operation, At]],
) -> tuple[list[tuple[Operation, At]], list[CommandRepair]]:
    """Neighbouring `apply` and `set image` as one change: one revision, and no moment with the manifest's old image."""
    joined: list[tuple[Operation, At]] = []
    repairs: list[CommandRepair] = []
    for op, at in ops:
        before = joined[-1][0] if joined else None
        if isinstance(op, Change) and isinstance(before, Change) and _one_change(before, op):
            joined[-1] = (
                msgspec.structs.replace(
                    before, files=(*before.files, *op.files), deployment=op.deployment, images=op.images
                ),
                joined[-1][1],
            )
            if op.images:
                repairs.append(CommandRepair(APPLY_WITH_IMAGE, APPLY_WITH_IMAGE_WHY, at))
        else:
            joined.append((op, at))
    return joined, repairs


def _one_change(before: Change, op: Change) -> bool:
    """Manifests come first; images for one Deployment may follow once."""
    return before.namespace == op.namespace and bool(before.files) and not before.images


def _undone_while_paused(ops: Sequence[tuple[Operation, At]]) -> list[CommandRepair]:
    index = undo_while_paused([op for op, _ in ops])
    return [] if index is None else [CommandRepair(UNDO_PAUSED, UNDO_PAUSED_WHY, ops[index][1])]


APPLY_WITH_IMAGE = Words("`apply` and `set image` are made one change", "`apply` 与 `set image` 合并为一次变更")
APPLY_WITH_IMAGE_WHY = Words(
    "apart they would roll out twice, the first time with the image that the manifest names",
    "分开执行会发布两次，第一次用的是清单里写的镜像",
)
UNDO_PAUSED = Words(
    "instead of `pause` and `undo`, the ledger's release is restored",
    "不执行 `pause` 与 `undo`，而是恢复台账记录的版本",
)
UNDO_PAUSED_WHY = Words(
    "Kubernetes refuses `kubectl rollout undo` while the Deployment is paused, and a second `undo` would bring the bad "
    "release back",
    "Deployment 暂停时 Kubernetes 拒绝 `kubectl rollout undo`，而且再次 `undo` 会回到有问题的版本",
)
