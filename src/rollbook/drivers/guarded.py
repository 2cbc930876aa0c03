"""Ports that refuse to act for a worker that no longer holds its run (M42)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec

from rollbook.ports import Ports

P = TypeVar("P")
TOUCHING = ("host", "balancer", "registry", "project", "notifier", "records", "reports", "cluster", "database")


def guarded_ports(ports: Ports, ensure: Callable[[], None]) -> Ports:
    """The same ports; each call first asks `ensure`, which raises Fenced when the run belongs to another worker."""
    there = {name: port for name in TOUCHING if (port := getattr(ports, name)) is not None}
    return msgspec.structs.replace(ports, **{name: guarded(port, ensure) for name, port in there.items()})


def guarded(port: P, ensure: Callable[[], None]) -> P:
    """One port, with `ensure` before each of its coroutine methods."""
    return cast(P, _Guarded(port, ensure))


class _Guarded:
    def __init__(self, port: object, ensure: Callable[[], None]) -> None:
        self._port = port
        self._ensure = ensure

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if not inspect.iscoroutinefunction(value):
            return value

        async def checked(*args: Any, **named: Any) -> Any:
            self._ensure()
            return await value(*args, **named)

        return checked
