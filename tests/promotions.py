"""Promotions for tests: a pipeline of given kinds, and runs that outlive the process which started them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rollbook.drivers.promoting import Seen
from rollbook.model.plan import Plan, SiteFacts
from rollbook.model.promotion import Node, Promotion
from simulated import Killed

VERSION = "v2.0.0"
NEVER = 10**6
FIRST_IMAGE = 2
"""The node from which on runs know an image."""


def promotion_of(*kinds: str) -> Promotion:
    """A promotion whose nodes are of these kinds; deploy nodes go to `env1`, `env2` …"""
    nodes = tuple(
        Node(n, f"{kind} {n}", kind, f"env{n}" if kind == "deploy" else "", plan=empty_plan())  # type: ignore[arg-type]
        for n, kind in enumerate(kinds, 1)
    )
    return Promotion("pipeline", "en", "deploy.md", "0" * 64, VERSION, "env", "embedded", "operator", nodes)


def empty_plan() -> Plan:
    return Plan(
        (), "en", "plan", "", VERSION, {}, SiteFacts("embedded", ""), (), (), (), "rolling", (), (), (), (), ()
    )  # fmt: skip


class Outside:
    """What is true outside of the process: the runs that exist, with the image each was given, and how they ended. An
    image node that is done twice builds another image, as a real build of changed sources would."""

    def __init__(self, ends: Mapping[int, str] | None = None) -> None:
        self.ends = dict(ends or {})
        self.given: dict[str, tuple[int, str]] = {}
        self.ended: dict[str, Seen] = {}
        self.log: list[str] = []
        self.builds = 0

    def create(self, run: str, node: int, digest: str) -> None:
        if run not in self.given:
            self.given[run] = (node, digest)
            self.log.append(f"start {node}")

    def finish(self, run: str) -> Seen:
        if run not in self.ended:
            node, digest = self.given[run]
            if not digest and node >= FIRST_IMAGE:
                self.builds += 1
                digest = f"sha256:{self.builds}"
            self.ended[run] = Seen("ended", self.ends.get(node, "succeeded"), digest)  # type: ignore[arg-type]
            self.log.append(f"end {node}")
        return self.ended[run]


class MortalRuns:
    """drivers.promoting.Runs over what is outside. The process is killed around its `n`-th effect: before it happens,
    or just after."""

    def __init__(self, outside: Outside, name: str, n: int = NEVER, done: bool = True) -> None:
        self.outside, self._name, self.left, self._done = outside, name, n, done
        self._made = 0

    def new_id(self) -> str:
        self._made += 1
        return f"{self._name}{self._made}"

    async def start(self, run: str, node: int, digest: str) -> str:
        self._effect(lambda: self.outside.create(run, node, digest))
        return ""

    async def follow(self, run: str) -> Seen:
        self._effect(lambda: self.outside.finish(run))
        return self.outside.finish(run)

    def elsewhere(self, run: str) -> Seen | None:
        return None

    def stop(self) -> None:
        """Nothing takes time here."""

    def _effect(self, happen: Callable[[], object]) -> None:
        self.left -= 1
        if self.left == 0 and not self._done:
            raise Killed
        happen()
        if self.left == 0:
            raise Killed
