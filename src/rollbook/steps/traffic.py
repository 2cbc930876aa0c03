"""A server leaves rotation, finishes what it serves, and stops: in this order no request is lost (M10)."""

from __future__ import annotations

from rollbook.binding.markers import idempotent, step
from rollbook.ports import Balancer, Clock, Endpoint, Host
from rollbook.problems import StepFailed
from rollbook.steps.saying import said, setting
from rollbook.steps.weights import aim_of, shift
from rollbook.values import Duration, Prior, Release, RunInfo, Server, Words

POLL_S = 0.1
DRAIN_LIMIT_S = 30.0
GRACE_S = 10.0


@step(
    "从负载均衡器移除",
    "从负载均衡移除",
    "从负载均衡器中移除",
    "从负载均衡器摘除",
    "从负载均衡池移除",
    "将服务器从负载均衡器移除",
    "将服务器移出负载均衡池",
    "摘除流量",
    "摘除节点",
    "下线节点",
    "节点下线",
    "take the node out of rotation",
    "停止接收新请求",
    "remove from the load balancer",
    "remove the server from the load balancer",
    "take the server out of the load balancer",
    "take out of rotation",
    "drain from the load balancer",
    "stop accepting new requests",
    effect=idempotent,
    leaves_rotation=True,
)
async def leave(server: Server, prior: Prior, release: Release, balancer: Balancer, run: RunInfo) -> str:
    """Give the server no new requests; those it is serving go on. Fails when the balancer still sends it some.

    In a canary the others are weighed first, so that neither side gets more than it can carry (M33)."""
    if not prior.generation:
        return said(run, "nothing ran here", "此前没有运行任何版本")
    if aim := aim_of(run, release.generation):
        await shift(balancer, aim, leaving=[(server.name, prior.generation)])
    await balancer.drain(server, prior.generation)
    there = await endpoint(balancer, server, prior.generation)
    if there is not None and there.state == "in":
        raise StepFailed(Words(f"{server.name} still gets new requests", f"{server.name} 仍在接收新请求"))
    return said(run, "no new requests", "不再接收新请求")


@step(
    "等待现有请求完成（最多{limit}）",
    "等待现有请求完成",
    "等待现有请求处理完成（最多{limit}）",
    "等待现有请求处理完成",
    "等待进行中的请求完成（最多{limit}）",
    "等待存量请求处理完成（最多{limit}）",
    "等待连接排空（最多{limit}）",
    "等待连接排空",
    "wait for in-flight requests (at most {limit})",
    "wait for in-flight requests",
    "wait for in-flight requests to complete (at most {limit})",
    "wait for open connections to drain (at most {limit})",
    "drain connections (at most {limit})",
    "drain connections",
    effect=idempotent,
    touches=True,
)
async def wait_for_requests(
    server: Server,
    prior: Prior,
    balancer: Balancer,
    clock: Clock,
    run: RunInfo,
    limit: Duration = Duration(DRAIN_LIMIT_S),
) -> str:
    """Let the server finish what it is serving. With requests still open at the limit it fails and nothing is
    stopped, unless the site says that they may be cut."""
    return await _drained(server, prior.generation, balancer, clock, run, limit)


@step(
    "停止应用服务",
    "停止服务",
    "停止旧版本服务",
    "停止应用",
    "停止现有服务",
    "优雅停止应用服务",
    "stop the application service",
    "stop the application",
    "stop the service",
    "stop the old version",
    "stop the running service",
    effect=idempotent,
    stops_prior=True,
)
async def stop(server: Server, prior: Prior, host: Host, balancer: Balancer, clock: Clock, run: RunInfo) -> str:
    """Stop the release that ran before, once it serves nothing, and see that it is gone."""
    if not prior.generation:
        return said(run, "nothing ran here", "此前没有运行任何版本")
    await balancer.drain(server, prior.generation)
    await _drained(server, prior.generation, balancer, clock, run, Duration(DRAIN_LIMIT_S))
    await balancer.remove(server, prior.generation)
    await host.stop(server, prior.generation, GRACE_S)
    return said(run, f"{prior.image.tag} stopped", f"{prior.image.tag} 已停止")


async def drained(server: Server, generation: str, balancer: Balancer, clock: Clock, limit_s: float) -> int:
    """Poll until the instance serves nothing; returns the requests still open at the limit."""
    waited = 0.0
    while (still := await balancer.active(server, generation)) and waited < limit_s:
        await clock.sleep(POLL_S)
        waited += POLL_S
    return still


async def _drained(
    server: Server, generation: str, balancer: Balancer, clock: Clock, run: RunInfo, limit: Duration
) -> str:
    still = await drained(server, generation, balancer, clock, limit.seconds) if generation else 0
    if not still:
        return said(run, "no open requests", "没有未完成的请求")
    if setting(run, "cut_open_requests", 0):
        return said(run, f"{still} open requests cut after {limit}", f"{limit} 后切断 {still} 个未完成的请求")
    raise StepFailed(
        Words(
            f"{server.name}: {still} requests still open after {limit}; nothing was stopped",
            f"{server.name}：{limit} 后仍有 {still} 个请求未完成，未停止任何服务",
        ),
        hint=Words(
            "wait longer in the document, or let the site cut them: [limits] cut_open_requests = true",
            "请在文档中延长等待时间，或在站点文件中允许切断：[limits] cut_open_requests = true",
        ),
    )


async def endpoint(balancer: Balancer, server: Server, generation: str) -> Endpoint | None:
    pool = await balancer.pool()
    return next((e for e in pool if e.server == server.name and e.generation == generation), None)
