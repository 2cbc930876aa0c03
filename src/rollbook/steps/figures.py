"""What is measured: counts and quantities. The document's comparison is applied to them by the engine (M36)."""

from __future__ import annotations

from rollbook.analysis.samples import UNANSWERED_S, quantile
from rollbook.binding.markers import measure
from rollbook.ports import Balancer, Host, Probe, Traffic
from rollbook.steps.health import HEALTH_PATH, SERVICE_PATH
from rollbook.steps.saying import count_of
from rollbook.values import Counts, Release, RunInfo, Sampling, Server

LEAST_PROBES = 30


@measure("错误率", "请求错误率", "服务错误率", "error rate", "request error rate", "service error rate")
async def error_rate(
    servers: list[Server], release: Release, host: Host, balancer: Balancer, sampling: Sampling
) -> Counts:
    """Requests answered with 5xx or not at all, of all requests: real ones, or probes while out of rotation."""
    if sampling.where == "traffic":
        ours, stable = _sides(await balancer.traffic(), servers, release)
        return Counts(_requests(ours), _errors(ours), stable_n=_requests(stable), stable_events=_errors(stable))
    probes = await _probed(servers, release, host, sampling)
    return Counts(len(probes), sum(_is_error(p) for p in probes))


@measure("请求成功率", "成功率", "服务可用性", "success rate", "request success rate", "availability")
async def success_rate(
    servers: list[Server], release: Release, host: Host, balancer: Balancer, sampling: Sampling
) -> Counts:
    """Requests answered without a server error, of all requests."""
    bad = await error_rate(servers, release, host, balancer, sampling)
    return Counts(bad.n, bad.n - bad.events, stable_n=bad.stable_n, stable_events=bad.stable_n - bad.stable_events)


@measure(
    "响应时间",
    "响应时间 p95",
    "响应时间 (p95)",
    "p95 响应时间",
    "p95 延迟",
    "p95",
    "延迟",
    "response time",
    "response time p95",
    "p95 latency",
    "latency",
    unit="s",
)
async def response_time(
    servers: list[Server], release: Release, host: Host, balancer: Balancer, sampling: Sampling
) -> Counts:
    """The time that 95 % of answers do not exceed (M6), in seconds: the p95 of probes, or on real traffic the answers
    slower than the limit, of which one in twenty is allowed."""
    return await _times(0.95, servers, release, host, balancer, sampling)


@measure(
    "p99", "p99 响应时间", "响应时间 p99", "响应时间 (p99)", "p99 延迟", "p99 response time",
     "p99 latency", unit="s",
)  # fmt: skip
async def response_time_p99(
    servers: list[Server], release: Release, host: Host, balancer: Balancer, sampling: Sampling
) -> Counts:
    """The time that 99 % of answers do not exceed, in seconds."""
    return await _times(0.99, servers, release, host, balancer, sampling)


@measure("up", "服务存活", "存活实例", "instances up")
async def up(servers: list[Server], release: Release, host: Host) -> Counts:
    """The share of the servers whose health endpoint answers: 0 where none does, as Prometheus' `up` of all of them."""
    probes = [await host.probe(server, release.generation, HEALTH_PATH) for server in servers]
    answering = sum(p.status == 200 for p in probes)
    return Counts(len(probes), len(probes) - answering, value=answering / len(probes) if probes else None)


@measure(
    "平均响应时间",
    "平均延迟",
    "average response time",
    "mean response time",
    "average latency",
    judges="probe",
    unit="s",
)
async def mean_response_time(servers: list[Server], release: Release, host: Host, sampling: Sampling) -> Counts:
    """The mean time of answers to probes, in seconds."""
    times = [p.seconds for p in await _probed(servers, release, host, sampling) if p.status]
    return Counts(len(times), value=sum(times) / len(times) if times else None)


@measure("测试通过率", "单元测试通过率", "test pass rate", "unit test pass rate", "pass rate")
async def test_pass_rate(run: RunInfo) -> Counts:
    """Passed of passed, failed and errors; skipped tests do not count (M12). No tests is no data."""
    passed, failed, errors = (count_of(run, f"tests.{name}") or 0 for name in ("passed", "failed", "errors"))
    return Counts(passed + failed + errors, passed)


@measure(
    "测试覆盖率", "代码覆盖率", "覆盖率", "单元测试覆盖率", "test coverage", "code coverage", "coverage",
    "unit test coverage",
)  # fmt: skip
async def test_coverage(run: RunInfo) -> Counts:
    """Share of statements that the tests ran, as a fraction of 1."""
    percent = run.facts.get("coverage.percent")
    return Counts(0) if percent is None else Counts(1, value=float(percent) / 100)


async def _times(
    q: float, servers: list[Server], release: Release, host: Host, balancer: Balancer, sampling: Sampling
) -> Counts:
    if sampling.where == "traffic":
        return await _slow_traffic(q, servers, release, balancer, sampling.limit)
    probes = await _probed(servers, release, host, sampling)
    times = [p.seconds if p.status else UNANSWERED_S for p in probes]
    if not times:
        return Counts(0)
    over = sum(t > sampling.limit for t in times) if sampling.limit is not None else 0
    return Counts(len(times), over, quantile(times, q))


async def _slow_traffic(
    q: float, servers: list[Server], release: Release, balancer: Balancer, limit: float | None
) -> Counts:
    if limit is None:
        return Counts(0, detail="no limit to count against")
    ours, stable = _sides(await balancer.traffic((limit,)), servers, release)
    key = f"{limit:g}"
    if any(key not in t.slow for t in ours):
        return Counts(0, detail=f"this balancer does not count answers slower than {limit:g}s")
    slow, slow_there = (sum(t.slow.get(key, 0) for t in side) for side in (ours, stable))
    return Counts(_requests(ours), slow, allowed=1 - q, stable_n=_requests(stable), stable_events=slow_there)


async def _probed(servers: list[Server], release: Release, host: Host, sampling: Sampling) -> list[Probe]:
    """The sample, spread evenly over the servers but not thinly on any."""
    each = max(LEAST_PROBES, -(-sampling.n // max(1, len(servers))))
    return [p for s in servers for p in await host.probes(s, release.generation, SERVICE_PATH, each)]


def _sides(
    traffic: tuple[Traffic, ...], servers: list[Server], release: Release
) -> tuple[list[Traffic], list[Traffic]]:
    """This run's release on the servers judged, and whatever still runs another release."""
    names = {s.name for s in servers}
    ours = [t for t in traffic if t.generation == release.generation and t.server in names]
    return ours, [t for t in traffic if t.generation != release.generation]


def _requests(side: list[Traffic]) -> int:
    return sum(t.requests for t in side)


def _errors(side: list[Traffic]) -> int:
    return sum(t.errors for t in side)


def _is_error(probe: Probe) -> bool:
    return probe.status == 0 or probe.status >= 500
