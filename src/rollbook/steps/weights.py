"""How much of the traffic goes where (M32, M33): pure arithmetic over what is in rotation.

Two sides: the release's instances and all others. The release is to carry `traffic` of all requests, spread evenly over
its instances, as far as neither side gets more than its instances can carry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from rollbook.ports import Balancer, Endpoint
from rollbook.steps.saying import setting
from rollbook.values import RunInfo

Key: TypeAlias = tuple[str, str]
"""(server, generation)"""


class Aim(NamedTuple):
    """What the balancer is to do: `traffic`, the release's share of 1; `usable`, the share of all traffic that one
    instance can carry (0: no bound is known)."""

    generation: str
    traffic: float
    usable: float = 0.0


def share(traffic: float, new: int, old: int, usable: float) -> float:
    """The share nearest to `traffic` that `new` instances of the release and `old` others can carry between them.

    Where both sides together cannot carry everything, all instances get the same: overload is shared, never piled up.
    """
    if not new or not old:
        return 1.0 if new else 0.0
    if usable <= 0:
        return min(max(traffic, 0.0), 1.0)
    low, high = 1 - old * usable, new * usable
    if low > high:
        return new / (new + old)
    return min(max(traffic, low, 0.0), high, 1.0)


def weights(
    pool: Iterable[Endpoint], aim: Aim, joining: Iterable[Key] = (), leaving: Iterable[Key] = ()
) -> Mapping[Key, float]:
    """The weight of everything in rotation once `joining` are in it and `leaving` are out. Weights average 1; an
    instance that is to get nothing has weight 0."""
    inside = {(e.server, e.generation) for e in pool if e.state == "in"}
    keys = sorted((inside | set(joining)) - set(leaving))
    new = [key for key in keys if key[1] == aim.generation]
    old = [key for key in keys if key[1] != aim.generation]
    carried = share(aim.traffic, len(new), len(old), aim.usable)
    return {
        **{key: carried / len(new) * len(keys) for key in new},
        **{key: (1 - carried) / len(old) * len(keys) for key in old},
    }


def aim_of(run: RunInfo, generation: str) -> Aim | None:
    """What the plan wants of the balancer now; None where servers keep the weight they had (no canary)."""
    return None if run.traffic is None else Aim(generation, run.traffic, setting(run, "usable_share", 0.0))


async def shift(balancer: Balancer, aim: Aim, leaving: Iterable[Key] = ()) -> Mapping[Key, float]:
    """Set the weights of everything in rotation, all at once, as if `leaving` were out; returns them."""
    wanted = weights(await balancer.pool(), aim, leaving=leaving)
    if wanted:
        await balancer.set_weights(wanted)
    return wanted
