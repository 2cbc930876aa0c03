"""From a database's URL to what speaks to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rollbook.adapters.sql.database import SqlDatabase
from rollbook.adapters.sql.dialects import dialect_of
from rollbook.ports.database import Applied, Holder, Part, Proof, Script
from rollbook.ports.secrets import Secrets, referred


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
    """The database of `url`, as `dialect_of` reads it. Raises StepFailed for one that it cannot read."""
    return SqlDatabase(dialect_of(url, directory))
