"""stage-too-short: a canary stage ends before its condition can be decided at the stated traffic (M13)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.linting.traffic import stated_rate
from rollbook.model.deployment import CanaryStage
from rollbook.values import At, Duration, Words

PAGE = Page(
    summary=Words(
        "A canary stage ends before its condition can be decided.",
        "灰度阶段在其条件能够判定之前就结束了。",
    ),
    why=Words(
        "A small share of little traffic is few requests, and few requests prove nothing: a release that fails twice "
        "as often as it may would pass unseen. A stage needs time for as many requests as would show that, with 90 % "
        "power. What is known of the traffic is what the document says (such as “Expected traffic: 200 QPS”), else "
        "`traffic_rate` of the site file; where neither says, a note tells from what rate on the stages suffice.",
        "少量流量的一小部分只是很少的请求，而很少的请求什么也证明不了：错误率为限值两倍的版本可能不被发现。阶段的时间"
        "必须够看到足以说明问题的请求（检出力 90%）。流量取自文档（例如“预计流量：200 QPS”），否则取自站点文件的 "
        "`traffic_rate`；都没有时，会提示从多少流量起各阶段才足够长。",
    ),
    bad=Words(
        """\
# Deployment document
## Environments
| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## Document information
| Item | Content |
|---|---|
| Expected traffic | 20 QPS |

## Canary strategy
| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 5% | 5 min | error rate > 1% |
| 2 | 100% | 4 hr | error rate > 1% |
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 文档信息
| 项目 | 内容 |
|---|---|
| 预计流量 | 20 QPS |

## 灰度策略
| 阶段 | 流量比例 | 持续时间 | 回滚条件 |
|---|---|---|---|
| 1 | 5% | 5分钟 | 错误率 > 1% |
| 2 | 100% | 4小时 | 错误率 > 1% |
""",
    ),
    good=Words(
        """\
# Deployment document
## Environments
| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## Document information
| Item | Content |
|---|---|
| Expected traffic | 200 QPS |

## Canary strategy
| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 5% | 1 hr | error rate > 1% |
| 2 | 100% | 4 hr | error rate > 1% |
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 文档信息
| 项目 | 内容 |
|---|---|
| 预计流量 | 200 QPS |

## 灰度策略
| 阶段 | 流量比例 | 持续时间 | 回滚条件 |
|---|---|---|---|
| 1 | 5% | 1小时 | 错误率 > 1% |
| 2 | 100% | 4小时 | 错误率 > 1% |
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Each stage with a duration and a condition on requests. Where the traffic is unknown: one note, at the stage that
    needs most."""
    stages = context.deployment.canary if context.deployment else ()
    stated = stated_rate(context.deployment, context.meanings) if context.deployment else None
    total = stated or context.outside.traffic_rate
    wanted: list[tuple[float, CanaryStage]] = []
    for stage in stages:
        if stage.duration_s is None:
            continue
        if stage.traffic == 0:
            yield Finding(_place(stage), NO_TRAFFIC.format(number=stage.number), NO_TRAFFIC_HINT)
        elif finding := _judged(stage, total, stages, context, wanted):
            yield finding
    if wanted:
        rate, stage = max(wanted, key=lambda each: each[0])
        words = UNKNOWN.format(number=stage.number, time=_spelled(stage.duration_s or 0.0), rate=f"{rate:g}")
        yield Finding(_place(stage), words, UNKNOWN_HINT, severity="note")


def _judged(
    stage: CanaryStage, total: float | None, stages: Sequence[CanaryStage], context: Context,
    wanted: list[tuple[float, CanaryStage]],
) -> Finding | None:  # fmt: skip
    """What is wrong with the stage; where nothing is known, what it would need goes to `wanted`."""
    from rollbook.planning.deployment.deciding import rate_needed, seconds_needed, tests_of, tightest

    limit = tightest(stage)
    if limit is None or stage.duration_s is None:
        return None
    (share, text), alpha = limit, context.outside.alpha / tests_of(stages)
    if total is not None and seconds_needed(share, total * stage.traffic, alpha, _samples(context)) <= stage.duration_s:
        return None
    rate = rate_needed(share, stage.duration_s, alpha, _samples(context))
    if total is None and rate is not None:
        wanted.append((_rounded(rate / stage.traffic), stage))
        return None
    here = math.inf if total is None else seconds_needed(share, total * stage.traffic, alpha, _samples(context))
    return Finding(_place(stage), _short(stage, total, here, text), _hint(here, stage, rate))


def _short(stage: CanaryStage, total: float | None, needed_s: float, text: str) -> Words:
    at = f"{total * stage.traffic:g}" if total is not None else ""
    time = _spelled(stage.duration_s or 0.0)
    if not at:
        return ANY_RATE.format(number=stage.number, time=time, text=text)
    if math.isinf(needed_s):
        return NEVER.format(number=stage.number, rate=at, text=text)
    return SHORT.format(number=stage.number, rate=at, text=text, needed=_spelled(needed_s), time=time)


def _hint(needed_s: float, stage: CanaryStage, rate: float | None) -> Words:
    longer = Words("", "") if math.isinf(needed_s) else LONGER.format(needed=_spelled(needed_s))
    more = Words("", "") if rate is None else MORE.format(rate=f"{_rounded(rate / stage.traffic):g}")
    if not longer.en and not more.en:
        return SOME_MINUTES
    return Words("; ".join(filter(None, (longer.en, more.en))), "；".join(filter(None, (longer.zh, more.zh))))


def _place(stage: CanaryStage) -> At:
    return stage.duration_at if stage.duration_at.line else stage.at


def _samples(context: Context) -> int:
    return context.outside.traffic_samples


def _rounded(rate: float) -> float:
    return float(f"{rate:.2g}")


def _spelled(seconds: float) -> str:
    """In whole minutes from ten minutes on."""
    return str(Duration(math.ceil(seconds / 60) * 60 if seconds > _MINUTES else float(math.ceil(seconds))))


_MINUTES = 600
NO_TRAFFIC = Words(
    "stage {number} carries no traffic: nothing can be decided in it", "阶段 {number} 没有流量：无法判定任何条件"
)
NO_TRAFFIC_HINT = Words("give it a share, such as 1%, or leave it out", "请给它一定比例，例如 1%，或删去该阶段")
SHORT = Words(
    "stage {number} gets {rate} requests/s, of which “{text}” needs about {needed}; it lasts {time}",
    "阶段 {number} 每秒 {rate} 个请求，判定“{text}”约需 {needed}，而该阶段只有 {time}",
)
NEVER = Words(
    "stage {number} gets {rate} requests/s: at that rate “{text}” is never decided",
    "阶段 {number} 每秒 {rate} 个请求：以此流量永远无法判定“{text}”",
)
ANY_RATE = Words(
    "stage {number} lasts {time}: at no traffic is “{text}” decided in that time",
    "阶段 {number} 只有 {time}：无论多少流量都无法在此时间内判定“{text}”",
)
UNKNOWN = Words(
    "nothing says how much traffic there is: stage {number} is decided within {time} from {rate} requests/s in all on",
    "没有说明流量大小：总流量约每秒 {rate} 个请求以上，阶段 {number} 才能在 {time} 内判定",
)
UNKNOWN_HINT = Words(
    "write it into the document (“Expected traffic: 200 QPS”), or as `traffic_rate` under [limits] of the site file",
    "请写入文档（“预计流量：200 QPS”），或站点文件 [limits] 的 `traffic_rate`",
)
LONGER = Words("watch it for {needed} at least", "至少观察 {needed}")
MORE = Words("its time is enough from {rate} requests/s in all", "总流量达到每秒 {rate} 个请求时，现有时间才够")
SOME_MINUTES = Words("watch it for some minutes, and give it a larger share", "请观察数分钟以上，并提高流量比例")
RULE = Rule("stage-too-short", "RB248", "warning", PAGE, check)
