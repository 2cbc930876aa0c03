"""Fakes of every port over one immutable `World`: deterministic, forkable, and failing like the real thing on request.

site = FakeSite.of(["app-1", "app-2"])
site.host, site.balancer, site.registry, …        the ports
site.world                                        what is true outside: hashable, comparable
site.fork(faults)                                 an independent copy, from the same situation
"""

from rollbook.ports.behaviour import Behaviour, behaviour_of
from rollbook.ports.fakes.faults import Fault, Faults, Touch, When
from rollbook.ports.fakes.site import FakeSite
from rollbook.ports.fakes.world import BASELINE, FakeEntry, FakeImage, FakeInstance, ServerWorld, World

__all__ = [
    "BASELINE",
    "Behaviour",
    "FakeEntry",
    "FakeImage",
    "FakeInstance",
    "FakeSite",
    "Fault",
    "Faults",
    "ServerWorld",
    "Touch",
    "When",
    "World",
    "behaviour_of",
]
