"""The secrets port: values by name. Only adapters reveal them (M5)."""

from __future__ import annotations

from typing import Final, Protocol

from rollbook.problems import StepFailed
from rollbook.values import Secret

REFERENCE: Final = "secret:"
"""Before the name of a secret, wherever its value would stand in plans and configurations."""


class NoSecret(StepFailed):
    """There is no such secret; `hint` is the place that was looked into, so that another may be tried."""


class Secrets(Protocol):
    async def get(self, name: str) -> Secret:
        """Raises NoSecret, naming where it was looked for, when there is no such secret; StepFailed when the provider
        refuses, Unreachable when it does not answer."""
        ...


class KnownSecrets(Secrets, Protocol):
    """Secrets that are taken out of whatever is said, from the moment on in which they are learnt."""

    async def learn(self) -> None:
        """Know every secret that the run may meet; raises nothing."""
        ...


class Provider(Secrets, Protocol):
    """One place where secrets may be."""

    def named(self, name: str) -> str:
        """What people call the place where the secret is or would be: a path, an address, a variable."""
        ...

    def has(self, name: str) -> bool | None:
        """Whether the secret is there, its value not kept; None where this cannot be told without reading it. Raises
        as `get` does, but for NoSecret."""
        ...


def referred(value: str) -> str:
    """The name of the secret that `value` refers to; "" for a plain value."""
    return value.removeprefix(REFERENCE) if value.startswith(REFERENCE) else ""
