"""SQLite files. Its schema changes are transactional; its lock is the kernel's, on a file beside the database."""

from __future__ import annotations

import os
import socket
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rollbook.adapters.locking import try_lock
from rollbook.adapters.sql.session import SqlError
from rollbook.ports.database import Proof

BUSY_S = 30.0
TURN_LIMIT_S = 60.0
POLL_S = 0.02
LONGEST_NOTE = 200


class SqliteFile:
    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def shown(self) -> str:
        return str(self._path)

    def holder(self) -> str:
        try:
            file = os.open(self._lock, os.O_RDWR)
        except FileNotFoundError:
            return ""
        try:
            return "" if try_lock(file) else os.read(file, LONGEST_NOTE).decode("utf-8", "replace") or "?"
        finally:
            os.close(file)

    def connect(self, *, make: bool) -> SqliteSession:
        if make:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        elif not self._path.exists():
            return SqliteSession(":memory:", self._lock)
        return SqliteSession(str(self._path), self._lock)

    def dump(self, path: Path) -> None:
        """A copy by SQLite's online backup, which writers do not disturb."""
        os.close(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        path.chmod(0o600)
        session = self.connect(make=False)
        try:
            with closing(sqlite3.connect(path)) as copy:
                session.connection.backup(copy)
        except sqlite3.Error as error:
            raise SqlError(str(error)) from error
        finally:
            session.close()

    def restore_proof(self, path: Path) -> Proof:
        began = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="rollbook-proof-") as folder:
                target = sqlite3.connect(Path(folder) / "restored.db")
                with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source, closing(target):
                    source.backup(target)
                    said = "; ".join(str(row[0]) for row in target.execute("PRAGMA integrity_check"))
                    if said != "ok":
                        raise SqlError(said)
                    return Proof(_counts(target), time.monotonic() - began)
        except sqlite3.Error as error:
            raise SqlError(str(error)) from error

    @property
    def _lock(self) -> Path:
        return self._path.with_name(f"{self._path.name}.migrating")


class SqliteSession:
    placeholder = "?"

    def __init__(self, database: str, lock: Path) -> None:
        self._lock_path = lock
        self._lock: int | None = None
        try:
            self.connection = sqlite3.connect(database, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise SqlError(str(error), lost=True) from error

    def turn(self) -> None:
        """Poll for the kernel's lock, which ends with its holder, however that ends (F9)."""
        self._lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        give_up = time.monotonic() + TURN_LIMIT_S
        while not try_lock(self._lock):
            if time.monotonic() > give_up:
                raise SqlError(f"another migration holds {self._lock_path}")
            time.sleep(POLL_S)
        since = datetime.now(UTC).isoformat(timespec="seconds")
        os.truncate(self._lock, 0)
        os.pwrite(self._lock, f"process {os.getpid()} on {socket.gethostname()}, since {since}".encode(), 0)

    def query(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self.connection.execute(statement, tuple(values)).fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise SqlError(str(error)) from error

    def has_table(self, name: str) -> bool:
        return bool(self.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND lower(name) = lower(?)", (name,)))

    def has_column(self, table: str, column: str) -> bool:
        return bool(self.query("SELECT 1 FROM pragma_table_info(?) WHERE lower(name) = lower(?)", (table, column)))

    def begin(self) -> None:
        self.query("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self.query("COMMIT")

    def rollback(self) -> None:
        """Some errors have rolled back already."""
        if self.connection.in_transaction:
            self.query("ROLLBACK")

    def close(self) -> None:
        self.connection.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def interrupt(self) -> None:
        self.connection.interrupt()


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    return {str(name): int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for (name,) in found}
