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
    instance can carry (0: no bound is known); `base`, what each server weighed before the run (1 where unknown)."""

    generation: str
    traffic: float
    usable: float = 0.0
    base: Mapping[str, float] = {}


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
    """The weight of everything in rotation once `joining` are in it and `leaving` are out. Each side shares its part as
    its servers' prior weights do, so that with one side alone they are what they were; 0 where an instance is to get
    nothing."""
    inside = {(e.server, e.generation) for e in pool if e.state == "in"}
    keys = sorted((inside | set(joining)) - set(leaving))
    base = {key: aim.base.get(key[0], 1.0) or 1.0 for key in keys}
    new, old = _sides(keys, aim.generation)
    carried = share(aim.traffic, len(new), len(old), aim.usable)
    total, of_new, of_old = sum(base.values()), sum(base[k] for k in new), sum(base[k] for k in old)
    return {
        **{key: carried * total * base[key] / of_new for key in new},
        **{key: (1 - carried) * total * base[key] / of_old for key in old},
    }


def _sides(keys: Iterable[Key], generation: str) -> tuple[list[Key], list[Key]]:
    listed = list(keys)
    return [k for k in listed if k[1] == generation], [k for k in listed if k[1] != generation]


def aim_of(run: RunInfo, generation: str) -> Aim | None:
    """What the plan wants of the balancer now; None where servers keep the weight they had (no canary)."""
    if run.traffic is None:
        return None
    base = {name: prior.weight for name, prior in run.priors.items()}
    return Aim(generation, run.traffic, setting(run, "usable_share", 0.0), base)


def relieved(pool: Iterable[Endpoint], generation: str) -> tuple[Key, ...]:
    """The release's instances beside which another one is in rotation again: a server carries one share at a time, so
    what has returned takes over from what is beside it."""
    inside = [e for e in pool if e.state == "in"]
    back = {e.server for e in inside if e.generation != generation}
    return tuple((e.server, e.generation) for e in inside if e.generation == generation and e.server in back)


async def shift(balancer: Balancer, aim: Aim, leaving: Iterable[Key] = ()) -> Mapping[Key, float]:
    """Set the weights of everything in rotation, all at once, `leaving` to 0; returns them."""
    pool, out = await balancer.pool(), set(leaving)
    none = {(e.server, e.generation): 0.0 for e in pool if e.state == "in" and (e.server, e.generation) in out}
    wanted = {**weights(pool, aim, leaving=out), **none}
    if wanted:
        await balancer.set_weights(wanted)
    return wanted
