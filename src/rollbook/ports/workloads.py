"""Kubernetes' own rules for Deployments, as pure functions over records. Every cluster of this package keeps them.

Only a change of the pod template makes a revision, and none while the Deployment is paused. Returning to an earlier
template moves that revision to the end under a new number, so undoing twice leads back to where it began. Sources:
kubernetes.io, "Deployments" (Rolling Back, Pausing and Resuming) and the messages of kubectl 1.29.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import msgspec

from rollbook.ports.cluster import EVERY_CONTAINER, Revision, Workload, WorkloadState
from rollbook.problems import StepFailed
from rollbook.values import Json, Words

KEPT_REVISIONS = 11
"""The newest and `revisionHistoryLimit`'s default of ten before it."""


class RevisionRecord(msgspec.Struct, frozen=True, cache_hash=True):
    """`template`: the pod template as canonical JSON."""

    number: int
    template: str


class DeploymentRecord(msgspec.Struct, frozen=True, cache_hash=True):
    """A Deployment: the wanted template, and the revisions that were rolled out, oldest first."""

    name: str
    template: str
    replicas: int = 1
    paused: bool = False
    revisions: tuple[RevisionRecord, ...] = ()


def settled(deployment: DeploymentRecord) -> DeploymentRecord:
    """What the cluster makes of a changed Deployment: a revision, unless it is paused or nothing changed."""
    known = deployment.revisions
    if deployment.paused or (known and known[-1].template == deployment.template):
        return deployment
    number = known[-1].number + 1 if known else 1
    others = tuple(r for r in known if r.template != deployment.template)
    kept = (*others, RevisionRecord(number, deployment.template))[-KEPT_REVISIONS:]
    return msgspec.structs.replace(deployment, revisions=kept)


def with_images(deployment: DeploymentRecord, images: Mapping[str, str]) -> DeploymentRecord:
    """Other images; refused for a container that the template does not have."""
    return settled(msgspec.structs.replace(deployment, template=template_with(deployment.template, images)))


def template_with(template: str, images: Mapping[str, str]) -> str:
    """The template with these images."""
    value = json.loads(template)
    containers = value["spec"]["containers"]
    for name, image in images.items():
        found = [c for c in containers if name in (c["name"], EVERY_CONTAINER)]
        if not found:
            raise refused(f'error: unable to find container named "{name}"')
        for container in found:
            container["image"] = image
    return canonical(value)


def paused(deployment: DeploymentRecord) -> DeploymentRecord:
    return msgspec.structs.replace(deployment, paused=True)


def resumed(deployment: DeploymentRecord) -> DeploymentRecord:
    """Whatever was changed while it was paused rolls out now, as one revision."""
    return settled(msgspec.structs.replace(deployment, paused=False))


def undone(deployment: DeploymentRecord, to_revision: int = 0) -> DeploymentRecord:
    """Back to a revision; 0 is the one before the newest."""
    name = deployment.name
    if deployment.paused:
        raise refused(
            "error: you cannot rollback a paused deployment; resume it first with "
            f"'kubectl rollout resume deployment/{name}' and try again"
        )
    if to_revision:
        target = next((r for r in deployment.revisions if r.number == to_revision), None)
        if target is None:
            raise refused(f"error: unable to find specified revision {to_revision} in history")
    elif len(deployment.revisions) < 2:
        raise refused(f'error: no rollout history found for deployment "{name}"')
    else:
        target = deployment.revisions[-2]
    return settled(msgspec.structs.replace(deployment, template=target.template))


def restarted(deployment: DeploymentRecord, at: str) -> DeploymentRecord:
    """The same template, marked with the time of the restart: a new revision."""
    if deployment.paused:
        raise refused(
            f'error: deployments.apps "{deployment.name}" can\'t restart paused deployment (run rollout resume first)'
        )
    value = json.loads(deployment.template)
    metadata = value.get("metadata") or {}
    mark = {"kubectl.kubernetes.io/restartedAt": at}
    value["metadata"] = {**metadata, "annotations": {**(metadata.get("annotations") or {}), **mark}}
    return settled(msgspec.structs.replace(deployment, template=canonical(value)))


def scaled(deployment: DeploymentRecord, replicas: int) -> DeploymentRecord:
    if replicas < 0:
        raise refused("error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    return msgspec.structs.replace(deployment, replicas=replicas)


def seen(deployment: DeploymentRecord, workload: Workload, room: int, ready: bool) -> WorkloadState:
    """What a look finds. `room`: how many instances the cluster has room for; `ready`: whether those of the newest
    revision answer."""
    rolled = bool(deployment.revisions) and deployment.revisions[-1].template == deployment.template
    updated = deployment.replicas if rolled else 0
    return WorkloadState(
        workload,
        images_of(deployment.template),
        deployment.replicas,
        updated,
        min(updated, room) if ready else 0,
        deployment.paused,
        tuple(Revision(r.number, images_of(r.template), _hash(r.template)) for r in deployment.revisions),
    )


def rolled_out(state: WorkloadState) -> WorkloadState:
    """The state itself; refused, in kubectl's words, when it is not what is wanted and will not become it."""
    name, waiting = state.workload.name, f'Waiting for deployment "{state.workload.name}" rollout to finish: '
    if state.running != state.images or not state.revisions:
        counted = f"{state.updated} out of {state.replicas} new replicas have been updated..."
        raise refused("error: timed out waiting for the condition", waiting + counted)
    if state.ready < state.replicas:
        counted = f"{state.ready} of {state.replicas} updated replicas are available..."
        raise refused(f'error: deployment "{name}" exceeded its progress deadline', waiting + counted)
    return state


def _hash(template: str) -> str:
    return hashlib.sha256(template.encode()).hexdigest()[:10]


def images_of(template: str) -> dict[str, str]:
    """Container → image."""
    return {c["name"]: c["image"] for c in json.loads(template)["spec"]["containers"]}


def not_found(name: str, kind: str = "deployments.apps") -> StepFailed:
    return refused(f'Error from server (NotFound): {kind} "{name}" not found')


def refused(said: str, *before: str) -> StepFailed:
    """What the cluster answers, as kubectl prints it before it ends with exit code 1."""
    text = said.removeprefix("error: ")
    return StepFailed(Words(f"the cluster refused: {text}", f"集群拒绝：{text}"), (*before, said))


def canonical(value: Json) -> str:
    """One text for equal values. What YAML has and JSON lacks (dates) becomes text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
