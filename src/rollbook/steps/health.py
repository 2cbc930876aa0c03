"""A release proves itself on requests sent to the server directly, not through the balancer."""

from __future__ import annotations

from collections.abc import Callable

from rollbook.analysis.samples import quantile
from rollbook.binding.markers import pure, step
from rollbook.ports import Host, Probe
from rollbook.problems import StepFailed
from rollbook.steps.saying import said
from rollbook.values import Json, Release, RunInfo, Server, Words

LIVE_PATH = "/health/live"
HEALTH_PATH = "/health"
SERVICE_PATH = "/"
FEATURES_PATH = "/features"
TRIES = 3
PERFORMANCE_PROBES = 30


@step(
    "检查服务端口响应",
    "检查服务端口",
    "检查端口响应",
    "检查端口监听",
    "check that the service port responds",
    "check the service port",
    "check that the port answers",
    effect=pure,
)
async def port(server: Server, release: Release, host: Host, run: RunInfo) -> str:
    """See that something answers on the service's port, whatever it says."""
    probe = await _first(server, release.generation, host, LIVE_PATH, lambda p: p.status > 0)
    return said(run, f"answers in {probe.seconds * 1000:.0f} ms", f"{probe.seconds * 1000:.0f} 毫秒内响应")


@step(
    "验证 API 健康端点",
    "检查 API 健康端点",
    "检查健康检查端点",
    "验证健康检查",
    "执行健康检查",
    "verify health checks",
    "验证健康检查接口",
    "检查健康端点",
    "检查服务状态",
    "检查接口响应",
    "验证接口可用性",
    "verify the API health endpoint",
    "check the health endpoint",
    "verify health",
    "check health",
    "verify the health of the service",
    "run the health checks",
    effect=pure,
)
async def api(server: Server, release: Release, host: Host, run: RunInfo) -> str:
    """See that the health endpoint answers 200 and is the release that this run deployed."""
    probe = await healthy(server, release.generation, host)
    answered = _said_generation(probe.body)
    if answered and answered != release.generation:
        raise StepFailed(
            Words(
                f"{server.name} answers as {answered}, not as this run's release",
                f"{server.name} 以 {answered} 应答，而不是本次发布的版本",
            )
        )
    return said(run, f"HTTP {probe.status}", f"HTTP {probe.status}")


@step(
    "检查关键功能可用性",
    "验证关键功能可用性",
    "检查关键功能",
    "冒烟测试",
    "执行冒烟测试",
    "运行冒烟测试",
    "run smoke tests",
    "smoke test",
    "验证关键功能",
    "验证核心功能",
    "检查核心功能",
    "verify core features",
    "verify core functionality",
    "check key feature availability",
    "verify key features",
    effect=pure,
)
async def features(server: Server, release: Release, host: Host, run: RunInfo) -> str:
    """Ask the application which features are key, and try each one. Fails at the first that does not answer 200."""
    index = await _first(server, release.generation, host, FEATURES_PATH, _fine)
    names = index.body.get("features", []) if isinstance(index.body, dict) else []
    for name in names:
        await _first(server, release.generation, host, f"{FEATURES_PATH}/{name}", _fine)
    listed = ", ".join(map(str, names)) or SERVICE_PATH
    return said(run, f"available: {listed}", f"可用：{listed}")


@step(
    "验证性能指标",
    "检查性能指标",
    "采集性能指标",
    "verify performance figures",
    "measure performance",
    effect=pure,
)
async def performance(server: Server, release: Release, host: Host) -> dict[str, Json]:
    """Measure response times on a few probes. It judges nothing (M12); the document's conditions do."""
    probes = await host.probes(server, release.generation, SERVICE_PATH, PERFORMANCE_PROBES)
    answered = [p.seconds for p in probes if p.status]
    if not answered:
        raise StepFailed(_unanswered(server, SERVICE_PATH, probes[-1]), await host.tail(server, release.generation))
    p50, p95 = (round(quantile(answered, q) * 1000, 1) for q in (0.5, 0.95))
    name = f"performance.{server.name}"
    return {f"{name}.p50_ms": p50, f"{name}.p95_ms": p95, "detail": f"p50 {p50:g} ms, p95 {p95:g} ms"}


async def healthy(server: Server, generation: str, host: Host) -> Probe:
    """The answer of the health endpoint; StepFailed with the instance's last lines when it is not 200."""
    return await _first(server, generation, host, HEALTH_PATH, _fine)


async def _first(server: Server, generation: str, host: Host, path: str, good: Callable[[Probe], bool]) -> Probe:
    """The first good answer of a few tries: whether single requests fail is judged by the error rate, not here."""
    probe = Probe(0, 0.0)
    for _ in range(TRIES):
        probe = await host.probe(server, generation, path)
        if good(probe):
            return probe
    raise StepFailed(_unanswered(server, path, probe), await host.tail(server, generation))


def _fine(probe: Probe) -> bool:
    return probe.status == 200


def _unanswered(server: Server, path: str, probe: Probe) -> Words:
    what = probe.error or f"HTTP {probe.status}"
    return Words(f"{server.name}: {path} answers {what}", f"{server.name}：{path} 应答 {what}")


def _said_generation(body: Json) -> str:
    return str(body.get("generation", "")) if isinstance(body, dict) else ""
