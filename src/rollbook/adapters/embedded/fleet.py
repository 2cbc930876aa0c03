"""Starting the parts of the embedded site: servers on a baseline release, Envoy in front, the load."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from rollbook.adapters.embedded import processes
from rollbook.adapters.embedded.envoy import EnvoyBalancer
from rollbook.adapters.embedded.envoy_files import Pool, PoolEntry, endpoint_file, pool_of
from rollbook.adapters.embedded.envoy_process import start_envoy
from rollbook.adapters.embedded.files import read_json, write_json
from rollbook.adapters.embedded.host import APPLICATION, ProcessHost
from rollbook.adapters.embedded.layout import Layout
from rollbook.adapters.embedded.oci import ImageLayout
from rollbook.values import Image, Server

BASELINE = "baseline"
"""Generation of what a new server runs."""
BASELINE_VERSION = "v1.0.0"
END_GRACE_S = 5.0
PROJECT = Path(__file__).with_name("project")


class Fleet:
    """What runs on the site. Every act may be repeated after an engine died in the middle of it."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._host = ProcessHost(layout)

    async def add(self, names: Sequence[str]) -> None:
        """New servers: the baseline release, started, and then joined to the pool; Envoy too, if it does not run."""
        digest = self._publish_baseline() if names else ""
        made = await asyncio.gather(*(self._make(name, digest) for name in names))
        if processes.runs(self.layout.envoy):
            balancer = EnvoyBalancer(self.layout, self._host.port_of)
            for entry in made:
                await balancer.join(Server(entry.server), entry.generation, entry.weight)
        else:
            self._write(made)
            await start_envoy(self.layout)
        for name in names:
            write_json(self._made(name), name)

    async def revive(self) -> None:
        """Nothing runs, though there is a pool (the machine was restarted, say): start it again, on new ports."""
        entries = self._pool().entries
        self._write(await asyncio.gather(*(self._restart(entry) for entry in entries)))

    def start_load(self) -> None:
        """Start the load generator unless it runs."""
        home, layout = self.layout.generator, self.layout
        module = (sys.executable, "-m", "rollbook.adapters.embedded.generator")
        files = (home, layout.used, layout.envoy / "address", layout.client)
        processes.spawn(home, (*module, *(str(file) for file in files)))

    def bring_project(self) -> None:
        """Copy the example project once; what the user changes in it stays."""
        if PROJECT.is_dir() and not self.layout.project.exists():
            fresh = self.layout.project.with_name(".project.fresh")
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(PROJECT, fresh, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
            fresh.rename(self.layout.project)

    def servers(self) -> tuple[str, ...]:
        """The servers that were made whole; a half-made one is made again."""
        return tuple(read_json(made) for made in sorted(self.layout.home.glob("servers/*/made.json")))

    async def end(self) -> None:
        """End every process: who acts first, then the client, which so sees no failure of ours, then what serves it."""
        for homes in self.homes():
            await asyncio.gather(*(processes.end(home, END_GRACE_S) for home in homes))

    def homes(self) -> tuple[tuple[Path, ...], ...]:
        """Of every process of the site, in the order in which they end."""
        layout = self.layout
        serving = (layout.envoy, *layout.home.glob("servers/*/instances/*"))
        return tuple(layout.home.glob("workers/*")), (layout.generator,), serving

    # -- helpers

    async def _make(self, name: str, digest: str) -> PoolEntry:
        server, image = Server(name), Image(BASELINE_VERSION, digest)
        self.layout.server(name).mkdir(parents=True, exist_ok=True)
        await self._host.pull(server, image)
        await self._host.configure(server, BASELINE, {"release": BASELINE_VERSION, "environment": BASELINE})
        await self._host.start(server, BASELINE, image)
        return PoolEntry(name, BASELINE, 1.0, "in", self._port(name, BASELINE))

    async def _restart(self, entry: PoolEntry) -> PoolEntry:
        release = read_json(self.layout.instance(entry.server, entry.generation) / "release.json")
        image = Image(release["tag"], release["digest"])
        await self._host.start(Server(entry.server), entry.generation, image)
        return msgspec.structs.replace(entry, port=self._port(entry.server, entry.generation))

    def _publish_baseline(self) -> str:
        registry = ImageLayout(self.layout.registry)
        files = {"application.py": APPLICATION.read_bytes()}
        digest = registry.build(files, {"version": BASELINE_VERSION})
        registry.tag(BASELINE_VERSION, digest)
        return digest

    def _port(self, server: str, generation: str) -> int:
        """Where an instance that has just started listens; 0, where nobody does, if it has ended already."""
        return self._host.port_of(server, generation) or 0

    def _write(self, entries: Sequence[PoolEntry]) -> None:
        """Put entries into the file that Envoy reads at its start."""
        pool = self._pool()
        for entry in entries:
            pool = pool.having(entry)
        write_json(self.layout.endpoints, endpoint_file(pool))

    def _pool(self) -> Pool:
        file = read_json(self.layout.endpoints)
        return pool_of(file) if file is not None else Pool()

    def _made(self, name: str) -> Path:
        return self.layout.server(name) / "made.json"
