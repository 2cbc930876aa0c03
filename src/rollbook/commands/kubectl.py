"""Command lines of `kubectl`, built and never run, and the kubeconfig that they are given (M29).

Every line names its kubeconfig, context and namespace: nothing is left to whatever a machine is set up for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from rollbook.problems import Refused
from rollbook.values import Json, Words

Argv = tuple[str, ...]


class Target(msgspec.Struct, frozen=True):
    """Where a line acts: the generated kubeconfig's path, its only context, its only namespace."""

    kubeconfig: str
    context: str
    namespace: str

    def line(self, *words: str) -> Argv:
        place = ("--kubeconfig", self.kubeconfig, "--context", self.context, "--namespace", self.namespace)
        return ("kubectl", *place, *words)


def apply(target: Target, file: str) -> Argv:
    """Apply a manifest; `-` reads it from standard input."""
    return target.line("apply", "--filename", file)


def set_image(target: Target, deployment: str, images: Mapping[str, str]) -> Argv:
    pairs = (f"{container}={image}" for container, image in images.items())
    return target.line("set", "image", f"deployment/{deployment}", *pairs)


def rollout(target: Target, verb: str, deployment: str, *, to_revision: int = 0, timeout_s: float = 0.0) -> Argv:
    """`verb`: status, pause, resume, undo, restart or history."""
    revision = (f"--to-revision={to_revision}",) if to_revision else ()
    limit = (f"--timeout={timeout_s:g}s",) if timeout_s else ()
    return target.line("rollout", verb, f"deployment/{deployment}", *revision, *limit)


def scale(target: Target, deployment: str, replicas: int) -> Argv:
    return target.line("scale", f"deployment/{deployment}", f"--replicas={replicas}")


def get(target: Target, kind: str, name: str = "", output: str = "") -> Argv:
    return target.line("get", kind, *((name,) if name else ()), *((f"--output={output}",) if output else ()))


def logs(target: Target, deployment: str, lines: int | None = None, follow: bool = False) -> Argv:
    tail = (f"--tail={lines}",) if lines is not None else ()
    return target.line("logs", f"deployment/{deployment}", *tail, *(("--follow",) if follow else ()))


def top(target: Target) -> Argv:
    return target.line("top", "pods")


def execute(target: Target, deployment: str, argv: Sequence[str]) -> Argv:
    """Run a program in an instance, without a terminal."""
    return target.line("exec", f"deployment/{deployment}", "--", *argv)


def kubeconfig(context: str, namespace: str, cluster: Mapping[str, Json], user: Mapping[str, Json]) -> dict[str, Json]:
    """A kubeconfig that knows one context and one namespace, and so can reach nothing else."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "preferences": {},
        "clusters": [{"name": context, "cluster": dict(cluster)}],
        "users": [{"name": context, "user": dict(user)}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context, "namespace": namespace}}],
        "current-context": context,
    }


def narrowed(config: Mapping[str, Json], context: str, namespace: str) -> dict[str, Json]:
    """A person's kubeconfig reduced to one of its contexts, in this namespace. Raises Refused when it has no such
    context, or the context names a cluster or user that is not there."""
    chosen = _named(config, "contexts", context, "context")
    cluster = _named(config, "clusters", str(chosen.get("cluster", "")), "cluster")
    user = _named(config, "users", str(chosen.get("user", "")), "user")
    return kubeconfig(context, namespace, cluster, user)


def _named(config: Mapping[str, Json], group: str, name: str, kind: str) -> dict[str, Json]:
    entries = [entry for entry in config.get(group) or () if isinstance(entry, dict)]
    found = next((entry.get(kind) for entry in entries if entry.get("name") == name), None)
    if not isinstance(found, dict):
        known = ", ".join(str(entry.get("name", "")) for entry in entries) or "-"
        raise Refused(
            Words(f"the kubeconfig has no {kind} “{name}”", f"kubeconfig 中没有 {kind} “{name}”"),
            Words(f"it has: {known}", f"其中有：{known}"),
        )
    return found
