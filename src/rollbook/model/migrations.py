"""The state of one environment's schema, as `rollbook migrate` tells it."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Drift: TypeAlias = Literal["", "edited", "missing", "stated", "unknown", "undocumented"]
"""edited: since it was applied · missing: the script is not there · stated: not the one whose checksum the document
states · unknown: applied, and nobody kept a checksum · undocumented: applied, and the document does not know it."""
Direction: TypeAlias = Literal["up", "down"]


class MigrationRow(msgspec.Struct, frozen=True):
    """One version. `at` in ISO 8601 and `run` are those of its application, "" where nobody noted them."""

    version: str
    script: str = ""
    description: str = ""
    reversible: bool | None = None
    applied: bool = False
    at: str = ""
    run: str = ""
    drift: Drift = ""
    line: int = 0


class SchemaStatus(msgspec.Struct, frozen=True):
    """`command`: the document's own way up, which wins over the table; "" where the scripts are run from the table.
    `holder`: who keeps others from migrating now; `lock` the table whose row that is, `release` what takes it away."""

    document: str
    environment: str
    rows: tuple[MigrationRow, ...]
    command: str = ""
    holder: str = ""
    lock: str = ""
    release: str = ""

    @property
    def pending(self) -> tuple[str, ...]:
        return tuple(row.version for row in self.rows if not row.applied)


class SchemaChange(msgspec.Struct, frozen=True):
    """What an act will do or has done: `versions` in the order in which they are carried out; `lost`: what goes."""

    direction: Direction
    environment: str
    versions: tuple[str, ...]
    lost: tuple[str, ...] = ()
    command: str = ""


class SchemaLeft(msgspec.Struct, frozen=True):
    """Migrations that a run applied and left behind when it went back; `versions` empty: nobody noted how far it came.
    `to`: the version that was the newest before, "0" for none."""

    versions: tuple[str, ...]
    document: str
    environment: str
    to: str
