"""Simulated secrets: every name has one, except those that are missing."""

from __future__ import annotations

from collections.abc import Iterable

from rollbook.ports.secrets import NoSecret
from rollbook.values import Secret, Words


class FakeSecrets:
    def __init__(self, missing: Iterable[str] = ()) -> None:
        self.missing = set(missing)

    async def get(self, name: str) -> Secret:
        if name in self.missing:
            raise NoSecret(Words(f"there is no secret {name}", f"没有密钥 {name}"))
        return Secret(name, f"simulated-{name}")
