"""From a database's URL to what speaks to it."""

from __future__ import annotations

from pathlib import Path

from rollbook.adapters.sql.database import SqlDatabase
from rollbook.adapters.sql.session import SqlError
from rollbook.problems import StepFailed
from rollbook.values import Words


def open_database(url: str, directory: Path) -> SqlDatabase:
    """`sqlite:///PATH` (relative ones start at `directory`), `postgresql://…` and SQLAlchemy's spellings of it. Raises
    StepFailed for anything else; the URL itself is never said, for it may hold a password (M5)."""
    scheme, _, rest = url.partition("://")
    kind = scheme.partition("+")[0].lower()
    if kind == "sqlite" and rest.startswith("/"):
        from rollbook.adapters.sql.sqlite import SqliteFile

        return SqlDatabase(SqliteFile(directory / rest[1:]))
    if kind in ("postgresql", "postgres"):
        from rollbook.adapters.sql.postgres import PostgresServer

        try:
            return SqlDatabase(PostgresServer(f"postgresql://{rest}"))
        except SqlError as error:
            raise StepFailed(UNREADABLE, (), NO_DRIVER_HINT) from error
    raise StepFailed(NO_DRIVER.format(kind=kind if "://" in url else "?"), (), NO_DRIVER_HINT)


UNREADABLE = Words("the database's URL cannot be read", "无法读取数据库的 URL")
NO_DRIVER = Words("no adapter for databases of kind {kind}", "没有 {kind} 类数据库的适配器")
NO_DRIVER_HINT = Words(
    "write sqlite:///PATH or postgresql://HOST/NAME", "请写 sqlite:///路径 或 postgresql://主机/库名"
)
