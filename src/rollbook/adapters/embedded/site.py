"""The embedded site: servers, balancer, registry and a client on this machine, from nothing but the package.

Its processes outlive the command that started them; `down` ends exactly them, and so does the end of its directory.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from rollbook.adapters.embedded import processes
from rollbook.adapters.embedded.clock import SystemClock
from rollbook.adapters.embedded.cluster import EmbeddedCluster
from rollbook.adapters.embedded.envoy import EnvoyBalancer
from rollbook.adapters.embedded.envoy_process import envoy_binary
from rollbook.adapters.embedded.files import locked, read_json, write_json, write_whole
from rollbook.adapters.embedded.fleet import BASELINE, Fleet
from rollbook.adapters.embedded.generator import seconds_in
from rollbook.adapters.embedded.host import ProcessHost
from rollbook.adapters.embedded.layout import Layout
from rollbook.adapters.embedded.people import Outbox, RecordFile
from rollbook.adapters.embedded.registry import LayoutRegistry
from rollbook.adapters.project import ProjectDirectory
from rollbook.model.words import environment_identity
from rollbook.ports import Endpoint, HostState, Secrets
from rollbook.ports.cluster import Workload
from rollbook.values import Server


class EmbeddedPorts(msgspec.Struct, frozen=True):
    """The ports of one run; its reports are written from its journal, so the wiring adds them."""

    host: ProcessHost
    balancer: EnvoyBalancer
    registry: LayoutRegistry
    project: ProjectDirectory
    notifier: Outbox
    records: RecordFile
    clock: SystemClock
    cluster: EmbeddedCluster


class ServerStatus(msgspec.Struct, frozen=True):
    """`release` is the tag of the release in rotation, "" when none is."""

    name: str
    release: str
    state: HostState
    endpoints: tuple[Endpoint, ...]


class SiteStatus(msgspec.Struct, frozen=True):
    """`address` is where Envoy takes requests, "" while the site is down."""

    up: bool
    address: str
    servers: tuple[ServerStatus, ...]
    load: bool
    """Whether the load generator runs."""
    client: dict[str, int]


class EmbeddedSite:
    """`root` is the working directory; the site lives in `.rollbook/site` below it."""

    def __init__(self, root: Path) -> None:
        self.layout = Layout(root.resolve())

    # -- its life

    def up(self, servers: Sequence[str]) -> None:
        """Start what is missing. Raises Refused without Envoy, StepFailed with the last lines of what did not start."""
        asyncio.run(self.start(servers))

    def down(self) -> None:
        """End every process of the site. What it ran is forgotten; images, messages and records stay."""
        asyncio.run(self.end())

    def status(self) -> SiteStatus:
        """What there is now."""
        return asyncio.run(self.look())

    def bring_project(self) -> None:
        """What a plan without servers needs of the site: a directory for its commands, and no process."""
        with locked(self.layout.lock):
            Fleet(self.layout).bring_project()

    async def start(self, servers: Sequence[str]) -> None:
        """`up` for callers with a running event loop."""
        envoy_binary()
        with locked(self.layout.lock):
            self.touch()
            if not self.layout.born.exists():
                write_json(self.layout.born, time.time())
                write_whole(self.layout.ignored, b"*\n")
            fleet = Fleet(self.layout)
            fleet.bring_project()
            if not processes.runs(self.layout.envoy):
                await fleet.revive()
            await fleet.add([name for name in servers if name not in fleet.servers()])
            fleet.start_load()

    async def end(self) -> None:
        """`down` for callers with a running event loop."""
        with locked(self.layout.lock):
            await Fleet(self.layout).end()
            if self.layout.home.exists():
                shutil.rmtree(self.layout.last, ignore_errors=True)
                self.layout.home.rename(self.layout.last)

    async def look(self) -> SiteStatus:
        """`status` for callers with a running event loop."""
        if not processes.runs(self.layout.envoy):
            return SiteStatus(False, "", (), False, self.client())
        ports = self.ports()
        pool = await ports.balancer.pool()
        states = await asyncio.gather(*(ports.host.inspect(Server(name)) for name in self.servers()))
        servers = tuple(_status(state, pool) for state in states)
        return SiteStatus(True, self.address(), servers, processes.runs(self.layout.generator), self.client())

    def running(self, status: SiteStatus, identity: str) -> tuple[ServerStatus, ...]:
        """The servers on which an environment's release runs, or none was ever released. `identity`: the environment's
        (M1)."""
        return tuple(s for s in status.servers if _environment_of(s) in (identity, environment_identity(BASELINE)))

    async def mirror(
        self, workload: Workload, servers: Sequence[ServerStatus], resize: bool = False
    ) -> EmbeddedCluster:
        """The cluster whose nodes are these servers, its Deployment telling what most of them run; with `resize` also
        how many they are."""
        cluster = EmbeddedCluster(self.layout, lambda: [s.name for s in servers], ProcessHost(self.layout))
        releases = [s.release for s in servers if s.release]
        if releases:
            await cluster.mirror(workload, max(releases, key=releases.count), len(servers), resize)
        return cluster

    # -- what runs use

    def ports(self, run: str = "", project: Path | None = None, secrets: Secrets | None = None) -> EmbeddedPorts:
        """The adapters. They keep nothing but positions in logs: make new ones at will, in any process. Naming a run
        says that somebody works on the site (see `touch`). `project` None: the site's own example project."""
        if run:
            self.touch()
        host = ProcessHost(self.layout, secrets)
        return EmbeddedPorts(
            host,
            EnvoyBalancer(self.layout, host.port_of),
            LayoutRegistry(self.layout),
            ProjectDirectory(project or self.layout.project, self.layout.scratch(run)),
            Outbox(self.layout),
            RecordFile(self.layout),
            SystemClock(),
            EmbeddedCluster(self.layout, self.servers, host),
        )

    def client(self, since: float = 0.0, until: float = float("inf")) -> dict[str, int]:
        """What the load generator sent and was not answered well, between two times (Unix epoch, seconds); from when
        the site came up, if `since` is not given."""
        seconds = self.seconds(since or read_json(self.layout.born) or 0.0, until)
        return {name: int(sum(s[name] for s in seconds)) for name in ("sent", "failed")}

    def seconds(self, since: float = 0.0, until: float = float("inf")) -> tuple[dict[str, float], ...]:
        """The client's record, a line a second: at, sent, failed, p50 and p95 of the answer time in seconds."""
        return seconds_in(self.layout.client, since, until)

    def touch(self) -> None:
        """Somebody works on the site: the load goes on for another half hour, and is started if it had stopped."""
        self.layout.home.mkdir(parents=True, exist_ok=True)
        self.layout.used.touch()
        if processes.runs(self.layout.envoy):
            Fleet(self.layout).start_load()

    def servers(self) -> tuple[str, ...]:
        """The servers that were made, whether or not they run."""
        return Fleet(self.layout).servers()

    def address(self) -> str:
        """Where Envoy takes requests, as host:port; "" while the site is down."""
        address = self.layout.envoy / "address"
        return address.read_text() if address.exists() and processes.runs(self.layout.envoy) else ""

    def spawn_worker(self, name: str, argv: Sequence[str], environment: dict[str, str] | None = None) -> bool:
        """Start a worker that outlives this command and ends with the site. False: one of this name runs already."""
        return processes.spawn(self.layout.workers / name, argv, environment={**os.environ, **(environment or {})})


def _environment_of(server: ServerStatus) -> str:
    """Identity of the environment whose release the server serves, else has active."""
    serving = next((e.generation for e in server.endpoints if e.state == "in"), server.state.current)
    instance = server.state.instance(serving)
    return environment_identity(instance.configuration.get("environment", BASELINE) if instance else BASELINE)


def _status(state: HostState, pool: Iterable[Endpoint]) -> ServerStatus:
    endpoints = tuple(e for e in pool if e.server == state.server)
    serving = next((state.instance(e.generation) for e in endpoints if e.state == "in"), None)
    return ServerStatus(state.server, serving.image.tag if serving else "", state, endpoints)
