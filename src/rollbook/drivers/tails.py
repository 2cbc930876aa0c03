"""What instances said last, for whoever reads why a release was judged bad."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from rollbook.ports import Host
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Server

KEPT_LINES = 20
"""Last lines of output kept in the journal with a failure."""
LOOKED_LINES = 200
"""Last lines of an instance that are looked through for those."""


async def tails(
    host: Host, servers: Sequence[Server], generation: str, said: Callable[[StepFailed | Unreachable], str]
) -> tuple[str, ...]:
    """Last lines of the instances of `generation`, each under its server's name; `said` words why one has none."""
    lines: list[str] = []
    share = max(1, KEPT_LINES // max(1, len(servers)))
    for server in servers:
        try:
            last = counted(await host.tail(server, generation, LOOKED_LINES))[-share:]
        except (Unreachable, StepFailed) as error:
            last = (said(error),)
        lines += [f"{server.name}: {line}" for line in last]
    return tuple(lines[:KEPT_LINES])


def counted(lines: Iterable[str]) -> tuple[str, ...]:
    """Each line once, where it came last, with how often it came."""
    times = Counter(lines := tuple(lines))
    once = list(dict.fromkeys(reversed(lines)))[::-1]
    return tuple(line if times[line] == 1 else f"{line} (×{times[line]})" for line in once)
