"""Servers of a simulated site: they keep the promises of `Host`, and break as real ones do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from rollbook.ports import HostState, Probe
from rollbook.ports.behaviour import CRASH_AT, ERROR_SHARE, SLOW_S
from rollbook.ports.fakes.faults import Touch
from rollbook.ports.fakes.traffic import FAST_S, stopped
from rollbook.ports.fakes.world import FakeImage, FakeInstance, ServerWorld, frozen_configuration, image_of
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Image, Json, Server, Words

if TYPE_CHECKING:
    from rollbook.ports.fakes.site import FakeSite

replace = msgspec.structs.replace
NO_ANSWER = Probe(0, 0.0, error="connection refused")
FEATURES = ("search", "cart", "checkout", "login")
UNREADY_PATHS = ("/health", "/health/ready", "/api/health")
STEADY_PATHS = ("/health/live", "/health/ready")


class FakeHost:
    def __init__(self, site: FakeSite, can_run_beside: bool = True) -> None:
        self._site = site
        self.can_run_beside = can_run_beside

    async def inspect(self, server: Server) -> HostState:
        touch = self._look("inspect", server)
        seen = self._at(server).seen()
        self._site.after(touch)
        return seen

    async def pull(self, server: Server, image: Image) -> Image:
        touch, half = self._touch("pull", server)
        found = next((i for i in self._site.world.published if i.tag == image.tag), None)
        if found is None or image.digest not in ("", found.digest):
            raise StepFailed(Words(f"no image {image.tag} in the registry", f"仓库中没有镜像 {image.tag}"))
        there = self._at(server)
        if found not in there.images and not half:
            kept = sorted((*there.images, found), key=lambda i: (i.tag, i.digest))
            self._put(replace(there, images=tuple(kept)))
        self._site.after(touch, half)
        return image_of(found)

    async def configure(self, server: Server, generation: str, configuration: Mapping[str, str]) -> None:
        touch, half = self._touch("configure", server)
        there = self._at(server)
        instance = there.instance(generation) or FakeInstance(generation)
        written = () if half else frozen_configuration(configuration)
        there = there.with_instance(replace(instance, configuration=written))
        self._put(there if half else replace(there, current=generation))
        self._site.after(touch, half)

    async def retrievable(self, server: Server, generation: str) -> None:
        if self._at(server).instance(generation) is None:
            raise StepFailed(_no_instance(server, generation))

    async def activate(self, server: Server, generation: str) -> None:
        touch, half = self._touch("activate", server)
        there = self._at(server)
        if there.instance(generation) is None:
            raise StepFailed(_no_instance(server, generation))
        if not half:
            self._put(replace(there, current=generation))
        self._site.after(touch, half)

    async def start(self, server: Server, generation: str, image: Image) -> None:
        touch, half = self._touch("start", server)
        there = self._at(server)
        instance = there.instance(generation)
        if instance is None:
            raise StepFailed(_no_instance(server, generation))
        if not instance.running:
            chosen = self._pulled(there, image)
            started = replace(instance, image=chosen, running=not half)
            runs = started.running and started.behaviour != "nostart"
            self._put(there.with_instance(replace(started, running=runs)))
            if started.behaviour == "nostart" and not half:
                raise StepFailed(_did_not_start(server, chosen), self._lines(started))
        self._site.after(touch, half)

    async def stop(self, server: Server, generation: str, grace_s: float) -> None:  # noqa: ARG002
        touch, half = self._touch("stop", server)
        if not half:
            self._at(server)
            self._site.world = stopped(self._site.world, (server.name, generation))
        self._site.after(touch, half)

    async def probe(self, server: Server, generation: str, path: str) -> Probe:
        (answer,) = await self.probes(server, generation, path, 1)
        return answer

    async def probes(self, server: Server, generation: str, path: str, count: int) -> tuple[Probe, ...]:
        touch = self._look("probes", server)
        answers = []
        for _ in range(count):
            instance = self._at(server).instance(generation)
            answer = self._answer(server, instance, path) if instance and instance.running else None
            answers.append(answer or NO_ANSWER)
        self._site.after(touch)
        return tuple(answers)

    async def tail(self, server: Server, generation: str, lines: int = 20) -> tuple[str, ...]:
        touch = self._look("tail", server)
        instance = self._at(server).instance(generation)
        self._site.after(touch)
        return self._lines(instance)[-lines:] if instance else ()

    # -- helpers

    def _answer(self, server: Server, instance: FakeInstance, path: str) -> Probe | None:
        nth = self._site.flow.probed((server.name, instance.generation))
        if instance.behaviour == "crash" and nth >= CRASH_AT:
            self._site.world = stopped(self._site.world, (server.name, instance.generation))
            return None
        seconds = SLOW_S if instance.behaviour == "slow" and path not in STEADY_PATHS else FAST_S
        failing = instance.behaviour == "errors" and nth % round(1 / ERROR_SHARE) == 0 and path not in STEADY_PATHS
        unready = instance.behaviour == "notready" and path in UNREADY_PATHS
        if failing or unready:
            return Probe(500 if failing else 503, seconds, {"status": "error" if failing else "starting"})
        return Probe(200, seconds, _body(instance, path))

    def _lines(self, instance: FakeInstance) -> tuple[str, ...]:
        if instance.behaviour == "nostart":
            return ("fatal: cannot start", "exit code 1")
        return (f"generation {instance.generation}", "listening" if instance.running else "stopped")

    def _at(self, server: Server) -> ServerWorld:
        there = self._site.world.server(server.name)
        if there is None:
            raise Unreachable(Words(f"no server {server.name} here", f"没有服务器 {server.name}"))
        return there

    def _pulled(self, there: ServerWorld, image: Image) -> FakeImage:
        chosen = next((i for i in there.images if i.tag == image.tag and image.digest in ("", i.digest)), None)
        if chosen is None:
            raise StepFailed(Words(f"{there.name} has no image {image.tag}", f"{there.name} 上没有镜像 {image.tag}"))
        return chosen

    def _put(self, there: ServerWorld) -> None:
        self._site.world = self._site.world.with_server(there)

    def _touch(self, method: str, server: Server) -> tuple[Touch, bool]:
        touch = Touch("host", method, server.name)
        return touch, self._site.before(touch)

    def _look(self, method: str, server: Server) -> Touch:
        touch = Touch("host", method, server.name, touches=False)
        self._site.before(touch)
        return touch


def _body(instance: FakeInstance, path: str) -> Json:
    version = instance.image.version if instance.image else ""
    said = {"status": "ok", "version": version, "generation": instance.generation}
    if path == "/features":
        return {"features": list(FEATURES)}
    if path.startswith("/features/"):
        return {"status": "ok", "feature": path.removeprefix("/features/")}
    return {**said, "configuration": dict(instance.configuration)}


def _no_instance(server: Server, generation: str) -> Words:
    return Words(f"{server.name} has no configuration of {generation}", f"{server.name} 上没有 {generation} 的配置")


def _did_not_start(server: Server, image: FakeImage) -> Words:
    return Words(f"{server.name}: {image.tag} did not start", f"{server.name}：{image.tag} 未能启动")
