"""A simulated database: versions in the world. Every script succeeds unless a fault says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rollbook.ports.database import Applied, Holder, Part, Proof, Script
from rollbook.ports.fakes.faults import Touch
from rollbook.ports.schema import pending, reversible
from rollbook.problems import StepFailed
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.ports.fakes.site import FakeSite


class FakeDatabase:
    """`dumps` are the paths written; `held` is who holds the turn; a table has `sizes` rows.
    Half of `up` or `down` is the first script's half of it."""

    def __init__(self, site: FakeSite) -> None:
        self._site = site
        self.dumps: set[Path] = set()
        self.held: Holder | None = None
        self.sizes: dict[Part, int] = {}

    async def status(self) -> tuple[Applied, ...]:
        touch = Touch("database", "status", touches=False)
        self._site.before(touch)
        self._site.after(touch)
        return self._site.world.schema

    async def up(self, scripts: Sequence[Script], run: str) -> tuple[Applied, ...]:
        touch = Touch("database", "up")
        half = self._site.before(touch)
        todo = [Applied(s.version, s.path, s.checksum, run) for s in pending(scripts, self._site.world.schema)]
        kept = todo[: len(todo) // 2] if half else todo
        self._set((*self._site.world.schema, *kept))
        self._site.after(touch, half)
        return tuple(todo)

    async def down(self, scripts: Sequence[Script], run: str) -> tuple[str, ...]:
        touch = Touch("database", "down")
        half = self._site.before(touch)
        todo = [s.version for s in reversible(scripts, self._site.world.schema, run)]
        gone = todo[: len(todo) // 2] if half else todo
        self._set(tuple(a for a in self._site.world.schema if a.version not in gone))
        self._site.after(touch, half)
        return tuple(todo)

    async def holder(self) -> Holder | None:
        touch = Touch("database", "holder", touches=False)
        self._site.before(touch)
        self._site.after(touch)
        return self.held

    async def rows(self, parts: Sequence[Part]) -> tuple[int | None, ...]:
        touch = Touch("database", "rows", touches=False)
        self._site.before(touch)
        self._site.after(touch)
        return tuple(self.sizes.get(part) for part in parts)

    async def dump(self, path: Path) -> None:
        touch = Touch("database", "dump", touches=False)
        half = self._site.before(touch)
        if not half:
            self.dumps.add(path)
        self._site.after(touch, half)

    async def restore_proof(self, path: Path) -> Proof:
        touch = Touch("database", "restore_proof", touches=False)
        self._site.before(touch)
        if path not in self.dumps:
            raise StepFailed(Words(f"{path} is no dump", f"{path} 不是数据库备份"))
        self._site.after(touch)
        return Proof({"orders": 1}, 0.1)

    def _set(self, schema: tuple[Applied, ...]) -> None:
        self._site.world = msgspec.structs.replace(self._site.world, schema=schema)
