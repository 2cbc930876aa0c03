"""The cluster port: Deployments as Kubernetes keeps them, by cluster, namespace and name (M29)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol, TypeAlias

import msgspec

ObjectKind: TypeAlias = Literal["deployments", "services", "pods"]
EVERY_CONTAINER = "*"
"""Instead of a container's name: all of them."""


class Namespace(msgspec.Struct, frozen=True):
    """Where objects live. `cluster` is the document's name for it, resolved to an endpoint by the site."""

    cluster: str
    namespace: str

    def workload(self, name: str) -> Workload:
        return Workload(self.cluster, self.namespace, name)


class Workload(msgspec.Struct, frozen=True):
    """One Deployment: the identity that a run claims."""

    cluster: str
    namespace: str
    name: str

    @property
    def place(self) -> Namespace:
        return Namespace(self.cluster, self.namespace)

    def __str__(self) -> str:
        return f"{self.cluster}/{self.namespace}/{self.name}"


class Revision(msgspec.Struct, frozen=True):
    """One revision that the cluster still knows. Its number changes when it is returned to, `template` (a hash of the
    pod template) does not. `images`: container → image."""

    number: int
    images: dict[str, str]
    template: str = ""


class WorkloadState(msgspec.Struct, frozen=True):
    """What a look at a Deployment found. `images` are wanted, those of the newest of `revisions` run: they differ while
    the Deployment is paused. `updated` of `replicas` are of the newest revision, `ready` of those answer."""

    workload: Workload
    images: dict[str, str]
    replicas: int
    updated: int
    ready: int
    paused: bool
    revisions: tuple[Revision, ...]
    """Oldest first."""

    @property
    def revision(self) -> int:
        return self.revisions[-1].number if self.revisions else 0

    @property
    def running(self) -> dict[str, str]:
        """Images of the newest revision."""
        return self.revisions[-1].images if self.revisions else {}

    @property
    def settled(self) -> bool:
        """Whether what is wanted runs, all of it ready."""
        return not self.paused and self.running == self.images and self.ready == self.updated == self.replicas


class Cluster(Protocol):
    """Raises StepFailed with kubectl's own last lines where the cluster says no, Unreachable where nobody can say.
    All but `undo` and `restart` may be repeated: they look, act, verify."""

    async def inspect(self, workload: Workload) -> WorkloadState | None:
        """None where there is no such Deployment."""
        ...

    async def apply(
        self, place: Namespace, manifest: str, deployment: str = "", images: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        """Apply a manifest's objects, all or none. `images` (container → image) of `deployment` come with it, so that
        both are one change and one revision (M28). Returns kubectl's line for each object."""
        ...

    async def set_image(self, workload: Workload, images: Mapping[str, str]) -> WorkloadState:
        """Set containers' images; `*` names all of them. Refused for a container that is not there."""
        ...

    async def status(self, workload: Workload, limit_s: float) -> WorkloadState:
        """Wait until what is wanted runs. Refused when it never will: paused, or not ready at the limit."""
        ...

    async def pause(self, workload: Workload) -> None: ...
    async def resume(self, workload: Workload) -> None: ...
    async def undo(self, workload: Workload, to_revision: int = 0) -> WorkloadState:
        """Return to a revision, 0: to the one before the newest, so that undoing twice returns to where it began (F2).
        Refused while paused (F1)."""
        ...

    async def restart(self, workload: Workload) -> WorkloadState:
        """Start all instances anew, as a new revision. Refused while paused."""
        ...

    async def scale(self, workload: Workload, replicas: int) -> WorkloadState: ...
    async def get(self, place: Namespace, kind: ObjectKind, name: str = "") -> tuple[str, ...]:
        """A table for people, one line an object, under a line of heads."""
        ...

    async def logs(self, workload: Workload, lines: int = 100) -> tuple[str, ...]:
        """The last lines of one of its instances."""
        ...

    async def top(self, place: Namespace) -> tuple[str, ...]:
        """A table of what instances use of processor and memory."""
        ...
