"""A simulated cluster: Kubernetes' rules over records in the world. Its nodes are the world's servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from rollbook.ports.cluster import Namespace, Workload
from rollbook.ports.fakes.faults import Touch
from rollbook.ports.manifests import NamespaceRecord
from rollbook.ports.recorded_cluster import Change, RecordedCluster

if TYPE_CHECKING:
    from rollbook.ports.fakes.site import FakeSite

USED = (0.05, 48.0 * 1024 * 1024)
"""Cores and bytes that every simulated instance uses."""


class FakeCluster(RecordedCluster):
    def __init__(self, site: FakeSite) -> None:
        self._site = site

    async def _read(self, place: Namespace, method: str) -> NamespaceRecord:
        touch = Touch("cluster", method, touches=False)
        self._site.before(touch)
        record = self._record(place)
        self._site.after(touch)
        return record

    async def _edit(self, place: Namespace, method: str, change: Change) -> tuple[str, ...]:
        """Half of an edit is none: a cluster takes an object whole or not at all."""
        touch = Touch("cluster", method)
        half = self._site.before(touch)
        record, lines = change(self._record(place))
        if not half:
            others = [entry for entry in self._site.world.namespaces if entry[0] != place]
            entries = sorted((*others, (place, record)), key=lambda entry: (entry[0].cluster, entry[0].namespace))
            self._site.world = msgspec.structs.replace(self._site.world, namespaces=tuple(entries))
        self._site.after(touch, half)
        return lines

    def _record(self, place: Namespace) -> NamespaceRecord:
        return dict(self._site.world.namespaces).get(place, NamespaceRecord())

    def _nodes(self) -> Sequence[str]:
        return tuple(server.name for server in self._site.world.servers)

    async def _output(self, workload: Workload, lines: int) -> tuple[str, ...]:
        said = (f"{node}: {workload.name} answers" for node in self._nodes()[:1])
        return tuple(said)[-lines:]

    async def _usage(self) -> Mapping[str, tuple[float, float]]:
        return dict.fromkeys(self._nodes(), USED)

    def _time(self) -> str:
        from datetime import UTC, datetime

        return datetime.fromtimestamp(self._site.clock.now(), UTC).isoformat()
