"""The secrets port: values by name. Only adapters reveal them (M5)."""

from __future__ import annotations

from typing import Final, Protocol

from rollbook.values import Secret

REFERENCE: Final = "secret:"
"""Before the name of a secret, wherever its value would stand in plans and configurations."""


class Secrets(Protocol):
    async def get(self, name: str) -> Secret:
        """Raises StepFailed, naming where it was looked for, when there is no such secret; Unreachable when the
        provider does not answer."""
        ...


def referred(value: str) -> str:
    """The name of the secret that `value` refers to; "" for a plain value."""
    return value.removeprefix(REFERENCE) if value.startswith(REFERENCE) else ""
