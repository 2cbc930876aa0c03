"""One connection of one kind of database, as the runner of migrations uses it, and what it raises."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from rollbook.ports.database import Proof


class SqlError(Exception):
    """The database said no: `said` is its text. `lost`: the connection is gone, so nobody knows what it did."""

    def __init__(self, said: str, *, lost: bool = False) -> None:
        super().__init__(said)
        self.said = said
        self.lost = lost


def quoted(name: str) -> str:
    """An identifier as SQL text, `schema.name` part by part."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


class Session(Protocol):
    """One connection. Every method blocks and raises SqlError; `interrupt` may be called from another thread."""

    placeholder: str
    """How a parameter is written."""

    def turn(self) -> None:
        """Wait for this database's turn; given back by `close`, or by the end of the process (F9)."""
        ...

    def query(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...
    def has_table(self, name: str) -> bool: ...
    def has_column(self, table: str, column: str) -> bool: ...
    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...
    def interrupt(self) -> None: ...


class Dialect(Protocol):
    """One database: how to reach it, and how its whole content is kept."""

    @property
    def shown(self) -> str:
        """Which database it is, without anything secret."""
        ...

    def holder(self) -> str:
        """Who has the turn now, "" where nobody has."""
        ...

    def connect(self, *, make: bool) -> Session:
        """`make`: a SQLite file that is not there is made."""
        ...

    def dump(self, path: Path) -> None: ...
    def restore_proof(self, path: Path) -> Proof: ...
