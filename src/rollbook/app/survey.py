"""The survey: what is there before a plan is made, as facts (DESIGN §1). Looks only."""

from __future__ import annotations

from pathlib import Path

from rollbook.model.site import Site
from rollbook.values import Json

EMBEDDED_HOME = Path(".rollbook") / "site"


def survey(site: Site) -> dict[str, Json]:
    """`running`: server → tag of the release it serves. Empty where the site is not up or cannot be looked at yet."""
    if site.kind != "embedded" or not (Path(site.directory) / EMBEDDED_HOME).is_dir():
        return {}
    from rollbook.adapters.embedded import EmbeddedSite

    status = EmbeddedSite(Path(site.directory)).status()
    return {"running": {server.name: server.release for server in status.servers}} if status.up else {}
