"""The ports: what Rollbook asks of the outside, as Protocols. Adapters (and the fakes in `ports/fakes`) implement them.

Every method that touches is idempotent: it looks, acts, verifies. Every method may raise `Unreachable` (nobody can
say what happened) or `StepFailed` (the outside answered no, with its last lines). Nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from rollbook.ports.cluster import Cluster as Cluster
from rollbook.ports.database import Database as Database
from rollbook.ports.journal import Journal as Journal
from rollbook.ports.journal import Lease as Lease
from rollbook.ports.journal import Request as Request
from rollbook.ports.journal import RunRow as RunRow
from rollbook.ports.secrets import Secrets as Secrets
from rollbook.values import Image, Json, Server


class Instance(msgspec.Struct, frozen=True):
    """One running (or stopped) copy of the application on a server. `generation` names it: the run that made it."""

    generation: str
    image: Image
    running: bool
    ready: bool
    configuration: dict[str, str] = {}


class HostState(msgspec.Struct, frozen=True):
    """What a look at one server found. `current` is the generation whose configuration is the active one."""

    server: str
    instances: tuple[Instance, ...] = ()
    current: str = ""

    def instance(self, generation: str) -> Instance | None:
        return next((i for i in self.instances if i.generation == generation), None)


class Probe(msgspec.Struct, frozen=True):
    """One probe request. `status` 0 means no answer. `body` is decoded JSON where the answer was JSON."""

    status: int
    seconds: float
    body: Json = None
    error: str = ""


class Host(Protocol):
    """Servers: a file, a process, a probe at a time. `generation` identifies instances; starting an instance beside
    a running one is allowed where `can_run_beside` is True."""

    can_run_beside: bool

    async def inspect(self, server: Server) -> HostState: ...
    async def pull(self, server: Server, image: Image) -> Image:
        """Bring the image to the server; returns it with the digest that is really there."""
        ...

    async def configure(self, server: Server, generation: str, configuration: Mapping[str, str]) -> None:
        """Write the release-specific configuration and make it the active one."""
        ...

    async def activate(self, server: Server, generation: str) -> None:
        """Make an earlier generation's configuration the active one again; drops nothing."""
        ...

    async def retrievable(self, server: Server, generation: str) -> None:
        """Raises StepFailed where the instance could not be started again: its image, its configuration or one of its
        secrets is not to be had (M38). Looks only."""
        ...

    async def start(self, server: Server, generation: str, image: Image) -> None:
        """Start the instance with the configuration written for `generation`; no-op when it runs already."""
        ...

    async def stop(self, server: Server, generation: str, grace_s: float) -> None:
        """Stop the instance and verify that it is gone; no-op when it is not there."""
        ...

    async def probe(self, server: Server, generation: str, path: str) -> Probe:
        """One request to the instance itself, not through the balancer."""
        ...

    async def probes(self, server: Server, generation: str, path: str, count: int) -> tuple[Probe, ...]:
        """`count` such requests, some side by side; in the order they were sent."""
        ...

    async def tail(self, server: Server, generation: str, lines: int = 20) -> tuple[str, ...]:
        """The instance's last lines of output."""
        ...


class Endpoint(msgspec.Struct, frozen=True):
    """One instance as the balancer sees it. `state` draining: no new requests, open ones go on."""

    server: str
    generation: str
    weight: float
    state: str
    """in | draining | out"""
    active: int = 0
    """Requests open now."""


class Traffic(msgspec.Struct, frozen=True):
    """Cumulative counts of real requests answered by one endpoint since it joined. `slow` counts answers slower than
    each asked threshold in seconds (key as text); absent keys cannot be counted by this source (M36)."""

    server: str
    generation: str
    requests: int
    errors: int
    slow: dict[str, int] = {}


class Balancer(Protocol):
    async def pool(self) -> tuple[Endpoint, ...]: ...
    async def drain(self, server: Server, generation: str) -> None:
        """No new requests from now on; returns at once."""
        ...

    async def active(self, server: Server, generation: str) -> int:
        """Requests still open on the instance."""
        ...

    async def remove(self, server: Server, generation: str) -> None: ...
    async def join(self, server: Server, generation: str, weight: float) -> None: ...
    async def set_weights(self, weights: Mapping[tuple[str, str], float]) -> None:
        """All at once, by (server, generation)."""
        ...

    async def traffic(self, thresholds_s: Sequence[float] = ()) -> tuple[Traffic, ...]: ...


class Completed(msgspec.Struct, frozen=True):
    """A command that ended. `lines` are the last lines of its output, both streams, redacted."""

    code: int
    lines: tuple[str, ...] = ()


class Project(Protocol):
    """The project under test: runs tools in its directory and reads what they wrote."""

    root: Path

    async def run(self, argv: Sequence[str], limit_s: float, environment: Mapping[str, str] | None = None) -> Completed:
        """Run to the end; killed as a process group (and verified dead) at the limit or when cancelled."""
        ...

    async def shell(
        self,
        script: str,
        limit_s: float,
        environment: Mapping[str, str] | None = None,
        keep: str = "",
        told: Callable[[str], None] | None = None,
    ) -> Completed:
        """Run shell text by `bash -euo pipefail`, ended as `run` ends it. All of its output goes line by line to `told`
        and to the end of `scratch(keep)` where they are given."""
        ...

    async def outlast(self, keep: str, limit_s: float) -> None:
        """Wait for the end of whatever an engine that died left running of the shell text kept as `keep`. Raises
        Unreachable where that does not end in time."""
        ...

    def has(self, relative: str) -> bool: ...
    def read(self, relative: str) -> str | None:
        """The text of a file of the project; None where there is none, or where the path leads out of the project."""
        ...

    def scratch(self, name: str) -> Path:
        """A file path of this run for tool output (JUnit, coverage …)."""
        ...

    def output(self, name: str) -> str | None:
        """What a tool wrote to `scratch(name)`; None when it wrote nothing. Read tool output only through this:
        the rehearsal's project has no files."""
        ...


class Registry(Protocol):
    """Images: build, push, resolve. Digests are over content: the same context gives the same digest."""

    async def build(self, context: Path, image: Image, labels: Mapping[str, str]) -> Image: ...
    async def adopt(self, image: Image) -> Image:
        """Make the image of this digest, which an earlier run built, the one that `push` publishes under this tag.
        StepFailed where there is none of that digest."""
        ...

    async def push(self, image: Image) -> Image:
        """Publish under its tag; returns the digest read back from the registry. A tag that moved is refused."""
        ...

    async def resolve(self, tag: str) -> Image | None: ...


class Message(msgspec.Struct, frozen=True):
    """One notification. `key` makes it idempotent: the same key is delivered once."""

    key: str
    channel: str
    to: tuple[str, ...]
    subject: str
    body: str


class Notifier(Protocol):
    async def send(self, message: Message) -> None: ...


class Records(Protocol):
    """The deployment-record file: appended once per key (M17)."""

    async def append(self, key: str, text: str) -> None: ...


class Reports(Protocol):
    """The run's own report, written from its journal as it stands."""

    async def write(self) -> str:
        """Write Markdown, HTML and JSON; returns the path of the Markdown file."""
        ...


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the Unix epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait in the site's time (scaled by --time-scale only for soaks and gate timers, never for samples)."""
        ...


class Ports(msgspec.Struct, frozen=True):
    """Everything that one run may touch, as wiring made it from the site."""

    host: Host
    balancer: Balancer
    registry: Registry
    project: Project
    notifier: Notifier
    records: Records
    reports: Reports
    clock: Clock
    cluster: Cluster | None = None
    """None where the site has no cluster."""
    database: Database | None = None
    """None where nothing says which database the environment has."""
