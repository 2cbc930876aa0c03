"""The embedded site: what a release needs, made of local processes behind a real Envoy."""

from rollbook.adapters.embedded.site import EmbeddedPorts, EmbeddedSite, ServerStatus, SiteStatus

__all__ = ["EmbeddedPorts", "EmbeddedSite", "ServerStatus", "SiteStatus"]
