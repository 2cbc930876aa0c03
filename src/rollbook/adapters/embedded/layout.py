"""Where the embedded site keeps what: one directory, which may be deleted at any time (its processes then end)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import msgspec


class Layout(msgspec.Struct, frozen=True):
    """`root` is the user's working directory; everything of the site is below `.rollbook` in it."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / ".rollbook" / "site"

    @property
    def last(self) -> Path:
        """What a site that was taken down left: its logs."""
        return self.root / ".rollbook" / "site.last"

    @property
    def lock(self) -> Path:
        return self.root / ".rollbook" / "site.lock"

    @property
    def used(self) -> Path:
        """Touched by every run that works on the site; the load generator stops when nobody does for long."""
        return self.home / "used"

    @property
    def envoy(self) -> Path:
        return self.home / "envoy"

    @property
    def endpoints(self) -> Path:
        """Envoy's endpoint file: the only truth about the pool."""
        return self.envoy / "endpoints.json"

    @property
    def access_log(self) -> Path:
        return self.envoy / "access.log"

    @property
    def generator(self) -> Path:
        return self.home / "generator"

    @property
    def ignored(self) -> Path:
        """Keeps all of this out of the user's version control."""
        return self.root / ".rollbook" / ".gitignore"

    @property
    def workers(self) -> Path:
        return self.home / "workers"

    @property
    def client(self) -> Path:
        """The load generator's record; it outlives the site, for reports of runs that are over."""
        return self.root / ".rollbook" / "client.jsonl"

    @property
    def born(self) -> Path:
        """When the site came up first."""
        return self.home / "born.json"

    @property
    def registry(self) -> Path:
        return self.root / ".rollbook" / "registry"

    @property
    def built(self) -> Path:
        """Images built here and not yet pushed."""
        return self.root / ".rollbook" / "built"

    @property
    def outbox(self) -> Path:
        return self.root / ".rollbook" / "outbox"

    @property
    def record(self) -> Path:
        return self.root / ".rollbook" / "DEPLOYMENTS.md"

    @property
    def project(self) -> Path:
        return self.root / ".rollbook" / "project"

    @property
    def cluster(self) -> Path:
        """One file for each namespace of each cluster; forgotten with what the servers run when the site goes down."""
        return self.home / "cluster"

    def scratch(self, run: str) -> Path:
        """What the tools of a run write."""
        return self.root / ".rollbook" / "scratch" / folder_of(run or "none")

    def server(self, name: str) -> Path:
        return self.home / "servers" / folder_of(name)

    def images(self, name: str) -> Path:
        return self.server(name) / "images"

    def instance(self, name: str, generation: str) -> Path:
        return self.server(name) / "instances" / folder_of(generation)


def folder_of(name: str) -> str:
    """A name as one safe path component; never "." or ".."."""
    return quote(name, safe="").replace(".", "%2E") if name.strip(".") == "" else quote(name, safe="")
