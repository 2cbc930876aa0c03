"""The load balancer of the embedded site: a real Envoy that reads its endpoints from a file.

An act changes the file by rename and returns when Envoy's worker provably obeys it, so that "drained" is true of the
next request and not of the next second.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from rollbook.adapters.embedded.access_log import AccessLog
from rollbook.adapters.embedded.envoy_files import FENCE_PATH, Pool, PoolEntry, endpoint_file, pool_of
from rollbook.adapters.embedded.exchange import Answer, get
from rollbook.adapters.embedded.files import locked_soon, read_json, write_json
from rollbook.adapters.embedded.generator import port_in
from rollbook.adapters.embedded.layout import Layout
from rollbook.ports import Endpoint, Traffic
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Json, Server, Words

SETTLE_LIMIT_S = 10.0
ADMIN_LIMIT_S = 5.0
POLL_S = 0.005
PortOf: TypeAlias = Callable[[str, str], int | None]
"""Where the instance (server, generation) listens; None while it does not run."""
Change: TypeAlias = Callable[[Pool], Pool]


class EnvoyBalancer:
    def __init__(self, layout: Layout, port_of: PortOf) -> None:
        self._layout = layout
        self._port_of = port_of
        self._log = AccessLog(layout.access_log)

    async def pool(self) -> tuple[Endpoint, ...]:
        entries = self._read().entries
        active = await self._active_by_port()
        return tuple(Endpoint(e.server, e.generation, e.weight, e.state, active.get(e.port, 0)) for e in entries)

    async def drain(self, server: Server, generation: str) -> None:
        def draining(pool: Pool) -> Pool:
            entry = pool.entry(server.name, generation)
            return pool.having(msgspec.structs.replace(entry, state="draining")) if entry else pool

        await self._change(draining)

    async def active(self, server: Server, generation: str) -> int:
        entry = self._read().entry(server.name, generation)
        return (await self._active_by_port()).get(entry.port, 0) if entry else 0

    async def remove(self, server: Server, generation: str) -> None:
        await self._change(lambda pool: pool.without(server.name, generation))

    async def join(self, server: Server, generation: str, weight: float) -> None:
        port = self._port_of(server.name, generation)
        if port is None:
            raise StepFailed(_not_running(server.name, generation))
        entry = PoolEntry(server.name, generation, weight, "in", port)
        await self._change(lambda pool: pool.having(entry))

    async def set_weights(self, weights: Mapping[tuple[str, str], float]) -> None:
        def weighed(pool: Pool) -> Pool:
            for (server, generation), weight in weights.items():
                entry = pool.entry(server, generation)
                if entry is None:
                    raise StepFailed(_not_in_pool(server, generation))
                pool = pool.having(msgspec.structs.replace(entry, weight=weight))
            return pool

        await self._change(weighed)

    async def traffic(self, thresholds_s: Sequence[float] = ()) -> tuple[Traffic, ...]:
        self._layout.used.touch()
        counts = self._log.counts(thresholds_s)
        return tuple(counts.get(e.key, Traffic(e.server, e.generation, 0, 0)) for e in self._read().entries)

    # -- changing the file, and knowing that Envoy obeys it

    async def _change(self, change: Change) -> None:
        async with locked_soon(self._layout.envoy / "pool.lock"):
            before = self._read()
            after = change(before)
            if after.entries != before.entries:
                after = msgspec.structs.replace(after, version=before.version + 1)
                write_json(self._layout.endpoints, endpoint_file(after))
        await self._settled(after.version)

    async def _settled(self, version: int) -> None:
        """Wait until the main thread has taken up the file and the worker has seen it."""
        give_up = time.monotonic() + SETTLE_LIMIT_S
        while (known := await self._version()) < version:
            if time.monotonic() > give_up:
                raise Unreachable(
                    Words(f"Envoy stays at pool {known}, not {version}", f"Envoy 未采用端点版本 {version}")
                )
            await asyncio.sleep(POLL_S)
        fence = await get(port_in(self._layout.envoy / "address"), FENCE_PATH, ADMIN_LIMIT_S)
        _answered(fence)

    async def _version(self) -> int:
        page = await self._admin("/stats?filter=version_text&type=TextReadouts")
        found = re.search(rb'version_text: "(\d+)"', page.body)
        return int(found[1]) if found else -1

    async def _active_by_port(self) -> dict[int, int]:
        page: Json = (await self._admin("/clusters?format=json")).json()
        hosts = page["cluster_statuses"][0].get("host_statuses", [])
        return {h["address"]["socket_address"]["port_value"]: _stat(h, "rq_active") for h in hosts}

    async def _admin(self, path: str) -> Answer:
        return _answered(await get(port_in(self._layout.envoy / "admin"), path, ADMIN_LIMIT_S))

    def _read(self) -> Pool:
        file = read_json(self._layout.endpoints)
        return pool_of(file) if file is not None else Pool()


def _answered(answer: Answer) -> Answer:
    if answer.status != 200:
        raise Unreachable(Words(f"Envoy does not answer: {answer.error}", f"Envoy 没有响应：{answer.error}"))
    return answer


def _stat(host: Json, name: str) -> int:
    return next((int(s.get("value", 0)) for s in host["stats"] if s["name"] == name), 0)


def _not_running(server: str, generation: str) -> Words:
    return Words(
        f"{server}: {generation} does not run, so it cannot join the pool",
        f"{server}：{generation} 未运行，不能加入负载均衡池",
    )


def _not_in_pool(server: str, generation: str) -> Words:
    return Words(f"{server}: {generation} is not in the pool", f"{server}：{generation} 不在负载均衡池中")
