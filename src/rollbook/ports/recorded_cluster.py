"""A cluster that is its records: Kubernetes' rules over whatever keeps them. The fake and the embedded site are two."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from rollbook.ports import workloads
from rollbook.ports.behaviour import behaviour_of
from rollbook.ports.cluster import Namespace, ObjectKind, Workload, WorkloadState
from rollbook.ports.kubectl_tables import deployments_table, pods_table, services_table, usage_table
from rollbook.ports.manifests import NamespaceRecord, applied
from rollbook.ports.workloads import DeploymentRecord

Change: TypeAlias = Callable[[NamespaceRecord], tuple[NamespaceRecord, tuple[str, ...]]]
NEVER_READY = ("nostart", "notready")


class RecordedCluster(ABC):
    """Implements `Cluster` over three things that a subclass gives: reading, editing, and what instances there are."""

    async def inspect(self, workload: Workload) -> WorkloadState | None:
        record = (await self._read(workload.place, "inspect")).deployment(workload.name)
        return self._seen(record, workload) if record is not None else None

    async def apply(
        self, place: Namespace, manifest: str, deployment: str = "", images: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        wanted = {deployment: dict(images)} if images else {}
        change = partial(applied, namespace=place.namespace, manifest=manifest, images=wanted)
        return await self._edit(place, "apply", change)

    async def set_image(self, workload: Workload, images: Mapping[str, str]) -> WorkloadState:
        return await self._act(workload, "set_image", lambda d: workloads.with_images(d, images))

    async def status(self, workload: Workload, limit_s: float) -> WorkloadState:  # noqa: ARG002
        """At once: nothing here takes time, so what is not ready now will not be ready within `limit_s` either."""
        record = await self._read(workload.place, "status")
        found = record.deployment(workload.name)
        if found is None:
            raise workloads.not_found(workload.name)
        return workloads.rolled_out(self._seen(found, workload))

    async def pause(self, workload: Workload) -> None:
        await self._act(workload, "pause", workloads.paused)

    async def resume(self, workload: Workload) -> None:
        await self._act(workload, "resume", workloads.resumed)

    async def undo(self, workload: Workload, to_revision: int = 0) -> WorkloadState:
        return await self._act(workload, "undo", lambda d: workloads.undone(d, to_revision))

    async def restart(self, workload: Workload) -> WorkloadState:
        at = self._time()
        return await self._act(workload, "restart", lambda d: workloads.restarted(d, at))

    async def scale(self, workload: Workload, replicas: int) -> WorkloadState:
        return await self._act(workload, "scale", lambda d: workloads.scaled(d, replicas))

    async def get(self, place: Namespace, kind: ObjectKind, name: str = "") -> tuple[str, ...]:
        record = await self._read(place, "get")
        if kind == "services":
            return services_table(record.services, name)
        states = [self._seen(d, place.workload(d.name)) for d in record.deployments]
        return deployments_table(states, name) if kind == "deployments" else pods_table(states, self._nodes(), name)

    async def logs(self, workload: Workload, lines: int = 100) -> tuple[str, ...]:
        state = await self.inspect(workload)
        if state is None:
            raise workloads.not_found(workload.name)
        return await self._output(workload, lines)

    async def top(self, place: Namespace) -> tuple[str, ...]:
        record = await self._read(place, "top")
        states = [self._seen(d, place.workload(d.name)) for d in record.deployments]
        return usage_table(states, self._nodes(), await self._usage())

    # -- what a subclass gives

    @abstractmethod
    async def _read(self, place: Namespace, method: str) -> NamespaceRecord: ...
    @abstractmethod
    async def _edit(self, place: Namespace, method: str, change: Change) -> tuple[str, ...]:
        """Replace the namespace by what `change` makes of it, whole or not at all; returns the lines."""
        ...

    @abstractmethod
    def _nodes(self) -> Sequence[str]:
        """Where instances run; each has room for one of a Deployment's."""
        ...

    @abstractmethod
    async def _output(self, workload: Workload, lines: int) -> tuple[str, ...]: ...
    @abstractmethod
    async def _usage(self) -> Mapping[str, tuple[float, float]]:
        """By node: processor in cores, memory in bytes."""
        ...

    @abstractmethod
    def _time(self) -> str: ...

    # -- helpers

    async def _act(
        self, workload: Workload, method: str, change: Callable[[DeploymentRecord], DeploymentRecord]
    ) -> WorkloadState:
        made: list[DeploymentRecord] = []

        def changed(record: NamespaceRecord) -> tuple[NamespaceRecord, tuple[str, ...]]:
            found = record.deployment(workload.name)
            if found is None:
                raise workloads.not_found(workload.name)
            made.append(change(found))
            return record.with_deployment(made[-1]), ()

        await self._edit(workload.place, method, changed)
        return self._seen(made[-1], workload)

    def _seen(self, record: DeploymentRecord, workload: Workload) -> WorkloadState:
        newest = workloads.images_of(record.revisions[-1].template) if record.revisions else {}
        ready = all(behaviour_of(image.rpartition(":")[2]) not in NEVER_READY for image in newest.values())
        return workloads.seen(record, workload, len(self._nodes()), ready)
