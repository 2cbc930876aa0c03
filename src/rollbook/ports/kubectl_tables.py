"""Tables as kubectl prints them, for clusters that have no kubectl."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from rollbook.ports.cluster import WorkloadState
from rollbook.ports.manifests import ServiceRecord
from rollbook.ports.workloads import not_found

MEBIBYTE = 1024.0 * 1024.0


def deployments_table(states: Sequence[WorkloadState], name: str = "") -> tuple[str, ...]:
    rows = [
        (s.workload.name, f"{s.ready}/{s.replicas}", str(s.updated), str(s.ready))
        for s in _named(states, name, "deployments.apps")
    ]
    return table(("NAME", "READY", "UP-TO-DATE", "AVAILABLE"), rows)


def pods_table(states: Iterable[WorkloadState], nodes: Sequence[str], name: str = "") -> tuple[str, ...]:
    """One line an instance; those without a node are pending."""
    rows = [
        (pod, "1/1" if ready else "0/1", "Running" if node else "Pending", "-".join(node.split()) or "<none>")
        for state in states
        for pod, node, ready in pods_of(state, nodes)
        if name in ("", pod)
    ]
    if name and not rows:
        raise not_found(name, "pods")
    return table(("NAME", "READY", "STATUS", "NODE"), rows)


def services_table(services: Iterable[ServiceRecord], name: str = "") -> tuple[str, ...]:
    rows = [(s.name, *_exposed(json.loads(s.spec))) for s in services if name in ("", s.name)]
    if name and not rows:
        raise not_found(name, "services")
    return table(("NAME", "TYPE", "PORT(S)"), rows)


def usage_table(
    states: Iterable[WorkloadState], nodes: Sequence[str], usage: Mapping[str, tuple[float, float]]
) -> tuple[str, ...]:
    """Processor in thousandths of a core, memory in MiB."""
    rows = [
        (pod, f"{usage[node][0] * 1000:.0f}m", f"{usage[node][1] / MEBIBYTE:.0f}Mi")
        for state in states
        for pod, node, _ in pods_of(state, nodes)
        if node in usage
    ]
    return table(("NAME", "CPU(cores)", "MEMORY(bytes)"), rows)


def pods_of(state: WorkloadState, nodes: Sequence[str]) -> tuple[tuple[str, str, bool], ...]:
    """Of each instance: its name (one word), its node ("" while there is no room), whether it is ready."""
    placed = [*nodes, *[""] * state.replicas][: state.replicas]
    ends = ("-".join(node.split()) or f"pending-{i}" for i, node in enumerate(placed))
    names = (f"{state.workload.name}-{state.revision}-{end}" for end in ends)
    return tuple(
        (name, node, bool(node) and state.ready > i) for i, (name, node) in enumerate(zip(names, placed, strict=True))
    )


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Columns as wide as their widest cell; one line saying so where there is nothing."""
    if not rows:
        return ("No resources found.",)
    widths = [max(len(cell) for cell in column) for column in zip(heads, *rows, strict=True)]
    lines = ("   ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in (heads, *rows))
    return tuple(line.rstrip() for line in lines)


def _named(states: Sequence[WorkloadState], name: str, kind: str) -> list[WorkloadState]:
    found = [state for state in states if name in ("", state.workload.name)]
    if name and not found:
        raise not_found(name, kind)
    return found


def _exposed(spec: dict[str, object]) -> tuple[str, str]:
    ports = spec.get("ports")
    shown = [f"{p.get('port', '')}/{p.get('protocol', 'TCP')}" for p in ports] if isinstance(ports, list) else []
    return str(spec.get("type", "ClusterIP")), ",".join(shown) or "<none>"
