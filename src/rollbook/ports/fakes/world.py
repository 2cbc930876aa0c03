"""What is true outside, as one immutable value: compared, hashed and forked in microseconds.

No clock reading, counter or history is in it, so two ways into the same situation give equal worlds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec

from rollbook.ports import HostState, Instance
from rollbook.ports.behaviour import Behaviour, behaviour_of
from rollbook.ports.cluster import Namespace
from rollbook.ports.database import Applied
from rollbook.ports.manifests import NamespaceRecord
from rollbook.values import Image

Configuration: TypeAlias = tuple[tuple[str, str], ...]
BASELINE = "baseline"
"""Generation of the release that servers ran before any run."""


class FakeImage(msgspec.Struct, frozen=True, cache_hash=True):
    tag: str
    digest: str
    version: str


class FakeInstance(msgspec.Struct, frozen=True, cache_hash=True):
    """One copy of the application on a server. `image` None: configured, never started."""

    generation: str
    image: FakeImage | None = None
    running: bool = False
    configuration: Configuration = ()

    @property
    def behaviour(self) -> Behaviour:
        return behaviour_of(self.image.version) if self.image else ""

    @property
    def ready(self) -> bool:
        return self.running and self.behaviour != "notready"


class FakeEntry(msgspec.Struct, frozen=True, cache_hash=True):
    """One endpoint of the balancer. `state`: in | draining."""

    generation: str
    weight: float
    state: str


class ServerWorld(msgspec.Struct, frozen=True, cache_hash=True):
    """One server: its instances and its entries in the balancer, each sorted by generation."""

    name: str
    instances: tuple[FakeInstance, ...] = ()
    current: str = ""
    pool: tuple[FakeEntry, ...] = ()
    images: tuple[FakeImage, ...] = ()

    def instance(self, generation: str) -> FakeInstance | None:
        return next((i for i in self.instances if i.generation == generation), None)

    def entry(self, generation: str) -> FakeEntry | None:
        return next((e for e in self.pool if e.generation == generation), None)

    def with_instance(self, instance: FakeInstance) -> ServerWorld:
        others = [i for i in self.instances if i.generation != instance.generation]
        ordered = tuple(sorted((*others, instance), key=_generation))
        return msgspec.structs.replace(self, instances=ordered)

    def with_entry(self, entry: FakeEntry) -> ServerWorld:
        others = [e for e in self.pool if e.generation != entry.generation]
        return msgspec.structs.replace(self, pool=tuple(sorted((*others, entry), key=_generation)))

    def without_entry(self, generation: str) -> ServerWorld:
        return msgspec.structs.replace(self, pool=tuple(e for e in self.pool if e.generation != generation))

    def seen(self) -> HostState:
        """What a look at the server finds."""
        return HostState(self.name, tuple(_seen(i) for i in self.instances), self.current)

    @property
    def serves(self) -> bool:
        """Whether the balancer sends it requests and a ready instance answers them."""
        return any(e.state == "in" and e.weight > 0 and self.answers(e.generation) for e in self.pool)

    def answers(self, generation: str) -> bool:
        """Whether a ready instance of this generation runs here."""
        instance = self.instance(generation)
        return instance is not None and instance.ready


class World(msgspec.Struct, frozen=True, cache_hash=True):
    """Everything outside. `cut` names servers and ports ("balancer", "registry" …) that cannot be reached now."""

    servers: tuple[ServerWorld, ...] = ()
    built: tuple[FakeImage, ...] = ()
    published: tuple[FakeImage, ...] = ()
    sent: tuple[str, ...] = ()
    """Keys of delivered messages, sorted."""
    recorded: tuple[str, ...] = ()
    """Keys in the deployment record, sorted."""
    cut: tuple[str, ...] = ()
    seen: tuple[tuple[str, str], ...] = ()
    """By tag, which digest the registry had when the tag was last built; a push replaces only that one."""
    namespaces: tuple[tuple[Namespace, NamespaceRecord], ...] = ()
    """What the clusters hold, sorted by cluster and namespace."""
    schema: tuple[Applied, ...] = ()
    """Applied migrations, oldest first."""

    @staticmethod
    def of(names: Iterable[str], version: str = "v1.0.0", configuration: Mapping[str, str] | None = None) -> World:
        """Servers in rotation on a baseline release; with `version` "" they run nothing."""
        image = FakeImage(version, "sha256:" + BASELINE, version)
        chosen = frozen_configuration(configuration or {"release": BASELINE})
        if not version:
            return World(tuple(ServerWorld(name) for name in names))
        instance = FakeInstance(BASELINE, image, True, chosen)
        entry = FakeEntry(BASELINE, 1.0, "in")
        servers = tuple(ServerWorld(name, (instance,), BASELINE, (entry,), (image,)) for name in names)
        return World(servers, (image,), (image,))

    def snapshot(self) -> World:
        """The world as it stands: it never changes, so it is its own snapshot."""
        return self

    def server(self, name: str) -> ServerWorld | None:
        return next((s for s in self.servers if s.name == name), None)

    def with_server(self, server: ServerWorld) -> World:
        servers = tuple(server if s.name == server.name else s for s in self.servers)
        return msgspec.structs.replace(self, servers=servers)

    def cutting(self, *names: str) -> World:
        return msgspec.structs.replace(self, cut=tuple(sorted({*self.cut, *names})))

    def mending(self, *names: str) -> World:
        return msgspec.structs.replace(self, cut=tuple(n for n in self.cut if n not in names))


def frozen_configuration(configuration: Mapping[str, str]) -> Configuration:
    return tuple(sorted(configuration.items()))


def image_of(image: FakeImage | None) -> Image:
    return Image(image.tag, image.digest) if image else Image("")


def _seen(instance: FakeInstance) -> Instance:
    image = image_of(instance.image)
    return Instance(instance.generation, image, instance.running, instance.ready, dict(instance.configuration))


def _generation(thing: FakeInstance | FakeEntry) -> str:
    return thing.generation
