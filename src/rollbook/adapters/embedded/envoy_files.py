"""The two files that Envoy obeys: how it starts, and which endpoints there are. Pure: text from data and back.

The endpoint file is the only truth about the pool. What Envoy has no word for (server, generation, the weight as
asked) stands in each endpoint's metadata, which also names the endpoint in the access log.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import msgspec

from rollbook.values import Json

CLUSTER = "application"
LISTENER = "front"
FENCE_PATH = "/.rollbook/fence"
"""Answered by Envoy's worker itself: proof that the worker has seen everything sent to it before."""
FULL_WEIGHT = 10_000
"""Envoy's integer for a weight of 1."""
METADATA = "rollbook"
LOG_FORMAT = "%UPSTREAM_METADATA(rollbook:endpoint)% %RESPONSE_CODE% %DURATION%\n"


class PoolEntry(msgspec.Struct, frozen=True):
    """One instance in the pool. `state`: in | draining. `port` is where its process listens on loopback."""

    server: str
    generation: str
    weight: float
    state: str
    port: int

    @property
    def key(self) -> str:
        """Its name in the access log: one word without spaces."""
        return f"{quote(self.server, safe='')}/{quote(self.generation, safe='')}"


class Pool(msgspec.Struct, frozen=True):
    """All entries; `version` counts changes."""

    version: int = 0
    entries: tuple[PoolEntry, ...] = ()

    def entry(self, server: str, generation: str) -> PoolEntry | None:
        return next((e for e in self.entries if (e.server, e.generation) == (server, generation)), None)

    def without(self, server: str, generation: str) -> Pool:
        kept = tuple(e for e in self.entries if (e.server, e.generation) != (server, generation))
        return Pool(self.version, kept)

    def having(self, entry: PoolEntry) -> Pool:
        others = self.without(entry.server, entry.generation).entries
        return Pool(self.version, tuple(sorted((*others, entry), key=lambda e: e.key)))


def endpoint_file(pool: Pool) -> Json:
    """The pool as Envoy's endpoint discovery response."""
    return {
        "version_info": str(pool.version),
        "resources": [
            {
                "@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
                "cluster_name": CLUSTER,
                "endpoints": [{"lb_endpoints": [_endpoint(e) for e in pool.entries]}],
            }
        ],
    }


def pool_of(file: Json) -> Pool:
    """The pool that an endpoint file describes."""
    endpoints = file["resources"][0]["endpoints"][0]["lb_endpoints"]
    described = (e["metadata"]["filter_metadata"][METADATA]["entry"] for e in endpoints)
    return Pool(int(file["version_info"]), tuple(msgspec.convert(d, PoolEntry, strict=False) for d in described))


def bootstrap(home: Path, endpoints: Path, access_log: Path) -> Json:
    """How Envoy starts: free ports, one listener, one cluster whose endpoints come from a file."""
    return {
        "node": {"id": "rollbook", "cluster": "rollbook"},
        "admin": {"address": _address(0), "profile_path": str(home / "profile")},
        "static_resources": {"listeners": [_listener(access_log)], "clusters": [_cluster(endpoints)]},
        "stats_config": {
            "stats_matcher": {"inclusion_list": {"patterns": _patterns(("cluster.application.version",))}}
        },
    }


def log_counts(lines: Iterable[bytes]) -> Iterable[tuple[str, int, int]]:
    """Endpoint key, status and milliseconds of each logged request; one that no endpoint got has the key "-"."""
    for line in lines:
        key, status, milliseconds = line.decode().rsplit(" ", 2)
        yield key, int(status), int(milliseconds)


def _endpoint(entry: PoolEntry) -> Json:
    takes_new = entry.state == "in" and entry.weight > 0
    about = {"endpoint": entry.key, "entry": msgspec.to_builtins(entry)}
    return {
        "endpoint": {"address": _address(entry.port), "hostname": entry.server},
        "health_status": "HEALTHY" if takes_new else "DRAINING",
        "load_balancing_weight": max(1, round(entry.weight * FULL_WEIGHT)),
        "metadata": {"filter_metadata": {METADATA: about}},
    }


def _listener(access_log: Path) -> Json:
    routes = [
        {"match": {"path": FENCE_PATH}, "direct_response": {"status": 200}},
        {"match": {"prefix": "/"}, "route": {"cluster": CLUSTER, "timeout": "15s"}},
    ]
    manager = {
        "@type": _type("filters.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": LISTENER,
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": [{"name": "router", "typed_config": {"@type": _type("filters.http.router.v3.Router")}}],
        "access_log": [{"name": "file", "typed_config": _file_log(access_log), "filter": _NOT_FENCE}],
    }
    chain = {"filters": [{"name": "http", "typed_config": manager}]}
    return {"name": LISTENER, "address": _address(0), "filter_chains": [chain]}


def _file_log(path: Path) -> Json:
    log_format = {"text_format_source": {"inline_string": LOG_FORMAT}}
    return {"@type": _type("access_loggers.file.v3.FileAccessLog"), "path": str(path), "log_format": log_format}


def _cluster(endpoints: Path) -> Json:
    source = {"path": str(endpoints), "watched_directory": {"path": str(endpoints.parent)}}
    return {
        "name": CLUSTER,
        "type": "EDS",
        "connect_timeout": "2s",
        "lb_policy": "ROUND_ROBIN",
        # Without this Envoy would send requests to draining endpoints once they are the majority.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "eds_cluster_config": {"eds_config": {"path_config_source": source, "resource_api_version": "V3"}},
        # Every request is tried once: what a release does wrong must be seen, by the client too.
        "circuit_breakers": {
            "thresholds": [{"max_retries": 0, "max_requests": 10_000, "max_pending_requests": 10_000}]
        },
    }


def _address(port: int) -> Json:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _type(name: str) -> str:
    return f"type.googleapis.com/envoy.extensions.{name}"


def _patterns(prefixes: Iterable[str]) -> Json:
    return [{"prefix": prefix} for prefix in prefixes]


_NOT_FENCE: Json = {
    "header_filter": {"header": {"name": ":path", "string_match": {"exact": FENCE_PATH}, "invert_match": True}}
}
