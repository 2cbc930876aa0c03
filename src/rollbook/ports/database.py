"""The database port: versions of a schema, by scripts of which each is applied as a whole (M31)."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import msgspec


class Script(msgspec.Struct, frozen=True):
    """One migration as the project has it. `undo` is the text of the script that reverses it, None where there is
    none."""

    version: str
    path: str
    text: str
    undo: str | None = None

    @property
    def checksum(self) -> str:
        return checksum(self.text)


class Applied(msgspec.Struct, frozen=True):
    """One applied version, as the database says. `checksum` "" and `run` "": another tool applied it and kept none."""

    version: str
    script: str = ""
    checksum: str = ""
    run: str = ""
    """The run that applied it."""
    at: str = ""
    """When, in ISO 8601, UTC."""


class Proof(msgspec.Struct, frozen=True):
    """What a dump held when it was restored: table → rows."""

    tables: dict[str, int]
    seconds: float


class Part(msgspec.Struct, frozen=True):
    """A table, or one of its columns. `table` may name its schema: `shop.orders`."""

    table: str
    column: str = ""


class Holder(msgspec.Struct, frozen=True):
    """Who keeps others from migrating now. `row`: the table whose row is the lock, which a killed process leaves
    behind; `release`: what its tool is told to take it away. Without a row the lock ends with its holder (F9)."""

    who: str
    row: str = ""
    release: str = ""


class Database(Protocol):
    """One database of one environment. Acts on its schema wait for each other, whichever process they come from; a
    process that died holds nothing back (F9)."""

    async def status(self) -> tuple[Applied, ...]:
        """Applied versions, oldest first. Raises Unreachable where that cannot be read."""
        ...

    async def up(self, scripts: Sequence[Script], run: str) -> tuple[Applied, ...]:
        """Apply those of `scripts` that are not applied, in the order given, each in a transaction of its own with its
        record. Returns the ones applied now.

        Raises StepFailed, having touched nothing, where an applied script was edited since or is to be applied behind
        a later one; where a statement fails, with its number and script: that script is rolled back, those before it
        stay. Raises Unreachable where the connection was lost: `status` then tells what was applied."""
        ...

    async def down(self, scripts: Sequence[Script], run: str) -> tuple[str, ...]:
        """Reverse what `run` itself applied, newest first, each in a transaction of its own; returns the versions.
        Raises StepFailed, having touched nothing, where one was not applied by this run, has no script that reverses
        it, was edited since, or lies below one that stays."""
        ...

    async def holder(self) -> Holder | None:
        """Who holds the turn to migrate, ours or that of a known tool; None where nobody does. Raises Unreachable."""
        ...

    async def rows(self, parts: Sequence[Part]) -> tuple[int | None, ...]:
        """For each table its rows, for each column the rows in which it has a value; None for what is not there. Raises
        Unreachable."""
        ...

    async def dump(self, path: Path) -> None:
        """Write everything to `path`, readable by its owner only."""
        ...

    async def restore_proof(self, path: Path) -> Proof:
        """Restore the dump into a database made for it, count, and drop that again. Raises StepFailed where the dump
        does not restore."""
        ...


def checksum(text: str) -> str:
    """SHA-256 (hex) over the script's text; line endings and a byte order mark do not count."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return sha256(plain.encode()).hexdigest()
