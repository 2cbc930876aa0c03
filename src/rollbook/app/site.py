"""Use case: the embedded site up, down, and as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rollbook.app.places import site_named
from rollbook.problems import Refused
from rollbook.values import Words
from rollbook.wiring import embedded_site, state_directory

if TYPE_CHECKING:
    from rollbook.adapters.embedded import SiteStatus

SERVERS = ("app-server-1", "app-server-2", "app-server-3")
"""What comes up where neither the command nor the site file names servers."""


def bring_up(servers: Sequence[str] = (), site: str = "") -> SiteStatus:
    """Start what is missing of the embedded site: the named servers, else those of the site file, else those it has,
    else three. Returns what there is then. Raises Refused for any other kind of site or without Envoy, StepFailed when
    a part does not start."""
    found = site_named(site)
    embedded = embedded_site(found)
    listed = tuple(server.name for server in found.servers)
    try:
        state_directory(found).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(UNWRITABLE.format(where=str(state_directory(found)), why=str(error.strerror))) from error
    embedded.up(tuple(servers) or listed or embedded.servers() or SERVERS)
    return embedded.status()


def take_down(site: str = "") -> tuple[str, ...]:
    """End every process of the embedded site, its generator and workers too. Returns the servers that it had."""
    embedded = embedded_site(site_named(site))
    servers = embedded.servers()
    embedded.down()
    return servers


def look_at(site: str = "") -> SiteStatus:
    """What there is of the embedded site now."""
    return embedded_site(site_named(site)).status()


UNWRITABLE = Words("the site cannot be kept in {where}: {why}", "站点无法保存在 {where}：{why}")
