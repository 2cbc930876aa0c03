"""The same promises asked of the shipped fakes and of the embedded site."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rollbook.adapters.embedded import EmbeddedSite, processes
from rollbook.adapters.embedded.envoy_process import envoy_binary
from rollbook.ports import Balancer, Clock, Host, Notifier, Records, Registry
from rollbook.ports.fakes import FakeSite
from rollbook.problems import Refused
from rollbook.values import Image, Server

NAMES = ("app-1", "app-2")


class Outside(NamedTuple):
    """The ports of one kind of site. `delivered` and `recorded` look behind them."""

    host: Host
    balancer: Balancer
    registry: Registry
    notifier: Notifier
    records: Records
    clock: Clock
    delivered: Any
    recorded: Any
    context: Path
    lose_balancer: Callable[[], None]
    """Make the balancer die."""

    async def publish(self, version: str) -> Image:
        """An image of this version in the registry, its tag unlike its version."""
        built = await self.registry.build(self.context, Image(f"app:{version}-production"), {"version": version})
        return await self.registry.push(built)

    async def run(self, server: Server, generation: str, version: str) -> Image:
        """The version running on the server as this generation, not in the pool."""
        image = await self.host.pull(server, await self.publish(version))
        await self.host.configure(server, generation, {"release": version})
        await self.host.start(server, generation, image)
        return image


@pytest.fixture(params=["fakes", pytest.param("embedded", marks=pytest.mark.site)])
def outside(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outside]:
    """Two servers on the baseline release, in rotation."""
    context = tmp_path / "context"
    context.mkdir()
    (context / "app.py").write_text("print('hello')\n")
    yield from (_fakes(context) if request.param == "fakes" else _embedded(tmp_path, context))


@pytest.fixture
def server() -> Server:
    return Server(NAMES[0])


def _fakes(context: Path) -> Iterator[Outside]:
    site = FakeSite.of(NAMES)
    yield Outside(
        site.host, site.balancer, site.registry, site.notifier, site.records, site.clock,
        lambda: len(site.notifier.messages), lambda: "\n".join(site.records.texts), context,
        lambda: setattr(site, "world", site.world.cutting("balancer")),
    )  # fmt: skip


def _embedded(tmp_path: Path, context: Path) -> Iterator[Outside]:
    try:
        envoy_binary()
    except Refused as missing:
        if os.environ.get("ROLLBOOK_REQUIRE_ALL") == "1":
            raise
        pytest.skip(str(missing))
    site = EmbeddedSite(tmp_path)
    try:
        site.up(NAMES)
        ports, layout = site.ports(), site.layout
        yield Outside(
            ports.host, ports.balancer, ports.registry, ports.notifier, ports.records, ports.clock,
            lambda: len(list(layout.outbox.iterdir())), layout.record.read_text, context,
            lambda: kill(layout.envoy),
        )  # fmt: skip
    finally:
        site.down()


def kill(home: Path) -> None:
    """End a process of the site as a crash would."""
    for process in processes.processes_of(home):
        os.kill(process, signal.SIGKILL)
