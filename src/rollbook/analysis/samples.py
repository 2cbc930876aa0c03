"""How much must be seen before anything is said (M13), and how long that takes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rollbook.analysis.betting import BETS, SHARES, weight
from rollbook.analysis.sequential import BLOCK_S, LEAST_PER_BLOCK, ratio_of

UNANSWERED_S = 3600.0
"""An unanswered request did not answer within any limit: it counts as this slow."""


def quantile(values: Sequence[float], q: float) -> float:
    """The smallest value that at least a share `q` of `values` does not exceed (nearest rank). `values` not empty."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * q // 1))
    return ordered[min(len(ordered), int(rank)) - 1]


def blocks_to_find(rate: float, limit: float, per_block: float, alpha: float = 0.01, power: float = 0.9) -> int | None:
    """Blocks after which the betting test has found a true error `rate` above `limit` with this power, at `per_block`
    requests in each; None when it cannot (rate within the limit, or no requests).

    For each bet the log capital is a random walk; its mean must stand `z` deviations above the barrier, to which the
    bet's share and the weight of the first start are added. The best bet counts."""
    if rate <= limit or per_block <= 0 or not 0 < limit < 1:
        return None
    from statistics import NormalDist

    z = NormalDist().inv_cdf(power)
    found = (
        _blocks(*_growth(bet, rate, limit, per_block), -math.log(alpha * share * weight(1)), z)
        for bet, share in zip(BETS, SHARES, strict=True)
    )
    return min((b for b in found if b is not None), default=None)


def block_requests(requests_per_s: float) -> float:
    """Mean requests in a block; 0 without traffic."""
    return max(requests_per_s * BLOCK_S, LEAST_PER_BLOCK) if requests_per_s > 0 else 0.0


def block_seconds(requests_per_s: float) -> float:
    """Mean seconds that a block takes. `requests_per_s` above 0."""
    return max(BLOCK_S, LEAST_PER_BLOCK / requests_per_s)


def requests_to_find(limit: float, per_block: float, alpha: float = 0.01, power: float = 0.9) -> int | None:
    """Requests that a promotion needs so that twice the limit would have been found with this power (M13)."""
    blocks = blocks_to_find(min(1.0, 2 * limit), limit, per_block, alpha, power)
    return None if blocks is None else math.ceil(blocks * per_block)


def seconds_to_find(rate: float, limit: float, requests_per_s: float, alpha: float = 0.01) -> float | None:
    """Expected time until a true error `rate` is found (with even odds), for the plan to print."""
    blocks = blocks_to_find(rate, limit, block_requests(requests_per_s), alpha, power=0.5)
    return None if blocks is None else blocks * block_seconds(requests_per_s)


def seconds_to_pass(samples: int, requests_per_s: float) -> float | None:
    """Time until `samples` requests were seen, in whole blocks; None without traffic."""
    if requests_per_s <= 0:
        return None
    return max(1, math.ceil(samples / (requests_per_s * BLOCK_S))) * BLOCK_S


def _growth(bet: float, rate: float, limit: float, per_block: float) -> tuple[float, float]:
    """Mean and variance of one block's log growth, its events being Poisson with mean `rate * per_block`."""
    mean = rate * per_block
    probability, total, square, k = math.exp(-mean), 0.0, 0.0, 0
    while k <= mean + 10 * math.sqrt(mean) + 10:
        grown = math.log(1 + bet * (ratio_of(min(1.0, k / per_block), limit, per_block) - 1))
        total += probability * grown
        square += probability * grown * grown
        k += 1
        probability *= mean / k
    return total, max(0.0, square - total * total)


def _blocks(growth: float, variance: float, barrier: float, z: float) -> int | None:
    """The smallest t with t·growth - z·sqrt(t·variance) ≥ barrier."""
    if growth <= 0:
        return None
    root = (z * math.sqrt(variance) + math.sqrt(z * z * variance + 4 * growth * barrier)) / (2 * growth)
    return max(1, math.ceil(root * root))
