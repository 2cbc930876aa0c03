"""The simulated client: a steady flow of requests over the balancer's weights, counted per endpoint.

Counts are kept beside the world, not in it: they are history, and equal situations are to compare equal.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from rollbook.ports import Traffic
from rollbook.ports.behaviour import CRASH_AT, ERROR_SHARE, SLOW_S
from rollbook.ports.fakes.world import FakeInstance, World

Key: TypeAlias = tuple[str, str]
"""Server and generation."""
FAST_S = 0.02
"""How long a good release takes to answer."""


class Flow:
    """What was sent and answered so far. `sent` and `failed` are the client's own counts."""

    def __init__(self, requests_per_s: float) -> None:
        self.requests_per_s = requests_per_s
        self.requests: dict[Key, float] = {}
        self.errors: dict[Key, float] = {}
        self.probes: dict[Key, int] = {}
        self.drained_at: dict[Key, float] = {}
        self._lost = 0.0

    def copy(self) -> Flow:
        twin = Flow(self.requests_per_s)
        twin.requests, twin.errors = dict(self.requests), dict(self.errors)
        twin.probes, twin.drained_at, twin._lost = dict(self.probes), dict(self.drained_at), self._lost
        return twin

    @property
    def sent(self) -> int:
        return int(sum(self.requests.values()) + self._lost)

    @property
    def failed(self) -> int:
        return int(sum(self.errors.values()) + self._lost)

    def pass_by(self, seconds: float, world: World) -> World:
        """Send `seconds` of requests; returns the world after it (a crashing release may have gone)."""
        shares = shares_of(world)
        total = self.requests_per_s * max(0.0, seconds)
        if not shares:
            self._lost += total
        for key, share in shares.items():
            world = self._send(key, total * share, world)
        return world

    def probed(self, key: Key) -> int:
        """Count one probe request; returns how many requests the instance has now had."""
        self.probes[key] = self.probes.get(key, 0) + 1
        return self.probes[key] + int(self.requests.get(key, 0))

    def counted(self, key: Key, world: World, thresholds_s: tuple[float, ...]) -> Traffic:
        """The endpoint's cumulative counts, as the balancer would report them."""
        requests = int(self.requests.get(key, 0))
        seconds = SLOW_S if _behaviour(key, world) == "slow" else FAST_S
        slow = {f"{limit:g}": requests if seconds > limit else 0 for limit in thresholds_s}
        return Traffic(*key, requests, int(self.errors.get(key, 0)), slow)

    def _send(self, key: Key, requests: float, world: World) -> World:
        instance = _instance(key, world)
        before = self.requests.get(key, 0.0)
        answered = requests if instance and instance.running else 0.0
        if instance and instance.running and instance.behaviour == "crash":
            answered = min(requests, max(0.0, CRASH_AT - before - self.probes.get(key, 0)))
        failed = requests - answered
        if instance and instance.behaviour == "errors":
            failed += answered * ERROR_SHARE
        self.requests[key] = before + requests
        self.errors[key] = self.errors.get(key, 0.0) + failed
        crashed = instance is not None and answered < requests and instance.running
        return stopped(world, key) if crashed else world


def shares_of(world: World) -> dict[Key, float]:
    """Each endpoint's share of new requests, from the weights of those in rotation."""
    weights = {(s.name, e.generation): e.weight for s in world.servers for e in s.pool if e.state == "in" and e.weight}
    total = sum(weights.values())
    return {key: weight / total for key, weight in weights.items()}


def stopped(world: World, key: Key) -> World:
    """The world in which this instance no longer runs."""
    server = world.server(key[0])
    instance = server.instance(key[1]) if server else None
    if server is None or instance is None:
        return world
    return world.with_server(server.with_instance(msgspec.structs.replace(instance, running=False)))


def _instance(key: Key, world: World) -> FakeInstance | None:
    server = world.server(key[0])
    return server.instance(key[1]) if server else None


def _behaviour(key: Key, world: World) -> str:
    instance = _instance(key, world)
    return instance.behaviour if instance else ""
