"""The journal's tables, the same on SQLite and PostgreSQL, and the engine that reaches them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("environment", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
)
entries = sa.Table(
    "entries",
    metadata,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
plans = sa.Table(
    "plans",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
claims = sa.Table(
    "claims",
    metadata,
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("run", sa.Text, nullable=False, index=True),
)
leases = sa.Table(
    "leases",
    metadata,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.BigInteger, nullable=False),
    sa.Column("lock", sa.Text, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
)
requests = sa.Table(
    "requests",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("environment", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("opened", sa.Double, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
)

BUSY_MS = 10_000
"""How long a writer waits for another process's transaction; each lasts milliseconds."""


def open_engine(url: str, *, durable: bool = True) -> sa.Engine:
    """An engine for a SQLAlchemy URL. SQLite files get their directory, write-ahead logging and, where `durable`,
    commits that outlive power loss; the queues need none: they are derived from the journal."""
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED")
    path = sa.make_url(url).database
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, module=newest_sqlite())
    return tuned(engine) if durable else light(engine)


def newest_sqlite() -> Any:
    """The SQLite driver: the wheel that carries a current SQLite, else the one Python was built with."""
    try:
        return import_module("pysqlite3")
    except ImportError:
        return import_module("sqlite3")


def light(engine: sa.Engine) -> sa.Engine:
    """For the queues, whose transactions are another library's: only waiting and write-ahead logging are set."""

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        for setting in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {setting}")

    return engine


def tuned(engine: sa.Engine) -> sa.Engine:
    """Transactions that take the write lock when they begin, and commits that outlive power loss.

    A plain BEGIN would read first and fail with "database is locked" when it comes to write behind another writer.
    """

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for setting in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {setting}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
