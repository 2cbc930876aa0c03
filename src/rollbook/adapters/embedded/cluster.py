"""The embedded site's cluster: Deployments and Services on disk, under Kubernetes' own rules. Its nodes are the site's
servers, each with room for one instance; logs and usage are those of the processes that run there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from rollbook.adapters.embedded import processes
from rollbook.adapters.embedded.files import locked_soon, write_whole
from rollbook.adapters.embedded.host import ProcessHost
from rollbook.adapters.embedded.layout import Layout, folder_of
from rollbook.adapters.embedded.usage import used_by
from rollbook.ports.cluster import Namespace, Workload
from rollbook.ports.manifests import NamespaceRecord
from rollbook.ports.recorded_cluster import Change, RecordedCluster
from rollbook.ports.workloads import DeploymentRecord, canonical, images_of, scaled, settled, with_images
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Server, Words


class EmbeddedCluster(RecordedCluster):
    """`nodes` names the servers; `host` knows what runs on them."""

    def __init__(self, layout: Layout, nodes: Callable[[], Sequence[str]], host: ProcessHost) -> None:
        self._layout = layout
        self._servers = nodes
        self._host = host

    async def mirror(self, workload: Workload, image: str, replicas: int, resize: bool = False) -> None:
        """See that there is a Deployment for what the site's servers run: with one container of its own name where
        there was none, else with this image, and with `resize` this many replicas: what a person scaled stays until
        a run sets it anew (M23). A cluster that a document names is then neither empty nor out of date."""

        def mirrored(record: NamespaceRecord) -> tuple[NamespaceRecord, tuple[str, ...]]:
            known = record.deployment(workload.name)
            if known is None:
                made = settled(DeploymentRecord(workload.name, _template(workload.name, image), replicas))
                return record.with_deployment(made), ()
            if resize:
                known = scaled(known, replicas)
            held = workload.name in images_of(known.template)
            return record.with_deployment(with_images(known, {workload.name: image}) if held else known), ()

        await self._edit(workload.place, "apply", mirrored)

    async def _read(self, place: Namespace, method: str) -> NamespaceRecord:  # noqa: ARG002
        return _load(self._file(place))

    async def _edit(self, place: Namespace, method: str, change: Change) -> tuple[str, ...]:  # noqa: ARG002
        file = self._file(place)
        async with locked_soon(file.with_suffix(".lock")):
            before = _load(file)
            record, lines = change(before)
            if record != before:
                write_whole(file, msgspec.json.encode(record))
        return lines

    def _nodes(self) -> Sequence[str]:
        return self._servers()

    async def _output(self, workload: Workload, lines: int) -> tuple[str, ...]:
        nodes = tuple(self._servers())
        if not nodes:
            raise StepFailed(Words(f"{workload} has no instance", f"{workload} 没有实例"))
        said = f"Found {len(nodes)} instances, using {nodes[0]}"
        generation = (await self._host.inspect(Server(nodes[0]))).current
        return (said, *await self._host.tail(Server(nodes[0]), generation, lines))

    async def _usage(self) -> Mapping[str, tuple[float, float]]:
        homes = {node: list(self._layout.server(node).glob("instances/*")) for node in self._servers()}
        return await asyncio.to_thread(_used, homes)

    def _time(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def _file(self, place: Namespace) -> Path:
        return self._layout.cluster / folder_of(place.cluster) / f"{folder_of(place.namespace)}.json"


def _template(name: str, image: str) -> str:
    labels = {"app": name}
    return canonical({"metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": image}]}})


def _load(file: Path) -> NamespaceRecord:
    try:
        return msgspec.json.decode(file.read_bytes(), type=NamespaceRecord)
    except FileNotFoundError:
        return NamespaceRecord()
    except msgspec.MsgspecError as error:
        raise Unreachable(Words(f"{file} cannot be read: {error}", f"无法读取 {file}：{error}")) from error


def _used(homes: Mapping[str, Sequence[Path]]) -> dict[str, tuple[float, float]]:
    """Of each server, what the processes of all its instances use together."""
    found = {node: [used_by(pid) for home in of for pid in processes.processes_of(home)] for node, of in homes.items()}
    return {node: (sum(u[0] for u in used), sum(u[1] for u in used)) for node, used in found.items() if used}
