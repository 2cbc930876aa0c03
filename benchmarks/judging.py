"""How soon is a bad release found, and how often is a good one rolled back? By simulation, beside four other rules.

All rules see the same traces (`traces.py`): 1, 20 and 1,000 requests a second, failures alone and in bursts of 5 and
30, limit 1 %. Good releases fail at 0.5 and 0.9 of the limit for half an hour. Bad ones fail 2 % or 5 % of their
requests, from the start, or after half an hour at 0.5 of the limit. Rollbook's own code judges as in a run
(`rules.py`).

    python benchmarks/judging.py                few traces of each kind, many of those with a promise
    python benchmarks/judging.py --traces 50    the figures of docs/judging.md, some five minutes of two free cores
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from measuring import publish
from rules import RULES, rollbook_of_four, verdict_of
from traces import Phase, make_trace

LIMIT = 0.01
HALF_HOUR = 1800
RATES, BURSTS = (1, 20, 1000), (1, 5, 30)
SHARE_OF_RATE = {1: 0.4, 20: 1.0, 1000: 0.2}
"""Of the traces of each kind that are made at this rate: those of 1,000 a second differ little from one another."""
LEAST = 10
STRICTEST = "0.9 of the limit"
GOOD = {"0.5 of the limit": 0.5 * LIMIT, STRICTEST: 0.9 * LIMIT}
BAD = {"5 %": 0.05, "2 %": 0.02}
ALLOWED_S = {"5 % from the start": 16.0, "5 % after 30 min": 30.0, "2 % from the start": 77.0}
ALLOWED_SHARE = {1: 0.0, 5: 0.0, 30: 0.01}
"""What M34 promises at 20 requests a second: medians of the delay for failures alone; good releases that may be rolled
back, by the length of bursts."""
SIDES = {
    "both sides fail 5 %, 10 + 10 requests/s": ((10, 0.05), (10, 0.05)),
    "both sides fail 5 %, 1 + 19 requests/s": ((1, 0.05), (19, 0.05)),
    "5 % beside 0.5 %, 10 + 10 requests/s": ((10, 0.05), (10, 0.005)),
    "0.8 % beside 0.1 %, 10 + 10 requests/s": ((10, 0.008), (10, 0.001)),
    "0.5 % beside 0.5 %, 10 + 10 requests/s": ((10, 0.005), (10, 0.005)),
    "0.5 % beside 0.5 %, 1 + 19 requests/s": ((1, 0.005), (19, 0.005)),
}


class Kind(NamedTuple):
    """One kind of trace: a service and what happens to it. `onset`: the second at which it turns bad."""

    per_s: int
    burst: int
    what: str
    phases: tuple[Phase, ...]
    onset: int | None

    @property
    def place(self) -> str:
        return f"{self.per_s} requests/s, failures " + ("alone" if self.burst == 1 else f"in bursts of {self.burst}")


def kinds() -> Iterable[Kind]:
    for per_s in RATES:
        for burst in BURSTS:
            for what, share in GOOD.items():
                yield Kind(per_s, burst, what, (Phase(HALF_HOUR, share),), None)
            for what, share in BAD.items():
                bad, well = Phase(HALF_HOUR, share), Phase(HALF_HOUR, 0.5 * LIMIT)
                yield Kind(per_s, burst, f"{what} from the start", (bad,), 0)
                yield Kind(per_s, burst, f"{what} after 30 min", (well, bad), HALF_HOUR)


def outcomes(kind: Kind, number: int) -> dict[str, float | None]:
    """When each rule rolls back one trace of this kind, in seconds after its onset (below 0: before)."""
    trace = make_trace(f"{kind} {number}", kind.per_s, kind.phases, kind.burst)
    rules = {**RULES, "Rollbook, 1 of 4 tests": rollbook_of_four} if kind.per_s == 20 else RULES
    return {name: _after(rule(trace, LIMIT), kind.onset) for name, rule in rules.items()}


def _after(second: float | None, onset: int | None) -> float | None:
    return None if second is None else second - (onset or 0)


def figures_of(kind: Kind, found: list[float | None]) -> dict[str, float | None]:
    """Of a good release the share that was rolled back; of a bad one the delay, and the share rolled back before."""
    if kind.onset is None:
        return {"rolled back": sum(s is not None for s in found) / len(found)}
    before = [s for s in found if s is not None and s < 0]
    delays = sorted(math.inf if s is None else s for s in found if s is None or s >= 0)
    if not delays:
        return {"median": None, "p90": None, "before": 1.0}
    median, p90 = statistics.median(delays), delays[min(len(delays) - 1, math.ceil(0.9 * len(delays)) - 1)]
    return {"median": _finite(median), "p90": _finite(p90), "before": len(before) / len(found)}


def _finite(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) else None


def beside(name: str, number: int) -> str:
    """The verdict on half an hour of a release beside the stable side."""
    (ours, bad), (stable, bad_there) = SIDES[name]
    mine = make_trace(f"{name} {number} ours", ours, (Phase(HALF_HOUR, bad),))
    theirs = make_trace(f"{name} {number} stable", stable, (Phase(HALF_HOUR, bad_there),))
    return verdict_of(mine, LIMIT, theirs).state


def measure(count: int) -> tuple[dict[str, dict[str, dict[str, dict[str, float | None]]]], dict[str, dict[str, float]]]:
    """Place → what → rule → figures; and of the two-sided cases the share of each verdict."""
    table: dict[str, dict[str, dict[str, dict[str, float | None]]]] = {}
    with ProcessPoolExecutor(2) as pool:
        for kind in kinds():
            numbers = range(max(LEAST, round(count * SHARE_OF_RATE[kind.per_s])))
            rows = list(pool.map(outcomes, [kind] * len(numbers), numbers, chunksize=2))
            figures = {rule: figures_of(kind, [row[rule] for row in rows]) for rule in rows[0]}
            table.setdefault(kind.place, {})[kind.what] = figures
            sys.stderr.write(f"{kind.place}, {kind.what}: {shown(figures['Rollbook'])}\n")
        sides = {name: list(pool.map(beside, [name] * count, range(count), chunksize=2)) for name in SIDES}
    shares = {n: {s: v.count(s) / len(v) for s in ("pass", "fail", "no_data")} for n, v in sides.items()}
    return table, shares


def shown(figures: dict[str, float | None]) -> str:
    if "rolled back" in figures:
        return f"{100 * (figures['rolled back'] or 0.0):.3g} %"
    before = f" ({100 * figures['before']:.0f} % before)" if figures["before"] else ""
    if figures["before"] == 1.0:
        return "always before"
    median, p90 = (f"{s:.0f}" if s is not None else "–" for s in (figures["median"], figures["p90"]))
    return f"{median} / {p90} s{before}"


def text_of(table: dict[str, dict[str, dict[str, dict[str, float | None]]]], sides: dict[str, dict[str, float]]) -> str:
    """Tables to read: good releases rolled back; bad ones: median / p90 of the delay, – for more than half an hour."""
    lines = []
    for place, rows in table.items():
        rules = list(next(iter(rows.values())))
        cells = [[place, *rules], *([what, *(shown(row[r]) for r in rules)] for what, row in rows.items())]
        widths = [max(len(row[i]) for row in cells) for i in range(len(rules) + 1)]
        lines += ["  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells]
        lines.append("")
    lines += ["  a release beside the stable side".ljust(46) + "promoted  rolled back  held"]
    for name, share in sides.items():
        percents = [f"{100 * share[s]:.3g} %" for s in ("pass", "fail", "no_data")]
        lines.append(f"  {name:<44}" + "".join(p.ljust(w) for p, w in zip(percents, (10, 13, 6), strict=True)).rstrip())
    return "\n".join(lines) + "\n"


def ratios_of(table: dict[str, dict[str, dict[str, dict[str, float | None]]]]) -> dict[str, float]:
    """Median delay of each other rule over Rollbook's, where both find the fault and seldom roll back before it."""
    found = {}
    for place, rows in table.items():
        for what, row in rows.items():
            own = row["Rollbook"].get("median")
            for rule, figures in row.items():
                theirs = figures.get("median")
                if own and theirs and rule != "Rollbook" and (figures["before"] or 0.0) < 0.05:
                    found[f"{rule} : Rollbook, {place}, {what}"] = round(theirs / own, 2)
    return found


def promised() -> dict[str, tuple[float, float]]:
    """M34's figures, at 20 requests a second, each on many traces: what was measured, what is allowed."""
    found = {}
    with ProcessPoolExecutor(2) as pool:
        for kind in kinds():
            figure, allowed, count = promise_of(kind)
            if not figure:
                continue
            seconds = list(pool.map(own_outcome, [kind] * count, range(count), chunksize=10))
            value = figures_of(kind, seconds)[figure]
            found[f"{kind.place}, {kind.what} ({figure})"] = (math.inf if value is None else value, allowed)
    return found


def promise_of(kind: Kind) -> tuple[str, float, int]:
    """The figure that M34 promises of such traces, the most that it may be, and how many traces show it; ("", 0, 0)
    where nothing is promised."""
    if kind.per_s == 20 and kind.burst == 1 and kind.what in ALLOWED_S:
        return "median", ALLOWED_S[kind.what], 200 if kind.onset else 1000
    if kind.per_s == 20 and kind.what == STRICTEST:
        return "rolled back", ALLOWED_SHARE[kind.burst], 200
    return "", 0.0, 0


def own_outcome(kind: Kind, number: int) -> float | None:
    trace = make_trace(f"{kind} {number}", kind.per_s, kind.phases, kind.burst)
    return _after(RULES["Rollbook"](trace, LIMIT), kind.onset)


def main() -> int:
    """Simulate, print, write; 1 when worse than promised."""
    count = int(sys.argv[2]) if sys.argv[1:2] == ["--traces"] else LEAST
    table, sides = measure(count)
    limits = promised()
    figures = {"traces of each kind": count, "limit": LIMIT, "tables": table, "beside the stable side": sides}
    kept = {**figures, "ratios": ratios_of(table), "promised": {k: list(v) for k, v in limits.items()}}
    said = "".join(f"  {name}: {measured:g}, at most {allowed:g}\n" for name, (measured, allowed) in limits.items())
    return publish("judging", kept, limits, f"{text_of(table, sides)}\n  promised\n{said}")


if __name__ == "__main__":
    sys.exit(main())
