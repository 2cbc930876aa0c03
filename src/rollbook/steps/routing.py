"""A server returns to rotation, in the share of traffic that the plan gives it."""

from __future__ import annotations

from rollbook.binding.markers import idempotent, pure, step
from rollbook.ports import Balancer, Clock
from rollbook.problems import StepFailed
from rollbook.steps.saying import said
from rollbook.steps.traffic import endpoint
from rollbook.steps.weights import aim_of, shift, weights
from rollbook.values import Prior, Release, RunInfo, Server, Words

POLL_S = 0.1
LIMIT_S = 30.0


@step(
    "将服务器重新加入负载均衡池",
    "将服务器重新加入负载均衡",
    "将服务器加入负载均衡池",
    "重新加入负载均衡池",
    "重新加入负载均衡器",
    "重新加入负载均衡",
    "加入负载均衡器",
    "加入负载均衡",
    "恢复流量",
    "恢复节点流量",
    "上线节点",
    "节点上线",
    "add the servers back to the load balancer pool",
    "add back to the load balancer",
    "return servers to the load balancer pool",
    "return to rotation",
    effect=idempotent,
    returns_to_rotation=True,
)
async def rejoin(server: Server, prior: Prior, release: Release, balancer: Balancer, run: RunInfo) -> str:
    """Send the server real requests again: with the weight it had, or in the share that a canary's stage gives it."""
    key = (server.name, release.generation)
    aim = aim_of(run, release.generation)
    weight = weights(await balancer.pool(), aim, joining=[key])[key] if aim else prior.weight or 1.0
    await balancer.join(server, release.generation, weight)
    if aim:
        await shift(balancer, aim)
    there = await endpoint(balancer, server, release.generation)
    if there is None or there.state != "in":
        raise StepFailed(Words(f"{server.name} is not in the pool", f"{server.name} 未进入负载均衡池"))
    return said(run, f"in the pool with weight {there.weight:.3g}", f"已加入负载均衡池，权重 {there.weight:.3g}")


@step(
    "更新路由规则",
    "更新路由",
    "更新流量路由规则",
    "调整流量权重",
    "update routing rules",
    "update the routes",
    "adjust traffic weights",
    effect=idempotent,
    touches=True,
)
async def route(release: Release, balancer: Balancer, run: RunInfo) -> str:
    """Give every server in rotation the weight that the plan intends, all at once, and read the weights back."""
    aim = aim_of(run, release.generation)
    inside = {(e.server, e.generation): e.weight for e in await balancer.pool() if e.state == "in"}
    wanted = await shift(balancer, aim) if aim else inside
    found = {(e.server, e.generation): e.weight for e in await balancer.pool()}
    wrong = sorted(name for (name, gen), weight in wanted.items() if abs(found.get((name, gen), -1.0) - weight) > 0.005)
    if wrong:
        names = ", ".join(wrong)
        raise StepFailed(Words(f"the balancer did not take the weights of {names}", f"负载均衡器未采用 {names} 的权重"))
    return said(run, f"{len(wanted)} weights in place", f"{len(wanted)} 个权重已生效")


@step(
    "验证流量分发",
    "验证流量分配",
    "检查流量分发",
    "确认流量分发正常",
    "verify traffic distribution",
    "verify traffic routing",
    effect=pure,
)
async def verify_distribution(
    servers: list[Server], release: Release, balancer: Balancer, clock: Clock, run: RunInfo
) -> str:
    """Wait until each of the servers has answered a real request. Without any traffic it says so and judges nothing."""
    names = {s.name for s in servers}
    before = await _requests(balancer)
    waiting, waited = names, 0.0
    while waited < LIMIT_S:
        counts = await _requests(balancer)
        waiting = {n for n in names if counts.get((n, release.generation), 0) == 0}
        if not waiting:
            return said(run, "every server gets requests", "每台服务器都收到请求")
        await clock.sleep(POLL_S)
        waited += POLL_S
    if await _requests(balancer) == before:
        return said(run, "no traffic to see", "没有可观察的流量")
    left = ", ".join(sorted(waiting))
    raise StepFailed(Words(f"no requests reach {left}, though others get some", f"{left} 没有收到请求，而其他服务器有"))


async def _requests(balancer: Balancer) -> dict[tuple[str, str], int]:
    return {(t.server, t.generation): t.requests for t in await balancer.traffic()}
