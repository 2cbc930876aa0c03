"""Real traffic, watched block by block until it has decided (M34 to M37).

Every two seconds (`drivers.blocks`): the release proved worse than its limit → fail, at once and however early; enough
requests seen and the observed value within the limit → pass; neither by the time limit, or no requests → no data.
When the side that still runs the prior release proves as bad, the environment is ill and not the release: no data,
which holds (M35). So does a release within its limit that is proved worse than the prior one.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from rollbook.analysis.sequential import BLOCK_S
from rollbook.drivers.blocks import Seen, begin, follow
from rollbook.drivers.comparing import Comparison, numbers, told
from rollbook.drivers.lasting import Excess
from rollbook.model.plan import Bound
from rollbook.ports import Clock
from rollbook.values import Counts, Sampling, Verdict, VerdictState, Words

SILENCE_S = 60.0
"""Without a single request for so long there is no data."""
DOUBT_S = 30.0
"""For so long a release that is beyond its limit waits for the stable side, if that fares badly too."""

TRIPPED = Words("proved beyond the limit after {s:.0f}s", "{s:.0f} 秒后证实超出限值")
BOTH = Words("both releases are beyond the limit: the environment is ill", "新旧版本均超出限值：环境异常")
WORSE = Words("within the limit, but proved worse than the prior release", "在限值内，但证实比旧版本差")
SILENT = Words("no requests for {s:.0f}s", "{s:.0f} 秒内没有请求")
OPEN = Words("neither proved bad nor within the limit after {s:.0f}s", "{s:.0f} 秒后既未证实异常也未达标")


class Watch(msgspec.Struct, frozen=True):
    """What is watched, against what, for how long at most."""

    bound: Bound
    limit: Comparison
    sampling: Sampling
    within_s: float
    language: str
    lasting_s: float = 0.0
    """A pass is not given before so many seconds are over: an excess may begin late. Infinite: a standing watch, whose
    only verdict is fail; after anything else it begins anew."""
    for_s: float = 0.0
    """How long an excess must last before it counts."""
    tell: Callable[[Mapping[str, float]], None] = lambda _: None
    """Told the figures after each block."""


async def watch(
    watching: Watch, call: Callable[[Bound, Sampling], Awaitable[Counts | Verdict]], clock: Clock
) -> Verdict:
    """Call the measure once per block until it decides. What was counted before the watch is its first block: it can
    prove a release bad, but only what came since can prove it good."""
    seen: Seen | None = None
    excess, began = Excess(), clock.now()
    while True:
        counts = await call(watching.bound, watching.sampling)
        if isinstance(counts, Verdict):
            return counts
        seen = follow(seen or _fresh(watching, counts), counts)
        waited = clock.now() - began
        watching.tell({**figures(seen, watching, waited), "at": clock.now()})
        verdict = decided(seen, watching, waited)
        if watching.for_s and verdict is not None and verdict.state == "fail":
            excess = excess.proven(waited)
            if not excess.has_lasted(watching.for_s):
                seen, verdict = _anew(seen, watching), None
        excess = excess.calmed(seen, watching.limit, waited)
        if verdict is not None and (verdict.state == "fail" or watching.lasting_s < math.inf):
            return verdict
        seen = seen if verdict is None else _anew(seen, watching)
        await clock.sleep(BLOCK_S)


def decided(seen: Seen, watching: Watch, waited: float) -> Verdict | None:
    """The verdict, once there is one. A pass needs the whole sample since the first reading."""
    if seen.beyond_s:
        return _beyond(seen, watching, waited)
    enough = seen.total.n - seen.first.n >= max(1, watching.sampling.n) and waited >= watching.lasting_s
    if enough and _within(seen, watching.limit):
        if seen.regression.tripped:
            return _verdict("no_data", WORSE, seen, watching, waited)
        return _verdict("pass", None, seen, watching, waited)
    if seen.silent_s > min(SILENCE_S, watching.within_s):
        return _verdict("no_data", SILENT, seen, watching, waited)
    if waited >= watching.within_s:
        return _verdict("no_data", OPEN, seen, watching, waited)
    return None


def _beyond(seen: Seen, watching: Watch, waited: float) -> Verdict | None:
    """The release is beyond its limit. Where the stable side looks so too, is not yet proved so and not proved better,
    it has a moment to be: in an ill environment either side may be the first (M35)."""
    if seen.stable.tripped:
        return _verdict("no_data", BOTH, seen, watching, waited)
    doubt = seen.stable.evidence > 1.0 and not seen.regression.tripped
    if doubt and seen.beyond_s <= DOUBT_S and waited < watching.within_s:
        return None
    return _verdict("fail", TRIPPED, seen, watching, waited)


def _fresh(watching: Watch, first: Counts, at: Counts | None = None) -> Seen:
    """A test whose hypothesis is that the condition holds: of a success rate the misses are bet on."""
    value = first.allowed if first.allowed is not None else watching.limit.value
    bad = min(1.0, max(0.0, value if watching.limit.upper else 1.0 - value))
    return begin(bad, watching.sampling.alpha, watching.limit.upper, at)


def _anew(seen: Seen, watching: Watch) -> Seen:
    """The tests begin again from what is counted now: what was told apart once (silence, an ill environment) is not
    evidence against the release later."""
    return _fresh(watching, seen.total, seen.total)


def _within(seen: Seen, limit: Comparison) -> bool:
    """Whether all that was counted, and what came since the first reading, are both within the limit."""
    now, first = seen.total, seen.first
    shares = (now.events / now.n, max(0, now.events - first.events) / (now.n - first.n))
    if now.allowed is not None:
        return all((share <= now.allowed) == limit.upper for share in shares)
    return all(limit.holds(share) for share in shares)


def _verdict(state: VerdictState, why: Words | None, seen: Seen, watching: Watch, waited: float) -> Verdict:
    counts, language = seen.total, watching.language
    detail = counts.detail if not counts.n else told(counts, watching.limit, language)
    if why is not None:
        detail = f"{why.said(language).format(s=waited)}: {detail}".rstrip(": ")
    return Verdict(state, detail, figures(seen, watching, waited))


def figures(seen: Seen, watching: Watch, waited: float) -> dict[str, float]:
    """What the watch has measured: both sides' counts, all of them and since its first reading (`seen_…`), and how far
    the test has come: its evidence, the threshold at which it trips, the requests that a pass needs."""
    now, first = seen.total, seen.first
    found = {
        **numbers(now, watching.limit),
        "seconds": waited,
        "blocks": float(seen.blocks),
        "evidence": seen.ours.evidence,
        "threshold": 1 / watching.sampling.alpha,
        "needed": float(watching.sampling.n),
        "seen_n": float(max(0, now.n - first.n)),
        "seen_events": float(max(0, now.events - first.events)),
    }
    if now.stable_n:
        found |= {"stable_n": float(now.stable_n), "stable_events": float(now.stable_events)}
        found |= {"seen_stable_n": float(max(0, now.stable_n - first.stable_n))}
        found |= {"seen_stable_events": float(max(0, now.stable_events - first.stable_events))}
    return found
