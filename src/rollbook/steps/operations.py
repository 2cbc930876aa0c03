"""Operations on a cluster, as lifted from a document's commands, carried out through the ports."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from rollbook.model.operations import Change, Exec, Get, Logs, Operation, Rollout, Scale, Top
from rollbook.ports import Project
from rollbook.ports.cluster import Cluster, Namespace, WorkloadState
from rollbook.problems import StepFailed
from rollbook.values import Words

STATUS_LIMIT_S = 600.0
"""Kubernetes' default for `progressDeadlineSeconds`."""
LOG_LINES = 200
REFERENCE = re.compile(r"\$\{(\w+)\}")


async def carry_out(
    op: Operation, place: Namespace, cluster: Cluster, project: Project, values: Mapping[str, str]
) -> tuple[str, ...]:
    """Do it in `place` and return what kubectl would have printed. `values` fill in references. Raises StepFailed where
    the cluster refuses, a reference has no value, or the command names another namespace than the environment's."""
    named = getattr(op, "namespace", "")
    if named and filled(named, values) != place.namespace:
        raise StepFailed(OTHER_NAMESPACE.format(named=named, own=place.namespace), (), OTHER_NAMESPACE_HINT)
    act = _ACTS.get(type(op))
    if act is None:
        raise StepFailed(NOT_OF_A_CLUSTER)
    return await act(op, place, cluster, partial(filled, values=values), project)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its references `${NAME}` filled in. Raises StepFailed for one without a value, like `bash -u`."""
    missing = next((name for name in REFERENCE.findall(text) if name not in values), None)
    if missing is not None:
        raise StepFailed(UNSET.format(name=missing), (f"{missing}: unbound variable",))
    return REFERENCE.sub(lambda found: values[found[1]], text)


Fill = Callable[[str], str]


async def _change(op: Change, place: Namespace, cluster: Cluster, fill: Fill, project: Project) -> tuple[str, ...]:
    images = {fill(container): fill(image) for container, image in op.images.items()}
    name = fill(op.deployment)
    if not op.files:
        before = await cluster.inspect(place.workload(name))
        after = await cluster.set_image(place.workload(name), images)
        return () if before == after else (f"deployment.apps/{name} image updated",)
    texts = [_manifest(project, fill(file)) for file in op.files]
    return await cluster.apply(place, "\n---\n".join(texts), name, images)


async def _rollout(op: Rollout, place: Namespace, cluster: Cluster, fill: Fill, project: Project) -> tuple[str, ...]:  # noqa: ARG001
    name = fill(op.deployment)
    workload = place.workload(name)
    if op.verb == "status":
        await cluster.status(workload, op.timeout_s or STATUS_LIMIT_S)
        return (f'deployment "{name}" successfully rolled out',)
    if op.verb == "history":
        return _history(await cluster.inspect(workload), name)
    if op.verb == "undo":
        await cluster.undo(workload, op.to_revision)
    else:
        await getattr(cluster, op.verb)(workload)
    return (f"deployment.apps/{name} {_DONE[op.verb]}",)


async def _scale(op: Scale, place: Namespace, cluster: Cluster, fill: Fill, project: Project) -> tuple[str, ...]:  # noqa: ARG001
    state = await cluster.scale(place.workload(fill(op.deployment)), op.replicas)
    return (f"deployment.apps/{state.workload.name} scaled", f"{state.ready} of {state.replicas} ready")


async def _get(op: Get, place: Namespace, cluster: Cluster, fill: Fill, project: Project) -> tuple[str, ...]:  # noqa: ARG001
    return await cluster.get(place, op.kind, fill(op.name))


async def _logs(op: Logs, place: Namespace, cluster: Cluster, fill: Fill, project: Project) -> tuple[str, ...]:  # noqa: ARG001
    lines = LOG_LINES if op.lines is None else op.lines
    return await cluster.logs(place.workload(fill(op.deployment)), lines)


async def _top(op: Top, place: Namespace, cluster: Cluster, fill: Fill, project: Project) -> tuple[str, ...]:  # noqa: ARG001
    return await cluster.top(place)


async def _exec(op: Exec, place: Namespace, cluster: Cluster, fill: Fill, project: Project) -> tuple[str, ...]:  # noqa: ARG001
    raise StepFailed(NO_EXEC.format(program=fill(op.argv[0])), (), NO_EXEC_HINT)


_ACTS: Mapping[type, Callable[..., Awaitable[tuple[str, ...]]]] = {
    Change: _change, Rollout: _rollout, Scale: _scale, Get: _get, Logs: _logs, Top: _top, Exec: _exec,
}  # fmt: skip
_DONE = {"pause": "paused", "resume": "resumed", "undo": "rolled back", "restart": "restarted"}


def _manifest(project: Project, file: str) -> str:
    text = project.read(file)
    if text is None:
        raise StepFailed(NO_FILE.format(file=file), (f'error: the path "{file}" does not exist',), NO_FILE_HINT)
    return text


def _history(state: WorkloadState | None, name: str) -> tuple[str, ...]:
    if state is None:
        raise StepFailed(
            GONE.format(name=name), (f'Error from server (NotFound): deployments.apps "{name}" not found',)
        )
    lines = (f"{r.number:<10}{', '.join(f'{c}={i}' for c, i in r.images.items())}" for r in state.revisions)
    return (f"deployment.apps/{name}", f"{'REVISION':<10}IMAGES", *lines)


OTHER_NAMESPACE = Words(
    "the command names namespace {named}, the environment is {own}", "命令指定了命名空间 {named}，而环境是 {own}"
)
OTHER_NAMESPACE_HINT = Words(
    "leave the namespace out of the command, or give the environment its namespace in the environment table",
    "请从命令中去掉命名空间，或在环境表中写明该环境的命名空间",
)
NOT_OF_A_CLUSTER = Words("this is not a cluster's to do", "这不是集群能做的事")
UNSET = Words("the variable {name} has no value", "变量 {name} 没有值")
NO_FILE = Words("the project has no file {file}", "项目中没有文件 {file}")
NO_FILE_HINT = Words("paths count from the project's directory", "路径相对于项目目录")
NO_EXEC = Words(
    "`{program}` cannot be run in an instance: on this site instances are plain processes, not containers",
    "无法在实例中执行 `{program}`：此站点的实例是普通进程，不是容器",
)
NO_EXEC_HINT = Words("run it on a site with a real cluster", "请在有真实集群的站点上执行")
GONE = Words("there is no deployment {name}", "没有部署对象 {name}")
