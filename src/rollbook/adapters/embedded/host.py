"""Servers of the embedded site: each instance is a directory and, while it runs, one process of the application.

    servers/NAME/current                    the generation whose configuration is the active one
    servers/NAME/images/                    what was pulled, in OCI layout
    servers/NAME/instances/GENERATION/      release.json, configuration.json, log, listening.json, lock

Whether an instance runs is asked of the kernel (see `processes`), never of a file that an engine wrote.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from rollbook.adapters.embedded import processes
from rollbook.adapters.embedded.exchange import Line, get
from rollbook.adapters.embedded.files import locked_soon, read_json, write_json, write_whole
from rollbook.adapters.embedded.host_words import (
    KEEP_IT,
    NO_IMAGE_HINT,
    did_not_start,
    not_configured,
    not_retrievable,
    stays_silent,
)
from rollbook.adapters.embedded.hushing import hushed
from rollbook.adapters.embedded.layout import Layout
from rollbook.adapters.embedded.oci import ImageLayout
from rollbook.ports import HostState, Instance, Probe
from rollbook.ports.behaviour import behaviour_of, version_of
from rollbook.ports.secrets import Secrets, referred
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Image, Json, Secret, Server, Words

APPLICATION = Path(__file__).with_name("application.py")
LISTEN_LIMIT_S = 20.0
PROBE_LIMIT_S = 5.0
SIDE_BY_SIDE = 24
"""Probes sent at once: a slow release is known soon, and a fast one is not slowed down by its probes."""
POLL_S = 0.005
KEPT_INSTANCES = 10
READY = "/health/ready"


class ProcessHost:
    """`can_run_beside`: an instance is a directory and a port of its own, so several run side by side."""

    can_run_beside = True

    def __init__(self, layout: Layout, secrets: Secrets | None = None) -> None:
        self._layout = layout
        self._secrets = secrets

    async def inspect(self, server: Server) -> HostState:
        folder = self._known(server) / "instances"
        homes = sorted(folder.iterdir()) if folder.is_dir() else []
        seen = await asyncio.gather(*(self._seen(home) for home in homes if home.is_dir()))
        return HostState(server.name, tuple(i for i in seen if i is not None), self._current(server))

    async def pull(self, server: Server, image: Image) -> Image:
        registry, images = ImageLayout(self._layout.registry), ImageLayout(self._known(server) / "images")
        digest = image.digest or registry.tagged(image.tag)
        if digest is None:
            raise StepFailed(
                Words(f"no image {image.tag} in the registry", f"仓库中没有镜像 {image.tag}"), (), NO_IMAGE_HINT
            )
        if images.tagged(image.tag) != digest:
            await asyncio.to_thread(images.copy_from, registry, image.tag, digest)
        return Image(image.tag, digest)

    async def configure(self, server: Server, generation: str, configuration: Mapping[str, str]) -> None:
        async with self._turn(server):
            home = self._layout.instance(server.name, generation)
            write_json(home / "generation.json", generation)
            write_json(home / "configuration.json", dict(configuration))
            write_whole(self._known(server) / "current", generation.encode())
            self._forget_old(server, generation)

    async def activate(self, server: Server, generation: str) -> None:
        async with self._turn(server):
            self._configured(server, generation)
            write_whole(self._known(server) / "current", generation.encode())

    async def retrievable(self, server: Server, generation: str) -> None:
        home = self._configured(server, generation)
        release = read_json(home / "release.json") or {"tag": "", "digest": ""}
        self._release(server, generation, Image(release["tag"], release["digest"]))
        try:
            await self._secrets_of({k: str(v) for k, v in read_json(home / "configuration.json").items()})
        except StepFailed as error:
            raise StepFailed(not_retrievable(server, release["tag"], error), error.output, KEEP_IT) from error

    async def start(self, server: Server, generation: str, image: Image) -> None:
        home = self._configured(server, generation)
        async with self._turn(server):
            if not processes.runs(home):
                write_json(home / "release.json", self._release(server, generation, image))
                (home / "listening.json").unlink(missing_ok=True)
                await self._spawn(home)
            await self._listening(server, home, image)

    async def stop(self, server: Server, generation: str, grace_s: float) -> None:
        home = self._layout.instance(server.name, generation)
        async with self._turn(server):
            await processes.end(home, grace_s)

    async def probe(self, server: Server, generation: str, path: str) -> Probe:
        (answer,) = await self.probes(server, generation, path, 1)
        return answer

    async def probes(self, server: Server, generation: str, path: str, count: int) -> tuple[Probe, ...]:
        self._known(server)
        port = self.port_of(server.name, generation)
        if port is None:
            return (Probe(0, 0.0, error="not running"),) * count
        free: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
        lines = [Line(port) for _ in range(min(count, SIDE_BY_SIDE))]
        for line in lines:
            free.put_nowait(line)
        try:
            return tuple(await asyncio.gather(*(_one(free, path) for _ in range(count))))
        finally:
            for line in lines:
                line.close()

    async def tail(self, server: Server, generation: str, lines: int = 20) -> tuple[str, ...]:
        self._known(server)
        return _tail(self._layout.instance(server.name, generation) / "log", lines)

    def port_of(self, server: str, generation: str) -> int | None:
        """Where the instance listens; None while it does not run."""
        home = self._layout.instance(server, generation)
        listening = read_json(home / "listening.json") if processes.runs(home) else None
        return int(listening["port"]) if listening else None

    # -- helpers

    async def _seen(self, home: Path) -> Instance | None:
        """One look at one instance; None for a directory that no configuration was written to."""
        generation, configuration = read_json(home / "generation.json"), read_json(home / "configuration.json")
        if generation is None or configuration is None:
            return None
        release = read_json(home / "release.json")
        image = Image(release["tag"], release["digest"]) if release else Image("")
        running = processes.runs(home)
        return Instance(generation, image, running, running and await _ready(home), configuration)

    async def _listening(self, server: Server, home: Path, image: Image) -> None:
        """Wait until the process answers. Raises StepFailed with its last lines when it ended or stays silent."""
        give_up = time.monotonic() + LISTEN_LIMIT_S
        while not (home / "listening.json").exists():
            if not processes.runs(home):
                raise StepFailed(did_not_start(server, image), _tail(home / "log", 20))
            if time.monotonic() > give_up:
                raise StepFailed(stays_silent(server, image), _tail(home / "log", 20))
            await asyncio.sleep(POLL_S)

    def _release(self, server: Server, generation: str, image: Image) -> Json:
        """What the process is told it is; the image must be here, whole."""
        images = ImageLayout(self._known(server) / "images")
        digest = image.digest or images.tagged(image.tag)
        if digest is None or not images.has(digest):
            raise StepFailed(Words(f"{server.name} has no image {image.tag}", f"{server.name} 上没有镜像 {image.tag}"))
        version = version_of(image, images.labels(digest))
        about = {"version": version, "tag": image.tag, "digest": digest, "behaviour": behaviour_of(version)}
        return {**about, "generation": generation, "server": server.name}

    async def _spawn(self, home: Path) -> None:
        """Start the application with its configuration as its environment: its secrets are there and nowhere else, not
        in what it says either (M5)."""
        configuration = {k: str(v) for k, v in read_json(home / "configuration.json").items()}
        secrets = await self._secrets_of(configuration)
        environment = {k: secrets[n].reveal() if (n := referred(v)) in secrets else v for k, v in configuration.items()}
        with hushed(tuple(secrets.values())) as keeper:
            argv = (*keeper.argv, sys.executable, "-I", "-S", str(APPLICATION), str(home))
            processes.spawn(home, argv, environment={**environment, **keeper.environment}, passed=keeper.passed)

    async def _secrets_of(self, configuration: Mapping[str, str]) -> dict[str, Secret]:
        """What the configuration refers to, by name. Raises as the provider does."""
        names = {referred(value) for value in configuration.values()} - {""}
        return {name: await self._secrets.get(name) for name in sorted(names)} if self._secrets else {}

    def _forget_old(self, server: Server, current: str) -> None:
        """Drop what ran here many releases ago, so that a look at the server stays short."""
        everything = (self._known(server) / "instances").iterdir()
        earlier = [home for home in everything if read_json(home / "generation.json") != current]
        for home in sorted(earlier, key=lambda h: h.stat().st_mtime)[:-KEPT_INSTANCES]:
            if not processes.runs(home):
                shutil.rmtree(home)

    def _configured(self, server: Server, generation: str) -> Path:
        self._known(server)
        home = self._layout.instance(server.name, generation)
        if not (home / "configuration.json").exists():
            raise StepFailed(not_configured(server, generation))
        return home

    def _known(self, server: Server) -> Path:
        folder = self._layout.server(server.name)
        if not folder.is_dir():
            raise Unreachable(
                Words(f"no server {server.name} on this site", f"站点上没有服务器 {server.name}"),
                Words("start it with `rollbook site up`", "用 `rollbook site up` 启动"),
            )
        return folder

    def _current(self, server: Server) -> str:
        try:
            return (self._layout.server(server.name) / "current").read_text()
        except FileNotFoundError:
            return ""

    def _turn(self, server: Server) -> AbstractAsyncContextManager[None]:
        """Acts on one server take turns, whichever process they come from."""
        return locked_soon(self._known(server) / "turn.lock")


async def _ready(home: Path) -> bool:
    listening = read_json(home / "listening.json")
    return listening is not None and (await get(int(listening["port"]), READY, PROBE_LIMIT_S)).status == 200


async def _one(free: asyncio.LifoQueue[Line], path: str) -> Probe:
    """One probe, on a connection that no other uses meanwhile."""
    line = await free.get()
    answer = await line.get(path, PROBE_LIMIT_S)
    free.put_nowait(line)
    return Probe(answer.status, answer.seconds, answer.json(), answer.error)


def _tail(log: Path, lines: int) -> tuple[str, ...]:
    text = log.read_text(errors="replace") if log.exists() else ""
    return tuple(text.splitlines()[-lines:])
