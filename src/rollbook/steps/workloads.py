"""A workload's release, remembered before the first touch and restored from that memory alone (M30, M38).

Kubernetes' own way back is not enough: `undo` is refused while the Deployment is paused (F1), and a second one returns
to the release that was left (F2). The remembered pod template says what to return to, wherever the history has it now.
"""

from __future__ import annotations

import msgspec

from rollbook.ports.cluster import Cluster, Workload, WorkloadState
from rollbook.problems import StepFailed
from rollbook.values import Words

ROLLOUT_LIMIT_S = 600.0
"""Kubernetes' default for `progressDeadlineSeconds`."""


class WorkloadPrior(msgspec.Struct, frozen=True):
    """What a workload ran before a run first touched it. `template` "" means that it did not exist."""

    template: str = ""
    images: dict[str, str] = {}
    replicas: int = 0


async def remember(workload: Workload, cluster: Cluster) -> WorkloadPrior:
    """Look, before anything is touched. Raises StepFailed where what runs is not what is wanted: a rollout that is
    under way or paused has no one state to return to."""
    state = await cluster.inspect(workload)
    if state is None:
        return WorkloadPrior()
    if state.paused or state.running != state.images:
        raise StepFailed(UNSETTLED.format(workload=workload), (), UNSETTLED_HINT.format(name=workload.name))
    return WorkloadPrior(state.revisions[-1].template, state.images, state.replicas)


async def restore(
    workload: Workload, prior: WorkloadPrior, cluster: Cluster, limit_s: float = ROLLOUT_LIMIT_S
) -> WorkloadState | None:
    """Bring the remembered release back and see that it is ready; restoring twice is restoring once. Returns what runs
    then; None where there was no release, and so nothing to bring back: the workload is left with no instances."""
    state = await cluster.inspect(workload)
    if not prior.template:
        return await cluster.scale(workload, 0) if state is not None and state.replicas else state
    if state is None:
        raise StepFailed(GONE.format(workload=workload))
    if state.paused:
        state = await _unpaused(state, prior, cluster)
    if state.revisions[-1].template != prior.template:
        await _returned(state, prior, cluster)
    if state.replicas != prior.replicas:
        await cluster.scale(workload, prior.replicas)
    return await cluster.status(workload, limit_s)


async def _unpaused(state: WorkloadState, prior: WorkloadPrior, cluster: Cluster) -> WorkloadState:
    """Resumed, but not into the change that waits: what is wanted is set back first, so that it never rolls out."""
    images = {name: image for name, image in prior.images.items() if name in state.images}
    if images and {**state.images, **images} != state.images:
        await cluster.set_image(state.workload, images)
    await cluster.resume(state.workload)
    return await _seen(state.workload, cluster)


async def _returned(state: WorkloadState, prior: WorkloadPrior, cluster: Cluster) -> None:
    """To the revision with the remembered template; where the history has dropped it, to its images."""
    found = next((r for r in state.revisions if r.template == prior.template), None)
    if found is not None:
        await cluster.undo(state.workload, found.number)
    else:
        await cluster.set_image(state.workload, prior.images)


async def _seen(workload: Workload, cluster: Cluster) -> WorkloadState:
    state = await cluster.inspect(workload)
    if state is None:
        raise StepFailed(GONE.format(workload=workload))
    return state


UNSETTLED = Words("{workload}: a rollout is under way or paused", "{workload}：发布正在进行或已暂停")
UNSETTLED_HINT = Words(
    "finish it first: `kubectl rollout resume deployment/{name}`, then `kubectl rollout status deployment/{name}`",
    "请先完成它：`kubectl rollout resume deployment/{name}`，再 `kubectl rollout status deployment/{name}`",
)
GONE = Words("{workload} is no longer there", "{workload} 已不存在")
