"""Waves: which servers are out of rotation together (DESIGN §4, M33)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec

from rollbook.model.literals import normalised
from rollbook.model.plan import Wave
from rollbook.model.site import Site
from rollbook.planning.context import Context
from rollbook.planning.words import words
from rollbook.values import Words

NUMBER = r"\d{1,4}|one|two|three|[一两二三]"
StrategyKind: TypeAlias = Literal["rolling", "canary", "all-at-once"]


class Strategy(msgspec.Struct, frozen=True):
    """How servers are taken out. `share` of them at once, as a fraction of 1; None: the default of a quarter, or fewer
    where the document lets only `stated` out at once."""

    kind: StrategyKind = "rolling"
    share: float | None = None
    stated: int | None = None
    asked: str = ""
    """As the command line, the request or the site file asks for it; "" for the default."""

    def __str__(self) -> str:
        return self.kind if self.share is None else f"{self.kind}:{self.share * 100:g}%"


def read_strategy(text: str, context: Context) -> Strategy:
    """`rolling`, `rolling:30%`, `canary` or `all-at-once`; anything else is a problem."""
    found = re.fullmatch(r"(rolling)(?::(\d+(?:\.\d+)?)\s*%)?|canary|all-at-once", text.strip() or "rolling")
    share = float(found.group(2)) / 100 if found and found.group(2) else None
    if found is None or (share is not None and not 0 < share <= 1):
        context.findings.add(
            "strategy", 0, Words(f"“{text}” is not a strategy", f"“{text}”不是可用的策略"),
            Words("write rolling, rolling:25%, canary or all-at-once", "可写 rolling、rolling:25%、canary 等"),
        )  # fmt: skip
        return Strategy()
    kind = found.group().partition(":")[0]
    return Strategy(kind, share, asked=text.strip())  # type: ignore[arg-type]


def most_out(count: int, site: Site, strategy: Strategy) -> int:
    """How many of `count` servers may be out of rotation at once: a quarter, at least one, unless told otherwise."""
    if strategy.kind == "all-at-once":
        return max(1, count)
    if strategy.share is not None:
        return max(1, int(count * strategy.share))
    usual = min(count, site.limits.max_out) if site.limits.max_out else count // 4
    return max(1, min(usual, strategy.stated or usual))


def stated_in(text: str) -> int | None:
    """How many servers the steps that take them out let out at once: "one at a time", "每次最多两台"; the fewest."""
    plain = normalised(text).casefold()
    fixed = [1] if any(word in plain for word in words("one_at_a_time")) else []
    numbers = {word: n for n, row in enumerate(("one|一", "two|两|二", "three|三"), 1) for word in row.split("|")}
    shapes = (re.escape(shape).replace(re.escape("{n}"), f"({NUMBER})") for shape in words("at_a_time"))
    found = (n for shape in shapes for n in re.findall(shape, plain))
    return min([*fixed, *(int(numbers.get(n, n)) or 1 for n in found)], default=None)


def usable_share(count: int, site: Site) -> float:
    """Share of all traffic that one server can carry (M33)."""
    if site.limits.usable_share is not None:
        return site.limits.usable_share
    staying = count - max(1, count // 4)
    return 1.0 if staying < 1 else 1 / staying


def make_waves(servers: Sequence[str], strategy: Strategy, context: Context) -> tuple[Wave, ...]:
    """Waves in order; `traffic` is the share of servers on the new release once the wave is through."""
    size = most_out(len(servers), context.site, strategy)
    sizes = [1] if strategy.kind == "canary" and len(servers) > 1 else []
    while sum(sizes) < len(servers):
        sizes.append(min(size, len(servers) - sum(sizes)))
    _say_costs(servers, strategy, context)
    waves, done = [], 0
    for number, width in enumerate(sizes, 1):
        chosen = tuple(servers[done : done + width])
        done += width
        soak = context.site.limits.canary_soak_s if strategy.kind == "canary" and number == 1 else 0.0
        waves.append(Wave(number, chosen, round(done / len(servers), 6), soak))
    return tuple(waves)


def _say_costs(servers: Sequence[str], strategy: Strategy, context: Context) -> None:
    if strategy.kind == "all-at-once":
        context.note(
            f"all-at-once takes all {len(servers)} servers out of traffic together: the service is down meanwhile, "
            "every request in that time is lost, and a bad release meets all users",
            f"all-at-once 会同时把全部 {len(servers)} 台服务器移出流量：期间服务中断，"
            "这段时间的请求都会丢失，有问题的版本会影响所有用户",
        )
    if strategy.kind == "canary":
        soak = context.site.limits.canary_soak_s
        context.note(
            f"no document gives canary stages: one server first, watched for {soak:g} s (site default), then rolling",
            f"文档没有金丝雀阶段：先发布一台，观察 {soak:g} 秒（站点默认），再滚动发布其余",
        )
