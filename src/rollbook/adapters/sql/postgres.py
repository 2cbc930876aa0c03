"""PostgreSQL servers. The turn is a session's advisory lock, which the server drops with the connection (F9)."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import conninfo, sql

from rollbook.adapters.sql.session import SqlError, quoted
from rollbook.ports.database import Proof

TURN: int = 0x726F6C6C626F6F6B
"""Key of the advisory lock: "rollbook" in ASCII."""
TURN_LIMIT = "60s"
"""For the turn, and for every lock on a table: a migration that waits for one lets everybody wait behind it."""
SETTINGS = (f"SET lock_timeout = '{TURN_LIMIT}'", "SET client_connection_check_interval = '1s'")
"""The second: a statement whose client died ends, and with it its transaction and its turn."""
CONNECT_LIMIT_S = 10
KEPT = 20
HOLDER = """
    SELECT concat_ws(', ', nullif(a.application_name, ''), 'backend ' || a.pid, a.usename, a.client_addr::text,
                     'since ' || date_trunc('second', a.query_start))
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = %s AND l.objid = %s
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2"""


class PostgresServer:
    """One database, by a libpq connection string or URL. What is secret in it reaches other programs through their
    environment only, never through arguments (M5)."""

    def __init__(self, url: str, patience_s: int = CONNECT_LIMIT_S) -> None:
        self._patience_s = patience_s
        try:
            self._parts = {k: str(v) for k, v in conninfo.conninfo_to_dict(url).items() if v is not None}
        except psycopg.Error as error:
            raise SqlError("the database's URL cannot be read", lost=True) from error.with_traceback(None)

    @property
    def shown(self) -> str:
        return f"{self._parts.get('dbname', '')}@{self._parts.get('host', 'localhost')}"

    def holder(self) -> str:
        session = PostgresSession(self._connection())
        try:
            held = session.query(HOLDER, (TURN >> 32, TURN & 0xFFFFFFFF))
        finally:
            session.close()
        return str(held[0][0]) if held else ""

    def connect(self, *, make: bool) -> PostgresSession:  # noqa: ARG002 - databases of servers are made by people
        return PostgresSession(self._connection())

    def dump(self, path: Path) -> None:
        """By `pg_dump`, in its own format, of one snapshot."""
        os.close(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        path.chmod(0o600)
        self._run(["pg_dump", "--format=custom", "--no-password", f"--file={path}"], self._parts)

    def restore_proof(self, path: Path) -> Proof:
        began = time.monotonic()
        with self._made() as name:
            parts = {**self._parts, "dbname": name}
            self._run(["pg_restore", "--exit-on-error", "--no-password", "--no-owner", "--no-acl",
                       f"--dbname={name}", str(path)], parts)  # fmt: skip
            session = PostgresSession(self._connection(name))
            try:
                return Proof(_counts(session), time.monotonic() - began)
            finally:
                session.close()

    @contextmanager
    def _made(self) -> Iterator[str]:
        """A database of its own, dropped in the end."""
        name = f"rollbook_proof_{secrets.token_hex(6)}"
        session = PostgresSession(self._connection())
        try:
            session.query(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            try:
                yield name
            finally:
                session.query(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        finally:
            session.close()

    def _connection(self, name: str = "") -> psycopg.Connection[tuple[Any, ...]]:
        parts = {**self._parts, "connect_timeout": str(self._patience_s), "application_name": "rollbook"}
        try:
            return psycopg.connect(**({**parts, "dbname": name} if name else parts), autocommit=True)  # type: ignore[arg-type]
        except psycopg.Error as error:
            raise SqlError(_said(error), lost=True) from error

    def _run(self, argv: Sequence[str], parts: dict[str, str]) -> None:
        named = {key: value for key, value in parts.items() if key in VARIABLES}
        environment = {**os.environ, **{VARIABLES[key]: value for key, value in named.items()}}
        try:
            ended = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise SqlError(f"{argv[0]} is not installed here (Debian: postgresql-client)") from error
        if ended.returncode:
            raise SqlError("\n".join(ended.stderr.splitlines()[-KEPT:]) or f"{argv[0]}: {ended.returncode}")


VARIABLES = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
    "password": "PGPASSWORD", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY", "service": "PGSERVICE", "passfile": "PGPASSFILE", "options": "PGOPTIONS",
}  # fmt: skip
"""libpq's parameter → its environment variable."""


class PostgresSession:
    placeholder = "%s"

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection
        self._has_turn = False

    def turn(self) -> None:
        for setting in SETTINGS:
            self.query(setting)
        try:
            self._connection.execute("SELECT pg_advisory_lock(%s)", (TURN,))
            self._has_turn = True
        except psycopg.errors.LockNotAvailable as error:
            raise SqlError(f"another migration holds the lock of {self._connection.info.dbname}") from error
        except psycopg.Error as error:
            raise self._error(error) from error

    def query(self, statement: str | sql.Composed, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            cursor = self._connection.execute(statement, tuple(values) or None)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            raise self._error(error) from error

    def has_table(self, name: str) -> bool:
        return bool(self.query("SELECT 1 WHERE to_regclass(%s) IS NOT NULL", (quoted(name),)))

    def has_column(self, table: str, column: str) -> bool:
        found = "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = %s AND NOT attisdropped"
        return bool(self.query(found, (quoted(table), column)))

    def begin(self) -> None:
        self.query("BEGIN")

    def commit(self) -> None:
        self.query("COMMIT")

    def rollback(self) -> None:
        self.query("ROLLBACK")

    def close(self) -> None:
        """Give the turn back first: the server notices the end of a connection a moment later."""
        if self._has_turn and not self._connection.closed:
            with suppress(psycopg.Error):
                self._connection.execute("ROLLBACK")
                self._connection.execute("SELECT pg_advisory_unlock(%s)", (TURN,))
        self._connection.close()

    def interrupt(self) -> None:
        self._connection.cancel()

    def _error(self, error: psycopg.Error) -> SqlError:
        return SqlError(_said(error), lost=self._connection.broken or self._connection.closed)


def _said(error: psycopg.Error) -> str:
    diag = error.diag
    lines = [diag.message_primary or str(error).strip()]
    lines += [
        f"{name}: {said}" for name, said in (("DETAIL", diag.message_detail), ("HINT", diag.message_hint)) if said
    ]
    return "\n".join(lines)


def _counts(session: PostgresSession) -> dict[str, int]:
    counts = {}
    for schema, name in session.query(TABLES):
        table = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, name))
        counts[name if schema == "public" else f"{schema}.{name}"] = int(session.query(table)[0][0])
    return counts
