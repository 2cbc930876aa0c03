"""What a document's rollback commands mean (M30): never run as they stand, they say what is to be achieved.

pause = stop what goes on · undo = restore the ledger's release · status = verify. A second `undo` would return to the
bad release (F2) and one behind a `pause` is refused (F1): the ledger knows the release itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec

from rollbook.binding.lifting import UNDO_PAUSED, UNDO_PAUSED_WHY, CommandRepair, read_command, undo_while_paused
from rollbook.binding.options import NotUnderstood
from rollbook.model.deployment import ShellCommand
from rollbook.model.operations import Change, Operation, Rollout
from rollbook.values import At, Words

IntentKind: TypeAlias = Literal["stop", "restore", "verify"]
BY_VERB: dict[str, IntentKind] = {
    "pause": "stop", "undo": "restore", "resume": "restore", "restart": "restore", "status": "verify",
    "history": "verify",
}  # fmt: skip


class Intent(msgspec.Struct, frozen=True):
    """One thing that the rollback is to achieve. `deployment` "" where the command does not say of what."""

    kind: IntentKind
    deployment: str
    at: At


class RollbackIntent(msgspec.Struct, frozen=True):
    intents: tuple[Intent, ...]
    repairs: tuple[CommandRepair, ...]


def rollback_intent(commands: Sequence[ShellCommand]) -> RollbackIntent:
    """The intents of commands of role rollback, in order, one for each that says something new. Never raises."""
    intents: list[Intent] = []
    repairs: list[CommandRepair] = []
    ops: list[tuple[Operation, At]] = []
    for command in commands:
        try:
            op = read_command(command)
        except NotUnderstood:
            op = None
            if not command.prepares:
                repairs.append(CommandRepair(NOT_RUN.format(command=_short(command)), NOT_RUN_WHY, command.at))
        if op is not None:
            ops.append((op, command.at))
        if not command.prepares:
            intents.append(_intent(op, command.at))
    refused = undo_while_paused([op for op, _ in ops])
    if refused is not None:
        repairs.append(CommandRepair(UNDO_PAUSED, UNDO_PAUSED_WHY, ops[refused][1]))
    return RollbackIntent(_once(intents), tuple(repairs))


def _intent(op: Operation | None, at: At) -> Intent:
    """Whatever else a rollback does, it is for bringing the old release back."""
    if isinstance(op, Rollout):
        return Intent(BY_VERB[op.verb], op.deployment, at)
    return Intent("restore", op.deployment if isinstance(op, Change) else "", at)


def _once(intents: Sequence[Intent]) -> tuple[Intent, ...]:
    """Restoring twice is restoring once."""
    first = {(intent.kind, intent.deployment): intent for intent in reversed(intents)}
    return tuple(intent for intent in intents if first[(intent.kind, intent.deployment)] is intent)


def _short(command: ShellCommand) -> str:
    line = command.text.split("\n")[0]
    return line if len(line) <= 60 else line[:59] + "…"


NOT_RUN = Words(
    "`{command}` is not run: the ledger's release is restored", "不执行 `{command}`，而是恢复台账记录的版本"
)
NOT_RUN_WHY = Words(
    "a rollback follows what the ledger recorded before the first touch, not commands that guess at it",
    "回滚以首次改动前台账的记录为准，而不是靠命令去猜",
)
