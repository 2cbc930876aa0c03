"""Does the release fail more often than the stable side beside it? An anytime-valid two-sample test on blocks (M35).

Both sides get their share of one stream of requests. Whatever ails the environment, then, of the failures in a block
the release has as large a part, on average, as of the requests; only a worse release has more. So we bet
(`analysis.betting`) on the ratio of those two parts, in blocks in which anything failed at all. That the level of the
failures drops out by conditioning on their sum, however it changes over time, is the idea of "Anytime-valid inference
for multinomial count data" (Lindon & Malek, NeurIPS 2022), whose example is the errors of canaries.

Failures may come in bursts and on both sides at once. What is assumed is that a burst that hits one side alone hits it
as often as its share of the requests.
"""

from __future__ import annotations

import msgspec

from rollbook.analysis.betting import Wealth

TOLERANCE = 0.2
"""With much traffic differences too small to matter are proved: failures up to a fifth more frequent are no worse."""


class Regression(msgspec.Struct, frozen=True):
    """The test so far; `alpha` is the chance of tripping although the release is no worse."""

    alpha: float
    wealth: Wealth = Wealth()

    @property
    def evidence(self) -> float:
        return self.wealth.total

    @property
    def tripped(self) -> bool:
        return self.evidence >= 1 / self.alpha


def compare(test: Regression, ours: tuple[int, int], theirs: tuple[int, int]) -> Regression:
    """After one more block: (requests, failures) of the release and of the stable side. A block without requests on
    either side, or without any failure, says nothing."""
    (n, failed), (n_there, failed_there) = ours, theirs
    if n <= 0 or n_there <= 0 or failed + failed_there <= 0:
        return test
    tolerated = n * (1.0 + TOLERANCE)
    expected = tolerated / (tolerated + n_there)
    return msgspec.structs.replace(test, wealth=test.wealth.after(failed / (failed + failed_there) / expected))
