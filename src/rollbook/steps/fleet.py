"""Success conditions about servers: what each of them runs and still serves, answered by a look."""

from __future__ import annotations

from rollbook.binding.markers import check
from rollbook.ports import Balancer, Host
from rollbook.steps.release import image_of
from rollbook.steps.saying import said
from rollbook.values import Release, RunInfo, Server, Verdict


@check(
    "所有服务器成功停止服务",
    "所有服务器已停止服务",
    "服务已停止",
    "all servers stopped the service",
    "all servers stopped successfully",
)
async def all_stopped(servers: list[Server], release: Release, host: Host, run: RunInfo) -> Verdict:
    """On each of the servers no release but this run's is running."""
    left = []
    for server in servers:
        state = await host.inspect(server)
        left += [server.name for i in state.instances if i.running and i.generation != release.generation]
    return _each(run, servers, left, ("still running on", "仍在运行"))


@check(
    "无活跃连接",
    "没有活跃连接",
    "无活动连接",
    "no active connections",
)
async def no_connections(servers: list[Server], release: Release, balancer: Balancer, run: RunInfo) -> Verdict:
    """The balancer has no request open on a release that these servers are to leave behind."""
    names = {s.name for s in servers}
    pool = [e for e in await balancer.pool() if e.server in names and e.generation != release.generation]
    busy = [e.server for e in pool if e.active]
    return _each(run, servers, busy, ("requests still open on", "仍有未完成的请求"))


@check(
    "所有服务器部署成功",
    "所有服务器成功部署",
    "所有服务启动成功",
    "服务启动成功",
    "all servers deployed successfully",
    "deployment succeeded on all servers",
)
async def all_deployed(servers: list[Server], release: Release, host: Host, run: RunInfo) -> Verdict:
    """Each of the servers runs this run's image with this run's configuration."""
    wanted, wrong = image_of(release, run), []
    for server in servers:
        state = await host.inspect(server)
        instance = state.instance(release.generation)
        same = instance is not None and instance.running and instance.image.digest in (wanted.digest, "")
        if not same or state.current != release.generation:
            wrong.append(server.name)
    return _each(run, servers, wrong, ("the release does not run on", "未运行新版本"))


def _each(run: RunInfo, servers: list[Server], wrong: list[str], what: tuple[str, str]) -> Verdict:
    if not servers:
        return Verdict.unknown(said(run, "no servers", "没有服务器"), n=0)
    if wrong:
        names = ", ".join(dict.fromkeys(wrong))
        return Verdict.bad(said(run, f"{what[0]} {names}", f"{names} {what[1]}"), n=len(servers))
    return Verdict.ok(said(run, f"{len(servers)} servers", f"{len(servers)} 台服务器"), n=len(servers))
