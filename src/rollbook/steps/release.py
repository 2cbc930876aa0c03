"""The new release reaches a server: image, configuration, start, ready."""

from __future__ import annotations

from rollbook.binding.markers import idempotent, pure, step
from rollbook.ports import Clock, Host
from rollbook.problems import StepFailed
from rollbook.steps.saying import said, setting
from rollbook.values import Duration, Image, Release, RunInfo, Server, Words

READY_PATH = "/health/ready"
READY_LIMIT_S = 30.0
POLL_S = 0.1


@step(
    "拉取新版本镜像",
    "拉取镜像",
    "拉取最新镜像",
    "拉取新镜像",
    "下载新版本镜像",
    "pull the new version's image",
    "pull the new image",
    "pull the image",
    effect=idempotent,
    touches=True,
)
async def pull(server: Server, release: Release, host: Host, run: RunInfo) -> str:
    """Bring this run's image to the server; fails when what arrived is not what was built (M21)."""
    wanted = image_of(release, run)
    found = await host.pull(server, wanted)
    if wanted.digest and found.digest != wanted.digest:
        raise StepFailed(
            Words(
                f"{server.name}: {wanted.tag} is {found.digest}, but this run built {wanted.digest}",
                f"{server.name}：{wanted.tag} 为 {found.digest}，而本次构建为 {wanted.digest}",
            )
        )
    return said(run, f"{found.tag} {found.digest[:19]}", f"{found.tag} {found.digest[:19]}")


@step(
    "更新配置文件",
    "更新配置",
    "更新应用配置",
    "下发配置文件",
    "update the configuration file",
    "update the application configuration",
    effect=idempotent,
    touches=True,
)
async def configure(server: Server, release: Release, host: Host, run: RunInfo) -> str:
    """Write the release's own configuration and make it the active one; the prior one is kept for the way back."""
    await host.configure(server, release.generation, release.configuration)
    state = await host.inspect(server)
    if state.current != release.generation:
        raise StepFailed(Words(f"{server.name}: the configuration did not change", f"{server.name}：配置未生效"))
    return said(run, f"{len(release.configuration)} settings", f"{len(release.configuration)} 项配置")


@step(
    "启动新版本服务",
    "启动服务",
    "启动新版本",
    "启动应用服务",
    "启动应用",
    "start the new version",
    "start the new version's service",
    "start the service",
    "start the application",
    "start the application service",
    effect=idempotent,
    touches=True,
)
async def start(server: Server, release: Release, host: Host, run: RunInfo) -> str:
    """Start the release; fails with its last lines of output when it ends at once."""
    await host.start(server, release.generation, image_of(release, run))
    return said(run, "started", "已启动")


@step(
    "等待服务就绪",
    "等待服务就绪（最多{limit}）",
    "等待服务启动完成",
    "等待服务启动完成（最多{limit}）",
    "等待应用就绪",
    "wait for the service to be ready",
    "wait for the service to be ready (at most {limit})",
    "wait until the service is ready",
    "wait until the service is ready (at most {limit})",
    "wait for readiness",
    effect=pure,
)
async def await_ready(
    server: Server, release: Release, host: Host, clock: Clock, run: RunInfo, limit: Duration | None = None
) -> str:
    """Wait for the service's own word that it is ready, at most the limit of the document, else of the site (M11)."""
    seconds = limit.seconds if limit else setting(run, "ready_limit_s", READY_LIMIT_S)
    return await ready(server, release.generation, host, clock, run, seconds)


async def ready(server: Server, generation: str, host: Host, clock: Clock, run: RunInfo, limit_s: float) -> str:
    """Poll the readiness probe; StepFailed with the instance's last lines when it is not ready in time or is gone."""
    began = clock.now()
    while True:
        probe = await host.probe(server, generation, READY_PATH)
        waited = clock.now() - began
        if probe.status == 200:
            return said(run, f"ready after {waited:.1f}s", f"{waited:.1f} 秒后就绪")
        if waited >= limit_s or not await _runs(host, server, generation):
            break
        await clock.sleep(POLL_S)
    what = probe.error or f"HTTP {probe.status}"
    raise StepFailed(
        Words(
            f"{server.name}: not ready after {waited:.0f}s ({READY_PATH}: {what})",
            f"{server.name}：{waited:.0f} 秒后仍未就绪（{READY_PATH}：{what}）",
        ),
        await host.tail(server, generation),
    )


def image_of(release: Release, run: RunInfo) -> Image:
    """The run's image with the digest that this run built, once it is known."""
    return Image(release.image.tag, release.image.digest or str(run.facts.get("image.digest", "")))


async def _runs(host: Host, server: Server, generation: str) -> bool:
    instance = (await host.inspect(server)).instance(generation)
    return instance is not None and instance.running
