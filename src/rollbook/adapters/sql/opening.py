"""From a database's URL to what speaks to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rollbook.adapters.sql.database import SqlDatabase
from rollbook.adapters.sql.session import SqlError
from rollbook.ports.database import Applied, Holder, Part, Proof, Script
from rollbook.ports.secrets import Secrets, referred
from rollbook.problems import StepFailed
from rollbook.values import Words


class NamedDatabase:
    """The database of a URL that may be a secret (`secret:NAME`), which is asked for when the database is (M5)."""

    def __init__(self, url: str, secrets: Secrets, directory: Path) -> None:
        self._url = url
        self._secrets = secrets
        self._directory = directory

    async def status(self) -> tuple[Applied, ...]:
        return await (await self._open()).status()

    async def up(self, scripts: Sequence[Script], run: str) -> tuple[Applied, ...]:
        return await (await self._open()).up(scripts, run)

    async def down(self, scripts: Sequence[Script], run: str) -> tuple[str, ...]:
        return await (await self._open()).down(scripts, run)

    async def holder(self) -> Holder | None:
        return await (await self._open()).holder()

    async def rows(self, parts: Sequence[Part]) -> tuple[int | None, ...]:
        return await (await self._open()).rows(parts)

    async def dump(self, path: Path) -> None:
        await (await self._open()).dump(path)

    async def restore_proof(self, path: Path) -> Proof:
        return await (await self._open()).restore_proof(path)

    async def _open(self) -> SqlDatabase:
        name = referred(self._url)
        return open_database((await self._secrets.get(name)).reveal() if name else self._url, self._directory)


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
