"""From a database's URL to its dialect, and a look that waits for nothing: `plan` has no event loop."""

from __future__ import annotations

from pathlib import Path

from rollbook.adapters.sql import history
from rollbook.adapters.sql.session import Dialect, SqlError
from rollbook.ports.database import Applied
from rollbook.problems import StepFailed
from rollbook.values import Words

PEEK_S = 3
"""What a look ahead of a run may wait for a server."""


def dialect_of(url: str, directory: Path, patience_s: int = 10) -> Dialect:
    """`sqlite:///PATH` (relative ones start at `directory`), `postgresql://…` and SQLAlchemy's spellings of it. Raises
    StepFailed for anything else; the URL itself is never said, for it may hold a password (M5)."""
    scheme, _, rest = url.partition("://")
    kind = scheme.partition("+")[0].lower()
    if kind == "sqlite" and rest.startswith("/"):
        from rollbook.adapters.sql.sqlite import SqliteFile

        return SqliteFile(directory / rest[1:])
    if kind in ("postgresql", "postgres"):
        from rollbook.adapters.sql.postgres import PostgresServer

        try:
            return PostgresServer(f"postgresql://{rest}", patience_s)
        except SqlError as error:
            raise StepFailed(UNREADABLE, (), NO_DRIVER_HINT) from error
    raise StepFailed(NO_DRIVER.format(kind=kind if "://" in url else "?"), (), NO_DRIVER_HINT)


def peek(url: str, directory: Path) -> tuple[Applied, ...] | None:
    """What is applied now; None where nobody can say: the run finds out."""
    try:
        session = dialect_of(url, directory, PEEK_S).connect(make=False)
        try:
            return history.applied(session)
        finally:
            session.close()
    except (StepFailed, SqlError):
        return None


UNREADABLE = Words("the database's URL cannot be read", "无法读取数据库的 URL")
NO_DRIVER = Words("no adapter for databases of kind {kind}", "没有 {kind} 类数据库的适配器")
NO_DRIVER_HINT = Words(
    "write sqlite:///PATH or postgresql://HOST/NAME", "请写 sqlite:///路径 或 postgresql://主机/库名"
)
