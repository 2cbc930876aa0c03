"""A simulated site of three servers on a baseline release, a release to put there, and a way to call step functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest

from rollbook.ports import Balancer, Clock, Host, Notifier, Project, Records, Registry, Reports
from rollbook.ports.fakes import BASELINE, FakeSite
from rollbook.values import Image, Json, Prior, Release, RunInfo, Sampling, Server

PORTS = {
    Host: "host", Balancer: "balancer", Registry: "registry", Project: "project", Notifier: "notifier",
    Records: "records", Reports: "reports", Clock: "clock",
}  # fmt: skip
RUN = "r1"
NAMES = ("app-1", "app-2", "app-3")


class Scene:
    """Calls a step function as the engine would: ports, release, prior and servers by the types of its arguments."""

    def __init__(self, version: str = "v2.0.0", names: tuple[str, ...] = NAMES) -> None:
        self.site = FakeSite.of(names)
        self.servers = [Server(n) for n in names]
        self.release = Release(version, "production", RUN, Image(f"shop:{version}"), {"release": version})
        self.run = RunInfo(RUN, "production", version, "operator", "en", {}, {}, {}, settings={"ready_limit_s": 5.0})
        self.sampling = Sampling()

    def knowing(self, facts: Mapping[str, Json] = {}, variables: Mapping[str, Json] = {}, **changes: Any) -> Scene:
        self.run = msgspec.structs.replace(
            self.run, facts={**self.run.facts, **facts}, variables={**self.run.variables, **variables}, **changes
        )
        return self

    def prior(self, server: Server) -> Prior:
        there = self.site.world.server(server.name)
        baseline = there.instance(BASELINE) if there else None
        if baseline is None or baseline.image is None:
            return Prior("", Image(""), {}, 0.0, in_rotation=False)
        image = Image(baseline.image.tag, baseline.image.digest)
        return Prior(BASELINE, image, dict(baseline.configuration), 1.0, in_rotation=True)

    async def do(self, function: Callable[..., Any], server: str = "app-1", **literals: Any) -> Any:
        there = next(s for s in self.servers if s.name == server)
        hints = {k: v for k, v in get_type_hints(function).items() if k != "return"}
        values = {k: self._value(kind, there) for k, kind in hints.items() if k not in literals and self._has(kind)}
        needed = inspect.signature(function).parameters
        assert {n for n, p in needed.items() if p.default is p.empty} <= {*values, *literals}
        return await function(**values, **literals)

    async def deploy(self, *servers: str) -> None:
        """The whole way of the release onto servers, out of rotation and back."""
        from rollbook.steps import release, routing, traffic

        await self.publish()
        for name in servers or [s.name for s in self.servers]:
            for function in (traffic.leave, traffic.wait_for_requests, traffic.stop, release.pull, release.configure,
                             release.start, release.await_ready, routing.rejoin):  # fmt: skip
                await self.do(function, name)

    async def publish(self) -> None:
        from rollbook.steps import image

        for function in (image.build, image.push):
            self.knowing(await self.do(function))

    def _has(self, kind: Any) -> bool:
        return kind in (*PORTS, Server, list[Server], Release, Prior, RunInfo, Sampling)

    def _value(self, kind: Any, server: Server) -> Any:
        if kind in PORTS:
            return getattr(self.site, PORTS[kind])
        known = {Server: server, Release: self.release, RunInfo: self.run, Sampling: self.sampling}
        if kind is Prior:
            return self.prior(server)
        return list(self.servers) if kind == list[Server] else known[kind]


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture(scope="session")
def make_scene() -> type[Scene]:
    return Scene


@pytest.fixture(scope="session")
def example_project() -> Path:
    """The embedded site's own project, as it is shipped."""
    from rollbook.adapters import embedded

    return Path(embedded.__file__).with_name("project")
