"""Success conditions about service: healthy on probes, reached by real traffic, evenly, and fast enough."""

from __future__ import annotations

from rollbook.analysis.balance import evenness
from rollbook.analysis.sequential import BLOCK_S
from rollbook.binding.markers import check
from rollbook.ports import Balancer, Clock, Host
from rollbook.problems import StepFailed
from rollbook.steps.figures import response_time
from rollbook.steps.flow import Flow
from rollbook.steps.health import healthy
from rollbook.steps.saying import said
from rollbook.values import Release, RunInfo, Sampling, Server, Verdict

POLL_S = 0.5
SILENCE_S = 60.0
"""Without a single request for so long there is no data."""
WATCH_LIMIT_S = 540.0
LEAST_REQUESTS_EACH = 5
ROUNDS = 3


@check(
    "服务健康检查通过",
    "健康检查通过",
    "服务运行正常",
    "服务状态正常",
    "所有健康检查通过",
    "健康检查全部通过",
    "全部健康检查通过",
    "service health checks pass",
    "health checks pass",
    "all health checks pass",
    judges="probe",
)
async def all_healthy(servers: list[Server], release: Release, host: Host, run: RunInfo) -> Verdict:
    """The health endpoint of each of the servers answers 200, several times over."""
    for server in servers:
        for _ in range(ROUNDS):
            try:
                await healthy(server, release.generation, host)
            except StepFailed as failed:
                return Verdict.bad(failed.words.said(run.language), n=len(servers))
    if not servers:
        return Verdict.unknown(said(run, "no servers", "没有服务器"), n=0)
    return Verdict.ok(said(run, f"{len(servers)} servers are healthy", f"{len(servers)} 台服务器健康"), n=len(servers))


@check(
    "所有服务器接收流量正常",
    "所有服务器正常接收流量",
    "服务正常接收流量",
    "服务接收流量正常",
    "all servers receive traffic normally",
    "service receives traffic normally",
    judges="traffic",
    limit_of="error rate",
)
async def receiving(
    servers: list[Server], release: Release, balancer: Balancer, clock: Clock, run: RunInfo, sampling: Sampling
) -> Verdict:
    """Each of the servers answers real requests, from now on at least the sample, and errors stay within the limit that
    the documents state (M6, M13); beyond it as soon as that is proved (M34). Without traffic there is no data, never a
    pass (F13)."""
    names, began = [s.name for s in servers], clock.now()
    flow = Flow.against(1.0 if sampling.limit is None else sampling.limit, sampling.alpha)
    while True:
        flow = flow.after(await balancer.traffic(), names, release.generation, clock.now() - began)
        verdict = _receiving(run, flow, names, sampling)
        if verdict.state != "no_data" or flow.ours.test.tripped or _is_over(flow):
            return verdict
        await clock.sleep(POLL_S)


@check(
    "负载分布均匀",
    "流量分布均匀",
    "负载均衡分布均匀",
    "load is evenly distributed",
    "traffic is evenly distributed",
    judges="traffic",
)
async def even(balancer: Balancer, clock: Clock, run: RunInfo, sampling: Sampling) -> Verdict:
    """Requests arriving from now on are shared among all servers in rotation as their weights intend (M9): a
    chi-square test whose differences must also be large enough to matter. Too few requests is no data."""
    weights = {(e.server, e.generation): e.weight for e in await balancer.pool() if e.state == "in" and e.weight > 0}
    before = {(t.server, t.generation): t.requests for t in await balancer.traffic()}
    waited, grown_at, counts = 0.0, 0.0, [0] * len(weights)
    while True:
        await clock.sleep(BLOCK_S)
        waited += BLOCK_S
        now = {(t.server, t.generation): t.requests for t in await balancer.traffic()}
        last, counts = counts, [max(0, now.get(key, 0) - before.get(key, 0)) for key in weights]
        grown_at = waited if counts != last else grown_at
        found = evenness(counts, list(weights.values()), sampling.n, sampling.alpha)
        if found.state != "no_data" or waited - grown_at >= SILENCE_S or waited >= WATCH_LIMIT_S:
            break
    listed = ", ".join(f"{name} {n}" for (name, _), n in zip(weights, counts, strict=True))
    numbers = {"n": float(sum(counts)), "p": found.p, "value": found.deviation, "limit": found.tolerance}
    return Verdict(found.state, listed or said(run, "nothing is in rotation", "负载均衡池为空"), numbers)


@check(
    "性能指标符合要求",
    "性能指标达标",
    "性能指标正常",
    "performance figures meet requirements",
    "performance meets requirements",
    judges="probe",
    limit_of="response time",
)
async def fast_enough(
    servers: list[Server], release: Release, host: Host, balancer: Balancer, run: RunInfo, sampling: Sampling
) -> Verdict:
    """The p95 response time of probes is within the tightest limit that the documents state (M6); where they state
    none there is nothing to judge by."""
    if sampling.limit is None:
        return Verdict.unknown(said(run, "no limit is stated anywhere", "文档中没有规定任何限值"))
    counts = await response_time(servers, release, host, balancer, Sampling("probe", sampling.n, sampling.limit))
    if not counts.n or counts.value is None:
        return Verdict.unknown(said(run, "no answers", "没有应答"), n=0)
    p95, limit = counts.value, sampling.limit
    detail = f"p95 {p95 * 1000:.0f} ms, {said(run, 'limit', '限值')} {limit * 1000:.0f} ms"
    return Verdict("pass" if p95 <= limit else "fail", detail, {"n": counts.n, "value": p95, "limit": limit})


def _receiving(run: RunInfo, flow: Flow, names: list[str], sampling: Sampling) -> Verdict:
    ours, reached = flow.ours, {t.server: t.requests for t in flow.servers}
    least = min((reached.get(n, 0) for n in names), default=0)
    numbers = {"n": float(ours.n), "events": float(ours.errors), "evidence": ours.test.evidence}
    if sampling.limit is not None:
        numbers["limit"] = sampling.limit
    detail = said(run, f"{ours.n} requests, {ours.errors} failed", f"{ours.n} 个请求，{ours.errors} 个失败")
    if ours.test.tripped or any(t.errors * 2 > t.requests >= LEAST_REQUESTS_EACH for t in flow.servers):
        return _bad_or_ill(run, flow, detail, numbers)
    if not names or ours.fresh[0] < max(1, sampling.n) or least < LEAST_REQUESTS_EACH:
        quiet = said(run, f"{least} on the quietest server", f"最少的服务器 {least} 个")
        return Verdict("no_data", f"{detail}; {quiet}", numbers)
    within = sampling.limit is None or ours.within(sampling.limit)
    return Verdict("pass" if within else "no_data", detail, numbers)


def _bad_or_ill(run: RunInfo, flow: Flow, detail: str, numbers: dict[str, float]) -> Verdict:
    """The release fails, unless the stable side is beyond the limit too: then the environment is ill (M35)."""
    if flow.stable.test.tripped:
        ill = said(run, "the prior release fails too: the environment is ill", "旧版本同样异常：环境异常")
        return Verdict("no_data", f"{detail}; {ill}", numbers)
    return Verdict("fail", detail, numbers)


def _is_over(flow: Flow) -> bool:
    return flow.waited >= WATCH_LIMIT_S or flow.waited - flow.grown >= SILENCE_S
