"""A simulated balancer: endpoints with weights; open requests end `lingering_s` after the drain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rollbook.ports import Endpoint, Traffic
from rollbook.ports.fakes.faults import Touch
from rollbook.ports.fakes.world import FakeEntry, ServerWorld
from rollbook.problems import StepFailed
from rollbook.values import Server, Words

if TYPE_CHECKING:
    from rollbook.ports.fakes.site import FakeSite


class FakeBalancer:
    def __init__(self, site: FakeSite, lingering_s: float = 0.0) -> None:
        self._site = site
        self.lingering_s = lingering_s

    async def pool(self) -> tuple[Endpoint, ...]:
        touch = self._look("pool")
        found = tuple(
            Endpoint(there.name, e.generation, e.weight, e.state, self._open(there, e))
            for there in self._site.world.servers
            for e in there.pool
        )
        self._site.after(touch)
        return found

    async def drain(self, server: Server, generation: str) -> None:
        touch, half = self._touch("drain", server.name)
        there, entry = self._entry(server, generation)
        if there and entry and entry.state == "in" and not half:
            self._site.flow.drained_at[server.name, generation] = self._site.clock.now()
            self._put(there.with_entry(FakeEntry(generation, entry.weight, "draining")))
        self._site.after(touch, half)

    async def active(self, server: Server, generation: str) -> int:
        touch = self._look("active", server.name)
        there, entry = self._entry(server, generation)
        found = self._open(there, entry) if there and entry else 0
        self._site.after(touch)
        return found

    async def remove(self, server: Server, generation: str) -> None:
        touch, half = self._touch("remove", server.name)
        there, entry = self._entry(server, generation)
        if there and entry and not half:
            self._put(there.without_entry(generation))
        self._site.after(touch, half)

    async def join(self, server: Server, generation: str, weight: float) -> None:
        touch, half = self._touch("join", server.name)
        there = self._site.world.server(server.name)
        instance = there.instance(generation) if there else None
        if there is None or instance is None or not instance.running:
            raise StepFailed(_not_running(server.name, generation))
        self._put(there.with_entry(FakeEntry(generation, 0.0 if half else weight, "in")))
        self._site.after(touch, half)

    async def set_weights(self, weights: Mapping[tuple[str, str], float]) -> None:
        touch, half = self._touch("set_weights", "")
        for (name, generation), weight in sorted(weights.items())[: len(weights) // 2 if half else None]:
            there, entry = self._entry(Server(name), generation)
            if there is None or entry is None:
                raise StepFailed(_not_in_pool(name, generation))
            self._put(there.with_entry(FakeEntry(generation, weight, entry.state)))
        self._site.after(touch, half)

    async def traffic(self, thresholds_s: Sequence[float] = ()) -> tuple[Traffic, ...]:
        touch = self._look("traffic")
        world = self._site.world
        keys = [(there.name, e.generation) for there in world.servers for e in there.pool]
        counted = tuple(self._site.flow.counted(key, world, tuple(thresholds_s)) for key in keys)
        self._site.after(touch)
        return counted

    # -- helpers

    def _open(self, there: ServerWorld, entry: FakeEntry) -> int:
        instance = there.instance(entry.generation)
        if instance is None or not instance.running:
            return 0
        if entry.state == "in":
            return 1 if entry.weight else 0
        drained = self._site.flow.drained_at.get((there.name, entry.generation))
        return 1 if drained is not None and self._site.clock.now() < drained + self.lingering_s else 0

    def _entry(self, server: Server, generation: str) -> tuple[ServerWorld | None, FakeEntry | None]:
        there = self._site.world.server(server.name)
        return there, there.entry(generation) if there else None

    def _put(self, there: ServerWorld) -> None:
        self._site.world = self._site.world.with_server(there)

    def _touch(self, method: str, name: str) -> tuple[Touch, bool]:
        touch = Touch("balancer", method, name)
        return touch, self._site.before(touch)

    def _look(self, method: str, name: str = "") -> Touch:
        touch = Touch("balancer", method, name, touches=False)
        self._site.before(touch)
        return touch


def _not_running(name: str, generation: str) -> Words:
    return Words(
        f"{name}: {generation} does not run, so it cannot join the pool",
        f"{name}：{generation} 未运行，不能加入负载均衡池",
    )


def _not_in_pool(name: str, generation: str) -> Words:
    return Words(f"{name}: {generation} is not in the pool", f"{name}：{generation} 不在负载均衡池中")
