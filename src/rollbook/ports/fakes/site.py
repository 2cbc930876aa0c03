"""One simulated outside: the fakes of all ports over one `World`, with faults on request.

The fakes' coroutines never suspend: `coroutine.send(None)` runs one to its end without an event loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rollbook.ports.fakes.balancer import FakeBalancer
from rollbook.ports.fakes.clock import FakeClock
from rollbook.ports.fakes.cluster import FakeCluster
from rollbook.ports.fakes.database import FakeDatabase
from rollbook.ports.fakes.faults import HANG_S, SLOW_EFFECT_S, Fault, Faults, Touch, suffer
from rollbook.ports.fakes.host import FakeHost
from rollbook.ports.fakes.people import FakeNotifier, FakeRecords, FakeReports
from rollbook.ports.fakes.project import FakeProject
from rollbook.ports.fakes.registry import FakeRegistry
from rollbook.ports.fakes.secrets import FakeSecrets
from rollbook.ports.fakes.traffic import Flow
from rollbook.ports.fakes.world import World
from rollbook.problems import Unreachable
from rollbook.values import Words


class FakeSite:
    """All ports over one `world`. `fork()` is cheap; `world` is replaced by every effect and never mutated."""

    def __init__(
        self,
        world: World,
        faults: Faults | None = None,
        now: float = 1_700_000_000.0,
        can_run_beside: bool = True,
        requests_per_s: float = 120.0,
    ) -> None:
        self.world = world
        self.faults = faults
        self.flow = Flow(requests_per_s)
        self.clock = FakeClock(self, now)
        self.host = FakeHost(self, can_run_beside)
        self.balancer = FakeBalancer(self)
        self.registry = FakeRegistry(self)
        self.cluster = FakeCluster(self)
        self.database = FakeDatabase(self)
        self.secrets = FakeSecrets()
        self.project = FakeProject(self)
        self.notifier = FakeNotifier(self)
        self.records = FakeRecords(self)
        self.reports = FakeReports(self)

    @staticmethod
    def of(servers: Iterable[str], version: str = "v1.0.0", configuration: Mapping[str, str] | None = None) -> FakeSite:
        """A site whose servers run a good baseline release, all in rotation."""
        return FakeSite(World.of(servers, version, configuration))

    def fork(self, faults: Faults | None = None) -> FakeSite:
        """An independent site that starts from this one's situation and time."""
        fork = FakeSite(self.world, faults, self.clock.now(), self.host.can_run_beside, self.flow.requests_per_s)
        fork.flow = self.flow.copy()
        return fork

    def client(self) -> dict[str, int]:
        """What the simulated load generator counted, as on the embedded site."""
        return {"sent": self.flow.sent, "failed": self.flow.failed}

    def before(self, touch: Touch) -> bool:
        """Everything that may go wrong ahead of an effect. True: only half of the effect is to happen."""
        fault = self.faults(touch, "before") if self.faults else ""
        self._reach(touch)
        if fault in ("slow", "hang"):
            self.clock.advance(SLOW_EFFECT_S if fault == "slow" else HANG_S)
        if fault == "half":
            return True
        suffer(touch, fault)
        return False

    def after(self, touch: Touch, half: bool = False) -> None:
        """Everything that may go wrong once an effect has happened."""
        fault: Fault = self.faults(touch, "after") if self.faults else ""
        suffer(touch, "half" if half else fault)

    def _reach(self, touch: Touch) -> None:
        gone = next((n for n in (touch.port, touch.server) if n in self.world.cut), None)
        behind_balancer = touch.port == "balancer" and gone == touch.server
        if gone and not behind_balancer:
            raise Unreachable(Words(f"{gone} cannot be reached", f"无法连接 {gone}"))
