"""The embedded site: servers, balancer, registry and a client on this machine, from nothing but the package.

Its processes outlive the command that started them; `down` ends exactly them, and so does the end of its directory.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from rollbook.adapters.embedded import processes
from rollbook.adapters.embedded.clock import SystemClock
from rollbook.adapters.embedded.envoy import EnvoyBalancer
from rollbook.adapters.embedded.envoy_files import Pool, PoolEntry, endpoint_file, pool_of
from rollbook.adapters.embedded.envoy_process import envoy_binary, start_envoy
from rollbook.adapters.embedded.files import locked, read_json, write_json
from rollbook.adapters.embedded.generator import seconds_in
from rollbook.adapters.embedded.host import APPLICATION, ProcessHost
from rollbook.adapters.embedded.layout import Layout
from rollbook.adapters.embedded.oci import ImageLayout
from rollbook.adapters.embedded.people import Outbox, RecordFile
from rollbook.adapters.embedded.registry import LayoutRegistry
from rollbook.adapters.project import ProjectDirectory
from rollbook.ports import Endpoint, HostState
from rollbook.values import Image, Server

BASELINE = "baseline"
BASELINE_VERSION = "v1.0.0"
PROJECT = Path(__file__).with_name("project")
END_GRACE_S = 5.0


class EmbeddedPorts(msgspec.Struct, frozen=True):
    """The ports of one run; its reports are written from its journal, so the wiring adds them."""

    host: ProcessHost
    balancer: EnvoyBalancer
    registry: LayoutRegistry
    project: ProjectDirectory
    notifier: Outbox
    records: RecordFile
    clock: SystemClock


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

    async def start(self, servers: Sequence[str]) -> None:
        """`up` for callers with a running event loop."""
        envoy_binary()
        with locked(self.layout.lock):
            self.touch()
            self._bring_project()
            was_up = processes.runs(self.layout.envoy)
            if not was_up:
                await self._revive()
            await self._add([name for name in servers if not self._made(name).exists()])
            self._start_load()

    async def end(self) -> None:
        """`down` for callers with a running event loop."""
        with locked(self.layout.lock):
            await asyncio.gather(*(processes.end(home, END_GRACE_S) for home in self._homes()))
            if self.layout.home.exists():
                shutil.rmtree(self.layout.last, ignore_errors=True)
                self.layout.home.rename(self.layout.last)

    async def look(self) -> SiteStatus:
        """`status` for callers with a running event loop."""
        if not processes.runs(self.layout.envoy):
            return SiteStatus(False, "", (), False, self.client())
        ports = self.ports()
        pool = await ports.balancer.pool()
        names = [read_json(made) for made in sorted(self.layout.home.glob("servers/*/made.json"))]
        states = await asyncio.gather(*(ports.host.inspect(Server(name)) for name in names))
        servers = tuple(_status(state, pool) for state in states)
        return SiteStatus(True, self.address(), servers, processes.runs(self.layout.generator), self.client())

    # -- what runs use

    def ports(self, run: str = "", project: Path | None = None) -> EmbeddedPorts:
        """The adapters. They keep nothing but positions in logs: make new ones at will, in any process. Naming a run
        says that somebody works on the site (see `touch`). `project` None: the site's own example project."""
        if run:
            self.touch()
        host = ProcessHost(self.layout)
        return EmbeddedPorts(
            host,
            EnvoyBalancer(self.layout, host.port_of),
            LayoutRegistry(self.layout),
            ProjectDirectory(project or self.layout.project, self.layout.scratch(run)),
            Outbox(self.layout),
            RecordFile(self.layout),
            SystemClock(),
        )

    def client(self, since: float = 0.0, until: float = float("inf")) -> dict[str, int]:
        """What the load generator sent and was not answered well, between two times (Unix epoch, seconds)."""
        seconds = self.seconds(since, until)
        return {name: int(sum(s[name] for s in seconds)) for name in ("sent", "failed")}

    def seconds(self, since: float = 0.0, until: float = float("inf")) -> tuple[dict[str, float], ...]:
        """The client's record, a line a second: at, sent, failed, p50 and p95 of the answer time in seconds."""
        file = self.layout.generator / "seconds.jsonl"
        return tuple(s for s in seconds_in(file) if since <= s["at"] <= until)

    def touch(self) -> None:
        """Somebody works on the site: the load goes on for another half hour, and is started if it had stopped."""
        self.layout.home.mkdir(parents=True, exist_ok=True)
        self.layout.used.touch()
        if processes.runs(self.layout.envoy):
            self._start_load()

    def address(self) -> str:
        """Where Envoy takes requests, as host:port; "" while the site is down."""
        address = self.layout.envoy / "address"
        return address.read_text() if address.exists() and processes.runs(self.layout.envoy) else ""

    def spawn_worker(self, name: str, argv: Sequence[str], environment: dict[str, str] | None = None) -> bool:
        """Start a worker that outlives this command and ends with the site. False: one of this name runs already."""
        return processes.spawn(self.layout.workers / name, argv, environment={**os.environ, **(environment or {})})

    # -- starting the parts

    async def _add(self, names: Sequence[str]) -> None:
        """New servers: the baseline release, started, and then all of them joined to the pool at once."""
        digest = self._publish_baseline() if names else ""
        made = await asyncio.gather(*(self._make(name, digest) for name in names))
        pool = self._pool()
        for entry in made:
            pool = pool.having(entry)
        if not processes.runs(self.layout.envoy):
            write_json(self.layout.endpoints, endpoint_file(pool))
            await start_envoy(self.layout)
        else:
            balancer = self.ports().balancer
            for entry in made:
                await balancer.join(Server(entry.server), entry.generation, entry.weight)
        for name in names:
            write_json(self._made(name), name)

    async def _make(self, name: str, digest: str) -> PoolEntry:
        host, server, image = ProcessHost(self.layout), Server(name), Image(BASELINE_VERSION, digest)
        self.layout.server(name).mkdir(parents=True, exist_ok=True)
        await host.pull(server, image)
        await host.configure(server, BASELINE, {"release": BASELINE_VERSION, "environment": BASELINE})
        await host.start(server, BASELINE, image)
        return PoolEntry(name, BASELINE, 1.0, "in", host.port_of(name, BASELINE) or 0)

    async def _revive(self) -> None:
        """Envoy does not run: the machine was restarted, say. What the pool names is started again, on new ports."""
        host, pool = ProcessHost(self.layout), self._pool()
        for entry in pool.entries:
            home = self.layout.instance(entry.server, entry.generation)
            release = read_json(home / "release.json")
            await host.start(Server(entry.server), entry.generation, Image(release["tag"], release["digest"]))
            port = host.port_of(entry.server, entry.generation) or 0
            pool = pool.having(msgspec.structs.replace(entry, port=port))
        if pool.entries:
            write_json(self.layout.endpoints, endpoint_file(pool))

    def _publish_baseline(self) -> str:
        registry = ImageLayout(self.layout.registry)
        files = {"application.py": APPLICATION.read_bytes()}
        digest = registry.build(files, {"version": BASELINE_VERSION})
        registry.tag(BASELINE_VERSION, digest)
        return digest

    def _start_load(self) -> None:
        home, layout = self.layout.generator, self.layout
        module = (sys.executable, "-m", "rollbook.adapters.embedded.generator")
        processes.spawn(home, (*module, str(home), str(layout.used), str(layout.envoy / "address")))

    def _bring_project(self) -> None:
        """Copy the example project once; what the user changes in it stays."""
        if PROJECT.is_dir() and not self.layout.project.exists():
            fresh = self.layout.project.with_name(".project.fresh")
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(PROJECT, fresh, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
            fresh.rename(self.layout.project)

    def _pool(self) -> Pool:
        file = read_json(self.layout.endpoints)
        return pool_of(file) if file is not None else Pool()

    def _made(self, name: str) -> Path:
        """Exists once a server was made whole; a half-made one is made again."""
        return self.layout.server(name) / "made.json"

    def _homes(self) -> Iterable[Path]:
        layout = self.layout
        return (
            layout.generator,
            *layout.home.glob("workers/*"),
            layout.envoy,
            *layout.home.glob("servers/*/instances/*"),
        )


def _status(state: HostState, pool: Iterable[Endpoint]) -> ServerStatus:
    endpoints = tuple(e for e in pool if e.server == state.server)
    serving = next((state.instance(e.generation) for e in endpoints if e.state == "in"), None)
    return ServerStatus(state.server, serving.image.tag if serving else "", state, endpoints)
