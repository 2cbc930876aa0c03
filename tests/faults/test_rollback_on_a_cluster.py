"""A document's rollback commands against Kubernetes' own rules: what they would do, and what is done instead (M30)."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.adapters.embedded.cluster import EmbeddedCluster
from rollbook.adapters.embedded.host import ProcessHost
from rollbook.adapters.embedded.layout import Layout
from rollbook.binding.lifting import Lifted, lift
from rollbook.binding.rollback_intent import rollback_intent
from rollbook.documents.commands import read_fence
from rollbook.model.deployment import ShellCommand
from rollbook.model.operations import Rollout
from rollbook.ports.cluster import Cluster, Namespace
from rollbook.problems import StepFailed
from rollbook.steps.workloads import WorkloadPrior, remember, restore
from rollbook.values import At

PLACE = Namespace("prod-cluster", "prod")
APP = PLACE.workload("app")
GOOD, BAD = {"app": "registry.example.com/app:v1"}, {"app": "registry.example.com/app:v2-errors"}
FENCE = """\
# 1. 停止当前部署
kubectl rollout pause deployment/app
# 2. 回滚到上一版本
kubectl rollout undo deployment/app
# 3. 验证回滚
kubectl rollout status deployment/app
"""


@pytest.fixture
def cluster(tmp_path: Path) -> EmbeddedCluster:
    layout = Layout(tmp_path)
    return EmbeddedCluster(layout, lambda: ("a", "b", "c"), ProcessHost(layout))


@pytest.fixture
def commands() -> tuple[ShellCommand, ...]:
    fence, problems = read_fence("6.3 回滚流程", "bash", FENCE, At(1, 1))
    assert problems == ()
    assert {c.role for c in fence.commands} == {"rollback"}
    return fence.commands


async def released(cluster: EmbeddedCluster) -> WorkloadPrior:
    """The good release ran, was remembered, and the bad one was put in its place."""
    await cluster.mirror(APP, GOOD["app"], 3)
    prior = await remember(APP, cluster)
    await cluster.set_image(APP, BAD)
    return prior


async def verbatim(commands: tuple[ShellCommand, ...], cluster: Cluster) -> None:
    """The commands as they stand, as a person would type them."""
    lifted = lift(commands)
    assert isinstance(lifted, Lifted)
    for op in lifted.ops:
        assert isinstance(op, Rollout)
        arguments = (5.0,) if op.verb == "status" else ()
        await getattr(cluster, op.verb)(APP, *arguments)


async def running(cluster: Cluster) -> dict[str, str]:
    state = await cluster.inspect(APP)
    assert state is not None
    return state.running


async def test_f01_pause_then_undo_is_refused_and_rollbook_restores_all_the_same(cluster, commands):
    prior = await released(cluster)
    with pytest.raises(StepFailed) as failure:
        await verbatim(commands, cluster)
    assert failure.value.exit_code == 1
    assert "you cannot rollback a paused deployment" in failure.value.output[-1]
    assert await running(cluster) == BAD, "the document's own commands leave the bad release running, paused"
    state = await restore(APP, prior, cluster)
    assert (state.running, state.settled) == (GOOD, True)


async def test_f01_the_fence_states_intent_and_names_its_repair(commands):
    meant = rollback_intent(commands)
    assert [(i.kind, i.deployment) for i in meant.intents] == [("stop", "app"), ("restore", "app"), ("verify", "app")]
    (repair,) = meant.repairs
    assert (repair.at.line, "pause" in repair.what.en) == (4, True)


async def test_f01_resuming_never_rolls_out_what_waited(cluster):
    """While paused, a further bad change waits: it must not run for a moment on the way back."""
    prior = await released(cluster)
    await cluster.pause(APP)
    await cluster.set_image(APP, {"app": "registry.example.com/app:v3-crash"})
    await restore(APP, prior, cluster)
    state = await cluster.inspect(APP)
    assert state.running == GOOD
    assert not any("v3" in image for r in state.revisions for image in r.images.values())


async def test_f02_a_second_undo_returns_to_the_bad_release_a_second_rollback_does_not(cluster):
    prior = await released(cluster)
    await cluster.undo(APP)
    await cluster.undo(APP)
    assert await running(cluster) == BAD, "Kubernetes' rule"
    await restore(APP, prior, cluster)
    first = await cluster.inspect(APP)
    await restore(APP, prior, cluster)
    assert await cluster.inspect(APP) == first
    assert first.running == GOOD


async def test_f02_a_rollback_after_somebody_elses_undo_changes_nothing(cluster):
    prior = await released(cluster)
    await cluster.undo(APP)
    before = await cluster.inspect(APP)
    await restore(APP, prior, cluster)
    assert await cluster.inspect(APP) == before


async def test_m38_replicas_and_the_whole_template_come_back(cluster):
    prior = await released(cluster)
    await cluster.restart(APP)
    await cluster.scale(APP, 1)
    await restore(APP, prior, cluster)
    state = await cluster.inspect(APP)
    assert (state.replicas, state.revisions[-1].template) == (3, prior.template)


async def test_m38_a_release_that_history_forgot_comes_back_by_its_images(cluster):
    prior = await released(cluster)
    for number in range(20):
        await cluster.set_image(APP, {"app": f"registry.example.com/app:v{number + 10}"})
    assert prior.template not in {r.template for r in (await cluster.inspect(APP)).revisions}
    await restore(APP, prior, cluster)
    assert await running(cluster) == GOOD


async def test_m38_where_nothing_ran_before_nothing_is_left_running(cluster):
    prior = await remember(APP, cluster)
    assert prior == WorkloadPrior()
    await cluster.mirror(APP, BAD["app"], 3)
    assert (await restore(APP, prior, cluster)).replicas == 0


async def test_m38_an_unsettled_workload_is_not_a_state_to_return_to(cluster):
    await cluster.mirror(APP, GOOD["app"], 3)
    await cluster.pause(APP)
    with pytest.raises(StepFailed, match="under way or paused"):
        await remember(APP, cluster)
