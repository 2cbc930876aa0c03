"""The way back: one server returns to exactly what it ran before this run (M38), configuration before version (F5).

In order: withdraw · stop_new · restore_configuration · start_prior · await_prior · verify_prior · rejoin_prior. Each
looks first, so the whole may be repeated (a second rollback equals one). A server that ran nothing before is stopped
and kept out of rotation, and each function says so.
"""

from __future__ import annotations

from rollbook.binding.markers import idempotent, pure, step
from rollbook.ports import Balancer, Clock, Host
from rollbook.problems import StepFailed
from rollbook.steps.health import healthy
from rollbook.steps.release import READY_LIMIT_S, ready
from rollbook.steps.saying import said, setting
from rollbook.steps.traffic import DRAIN_LIMIT_S, GRACE_S, drained, endpoint
from rollbook.steps.weights import aim_of, relieved, shift
from rollbook.values import Prior, Release, RunInfo, Server, Words


@step("撤出新版本实例", "withdraw the new release", effect=idempotent, leaves_rotation=True)
async def withdraw(server: Server, release: Release, balancer: Balancer, clock: Clock, run: RunInfo) -> str:
    """Give the new release no more requests and let it finish; what a broken release leaves open at the limit is
    said, and the way back goes on. In a canary the whole release's weight goes to 0 at once, as far as the stable side
    can carry what comes back (F4)."""
    if aim := aim_of(run, release.generation):
        out = relieved(await balancer.pool(), aim.generation)
        await shift(balancer, aim, leaving=[*out, (server.name, release.generation)])
    await balancer.drain(server, release.generation)
    still = await drained(server, release.generation, balancer, clock, DRAIN_LIMIT_S)
    await balancer.remove(server, release.generation)
    if still:
        return said(run, f"{still} requests still open were given up", f"放弃 {still} 个仍未完成的请求")
    return said(run, "out of rotation", "已移出负载均衡")


@step("停止新版本服务", "stop the new release", effect=idempotent, touches=True)
async def stop_new(server: Server, release: Release, host: Host, balancer: Balancer, run: RunInfo) -> str:
    """Stop the new release and see that it is gone."""
    await balancer.remove(server, release.generation)
    await host.stop(server, release.generation, GRACE_S)
    return said(run, "the new release is stopped", "新版本已停止")


@step("恢复旧版本配置", "恢复配置", "restore the prior configuration", effect=idempotent, touches=True)
async def restore_configuration(server: Server, prior: Prior, host: Host, run: RunInfo) -> str:
    """Make the prior release's configuration the active one again, before that release is started (F5)."""
    if _ran_nothing(prior):
        return _nothing(run)
    state = await host.inspect(server)
    if state.instance(prior.generation) is None:
        await host.configure(server, prior.generation, prior.configuration)
    await host.activate(server, prior.generation)
    restored = await host.inspect(server)
    instance = restored.instance(prior.generation)
    if restored.current != prior.generation or instance is None or dict(instance.configuration) != prior.configuration:
        raise StepFailed(
            Words(f"{server.name}: the prior configuration is not back", f"{server.name}：旧版本配置未恢复")
        )
    return said(run, "the prior configuration is active", "旧版本配置已生效")


@step("恢复旧版本服务", "启动旧版本服务", "start the prior release", effect=idempotent, touches=True)
async def start_prior(server: Server, prior: Prior, host: Host, run: RunInfo) -> str:
    """Start the prior release from its own image; no-op where it never stopped."""
    if _ran_nothing(prior):
        return _nothing(run)
    await host.start(server, prior.generation, prior.image)
    return said(run, f"{prior.image.tag} runs", f"{prior.image.tag} 已运行")


@step("等待旧版本就绪", "wait for the prior release", effect=pure)
async def await_prior(server: Server, prior: Prior, host: Host, clock: Clock, run: RunInfo) -> str:
    """Wait until the prior release is ready, at most the site's limit."""
    if _ran_nothing(prior):
        return _nothing(run)
    return await ready(server, prior.generation, host, clock, run, setting(run, "ready_limit_s", READY_LIMIT_S))


@step("验证旧版本健康", "verify the prior release", effect=pure)
async def verify_prior(server: Server, prior: Prior, host: Host, run: RunInfo) -> str:
    """See that the prior release is healthy and is the one that was there before: its image, its configuration."""
    if _ran_nothing(prior):
        return _nothing(run)
    instance = (await host.inspect(server)).instance(prior.generation)
    if instance is None or (prior.image.digest and instance.image.digest != prior.image.digest):
        raise StepFailed(
            Words(f"{server.name} does not run {prior.image.tag}", f"{server.name} 未运行 {prior.image.tag}")
        )
    await healthy(server, prior.generation, host)
    return said(run, f"{prior.image.tag} is healthy", f"{prior.image.tag} 健康")


@step("旧版本重新加入负载均衡", "return the prior release to rotation", effect=idempotent, returns_to_rotation=True)
async def rejoin_prior(server: Server, prior: Prior, release: Release, balancer: Balancer, run: RunInfo) -> str:
    """Send the prior release real requests again with the weight it had; one that was out of rotation stays out."""
    if _ran_nothing(prior):
        return _nothing(run)
    if not prior.in_rotation:
        return said(run, "stays out of rotation, as before", "与之前一样不在负载均衡中")
    await balancer.join(server, prior.generation, prior.weight)
    if aim := aim_of(run, release.generation):
        await shift(balancer, aim, leaving=relieved(await balancer.pool(), aim.generation))
    there = await endpoint(balancer, server, prior.generation)
    if there is None or there.state != "in":
        raise StepFailed(Words(f"{server.name} is not back in the pool", f"{server.name} 未回到负载均衡池"))
    return said(run, f"in the pool with weight {there.weight:g}", f"已回到负载均衡池，权重 {there.weight:g}")


def _ran_nothing(prior: Prior) -> bool:
    return not prior.image.tag


def _nothing(run: RunInfo) -> str:
    return said(run, "nothing ran here before; it stays out of rotation", "此前没有运行任何版本，保持在负载均衡之外")
