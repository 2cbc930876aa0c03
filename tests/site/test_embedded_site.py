"""The embedded site as a whole: real processes, real Envoy, a client that counts."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rollbook.adapters.embedded import EmbeddedSite, processes
from rollbook.adapters.embedded.fleet import Fleet
from rollbook.values import Image, Server

pytestmark = pytest.mark.site
SERVERS = ("app-1", "app-2", "应用 3")
PATIENCE_S = 20.0


def eventually(true, limit_s: float = PATIENCE_S) -> bool:
    """Bounded polling of processes that end or start by themselves."""
    give_up = time.monotonic() + limit_s
    while not true():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


def living(site: EmbeddedSite) -> set[int]:
    return {p for homes in Fleet(site.layout).homes() for home in homes for p in processes.processes_of(home)}


async def publish(ports, context: Path, version: str) -> Image:
    context.mkdir(exist_ok=True)
    (context / "app.py").write_text(version)
    return await ports.registry.push(await ports.registry.build(context, Image(f"app:{version}"), {"version": version}))


async def replace(ports, server: Server, old: str, new: str, image: Image) -> None:
    """What a rolling wave does to one server."""
    await ports.balancer.drain(server, old)
    while await ports.balancer.active(server, old):
        await asyncio.sleep(0.01)
    await ports.balancer.remove(server, old)
    await ports.host.stop(server, old, 5.0)
    await ports.host.pull(server, image)
    await ports.host.configure(server, new, {"release": image.tag})
    await ports.host.start(server, new, image)
    await ports.balancer.join(server, new, 1.0)


def test_new_servers_serve_the_baseline_under_load(site):
    status = site.status()
    assert status.up
    assert status.load
    assert {s.name: s.release for s in status.servers} == dict.fromkeys(SERVERS, "v1.0.0")
    assert eventually(lambda: site.client()["sent"] >= 120)
    assert site.client()["failed"] == 0


def test_the_generator_sends_at_least_a_hundred_requests_a_second(site):
    assert eventually(lambda: len(site.seconds()) >= 5)
    first, *seconds = site.seconds()
    sent = sum(s["sent"] for s in seconds)
    assert sent / (seconds[-1]["at"] - first["at"]) >= 100


def test_up_again_starts_nothing_twice_and_adds_what_is_missing(site):
    before = living(site)
    site.up(SERVERS)
    assert living(site) == before
    site.up([*SERVERS, "app-4"])
    assert before < living(site)
    assert {s.name for s in site.status().servers} == {*SERVERS, "app-4"}
    assert all(s.endpoints[0].state == "in" for s in site.status().servers)


def test_down_ends_every_process_and_keeps_what_people_were_told(site):
    site.ports()
    assert site.spawn_worker("w1", ("/bin/sleep", "600"))
    assert not site.spawn_worker("w1", ("/bin/sleep", "600"))
    before = living(site)
    assert len(before) >= len(SERVERS) + 3
    site.down()
    assert eventually(lambda: not any(Path(f"/proc/{p}/environ").exists() and _ours(p, site) for p in before))
    assert not site.status().up
    site.down()


def _ours(process: int, site: EmbeddedSite) -> bool:
    try:
        return os.fsencode(site.layout.home) in Path(f"/proc/{process}/environ").read_bytes()
    except OSError:
        return False


def test_after_down_a_new_site_is_a_baseline_again(site):
    site.down()
    site.up(SERVERS[:1])
    (server,) = site.status().servers
    assert (server.name, server.release) == (SERVERS[0], "v1.0.0")


def test_processes_end_by_themselves_when_the_directory_is_gone(site):
    assert eventually(lambda: site.client()["sent"] > 0)
    before = living(site)
    shutil.rmtree(site.layout.root / ".rollbook")
    assert eventually(lambda: not any(_ours(p, site) for p in before))


def test_a_site_whose_envoy_died_is_up_again_with_the_same_releases(site, tmp_path):
    async def deploy() -> None:
        ports = site.ports()
        await replace(ports, Server("app-1"), "baseline", "run-1", await publish(ports, tmp_path / "context", "v2.0.0"))

    asyncio.run(deploy())
    for process in processes.processes_of(site.layout.envoy):
        os.kill(process, signal.SIGKILL)
    assert eventually(lambda: not processes.runs(site.layout.envoy))
    assert not site.status().up
    site.up(SERVERS)
    assert {s.name: s.release for s in site.status().servers} == {
        "app-1": "app:v2.0.0", "app-2": "v1.0.0", "应用 3": "v1.0.0",
    }  # fmt: skip


async def test_rolling_over_every_server_several_times_loses_no_request(site, tmp_path):
    ports = site.ports()
    old = "baseline"
    for number in range(3):
        image = await publish(ports, tmp_path / "context", f"v2.0.{number}")
        for name in SERVERS:
            await replace(ports, Server(name), old, f"run-{number}", image)
        old = f"run-{number}"
    sent = site.client()["sent"]
    assert await asyncio.to_thread(eventually, lambda: site.client()["sent"] >= sent + 240)
    assert site.client()["failed"] == 0


async def test_the_client_sees_what_a_bad_release_does(site, tmp_path):
    ports = site.ports()
    image = await publish(ports, tmp_path / "context", "v2.0.0-errors")
    await replace(ports, Server("app-1"), "baseline", "run-1", image)
    assert await asyncio.to_thread(eventually, lambda: site.client()["failed"] > 0)
    traffic = {(t.server, t.generation): t for t in await ports.balancer.traffic()}
    assert traffic["app-1", "run-1"].errors > 0
    assert traffic["app-2", "baseline"].errors == 0


async def test_the_counts_of_two_readers_agree_though_one_came_later(site):
    early = site.ports().balancer
    while not all(t.requests for t in await early.traffic()):
        await asyncio.sleep(0.05)
    await processes.end(site.layout.generator, 5.0)
    counts = None
    while counts != (counts := await early.traffic((0.01,))):
        await asyncio.sleep(0.5)  # longer than Envoy keeps lines to itself
    assert await site.ports().balancer.traffic((0.01,)) == counts


KILLED_ENGINE = """
import asyncio, os, sys
from pathlib import Path
from rollbook.adapters.embedded import EmbeddedSite
from rollbook.values import Image, Server

async def main():
    ports = EmbeddedSite(Path(sys.argv[1])).ports()
    server, image = Server("app-1"), await ports.registry.resolve("app:v2.0.0")
    await ports.balancer.drain(server, "baseline")
    await ports.balancer.remove(server, "baseline")
    await ports.host.stop(server, "baseline", 5.0)
    await ports.host.pull(server, image)
    await ports.host.configure(server, "run-1", {"release": "v2"})
    print("touching", flush=True)
    await ports.host.start(server, "run-1", image)
    await ports.balancer.join(server, "run-1", 1.0)
    print("done", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("delay_s", [0.0, 0.003, 0.01, 0.03, 0.06, 0.1])
async def test_f08_an_engine_killed_while_it_starts_an_instance_leaves_one_that_is_seen(site, tmp_path, delay_s):
    ports, server = site.ports(), Server("app-1")
    await publish(ports, tmp_path / "context", "v2.0.0")
    command = (sys.executable, "-c", KILLED_ENGINE, str(site.layout.root))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        assert engine.stdout.readline() == "touching\n"
        await asyncio.sleep(delay_s)
        engine.kill()
    image = await ports.registry.resolve("app:v2.0.0")
    seen = (await ports.host.inspect(server)).instance("run-1")
    home = site.layout.instance("app-1", "run-1")
    assert seen.running == processes.runs(home) or await asyncio.to_thread(eventually, lambda: processes.runs(home))
    await ports.host.start(server, "run-1", image)
    await ports.balancer.join(server, "run-1", 1.0)
    assert len(processes.processes_of(home)) == 1
    assert (await ports.host.inspect(server)).instance("run-1").ready
    await ports.host.stop(server, "run-1", 5.0)
    assert not processes.processes_of(home)
