"""What every cluster promises: Kubernetes' own rules, in the fake and on the embedded site."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from rollbook.adapters.embedded.cluster import EmbeddedCluster
from rollbook.adapters.embedded.host import ProcessHost
from rollbook.adapters.embedded.layout import Layout
from rollbook.ports.cluster import Cluster, Namespace
from rollbook.ports.fakes import FakeSite
from rollbook.problems import StepFailed

NODES = ("node-1", "node-2", "node-3")
PLACE = Namespace("prod-cluster", "shop")
APP = PLACE.workload("app")
MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  replicas: 2
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      containers:
        - {name: app, image: "registry.example.com/app:v1"}
        - {name: proxy, image: "registry.example.com/proxy:v7"}
---
apiVersion: v1
kind: Service
metadata: {name: app}
spec: {selector: {app: app}, ports: [{port: 80}]}
"""


@pytest.fixture(params=["fake", "embedded"])
def again(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Cluster]:
    """The same cluster, met anew."""
    if request.param == "fake":
        site = FakeSite.of(NODES)
        return lambda: site.cluster
    layout = Layout(tmp_path)
    return lambda: EmbeddedCluster(layout, lambda: NODES, ProcessHost(layout))


@pytest.fixture
def cluster(again: Callable[[], Cluster]) -> Cluster:
    return again()


def said(failure: pytest.ExceptionInfo[StepFailed]) -> str:
    return failure.value.output[-1]


async def test_an_empty_namespace_has_no_workload(cluster):
    assert await cluster.inspect(APP) is None


async def test_apply_creates_what_the_manifest_says_in_one_revision(cluster):
    lines = await cluster.apply(PLACE, MANIFEST)
    state = await cluster.inspect(APP)
    assert lines == ("deployment.apps/app created", "service/app created")
    assert (state.revision, state.replicas, state.ready, state.paused) == (1, 2, 2, False)
    assert state.images == {"app": "registry.example.com/app:v1", "proxy": "registry.example.com/proxy:v7"}
    assert state.settled


async def test_applying_again_changes_nothing(cluster):
    await cluster.apply(PLACE, MANIFEST)
    assert await cluster.apply(PLACE, MANIFEST) == ("deployment.apps/app unchanged", "service/app unchanged")
    assert (await cluster.inspect(APP)).revision == 1


async def test_only_a_changed_pod_template_makes_a_revision(cluster):
    await cluster.apply(PLACE, MANIFEST)
    lines = await cluster.apply(PLACE, MANIFEST.replace("replicas: 2", "replicas: 3"))
    state = await cluster.inspect(APP)
    assert lines[0] == "deployment.apps/app configured"
    assert (state.replicas, state.revision) == (3, 1)
    await cluster.apply(PLACE, MANIFEST.replace("app:v1", "app:v2"))
    assert (await cluster.inspect(APP)).revision == 2


async def test_apply_keeps_replicas_that_the_manifest_does_not_state(cluster):
    manifest = MANIFEST.replace("  replicas: 2\n", "")
    await cluster.apply(PLACE, manifest)
    await cluster.scale(APP, 3)
    await cluster.apply(PLACE, manifest.replace("app:v1", "app:v2"))
    assert (await cluster.inspect(APP)).replicas == 3


async def test_m28_apply_with_an_image_is_one_change_and_one_revision(cluster):
    await cluster.apply(PLACE, MANIFEST)
    await cluster.apply(PLACE, MANIFEST, "app", {"app": "registry.example.com/app:v2"})
    state = await cluster.inspect(APP)
    assert (state.revision, state.images["app"]) == (2, "registry.example.com/app:v2")
    assert [r.images["app"][-2:] for r in state.revisions] == ["v1", "v2"]


async def test_an_image_for_a_workload_outside_the_manifest_is_part_of_the_same_change(cluster):
    await cluster.apply(PLACE, MANIFEST)
    service = MANIFEST.partition("---")[2]
    assert await cluster.apply(PLACE, service, "app", {"app": "x:v2"}) == (
        "service/app unchanged",
        "deployment.apps/app image updated",
    )
    assert (await cluster.inspect(APP)).images["app"] == "x:v2"
    with pytest.raises(StepFailed) as failure:
        await cluster.apply(PLACE, service.replace("80", "90"), "web", {"app": "x:v2"})
    assert said(failure) == 'Error from server (NotFound): deployments.apps "web" not found'
    assert "80/TCP" in (await cluster.get(PLACE, "services"))[1], "all or none"


async def test_apply_then_set_image_apart_are_two_revisions(cluster):
    await cluster.apply(PLACE, MANIFEST)
    await cluster.set_image(APP, {"app": "registry.example.com/app:v2"})
    await cluster.apply(PLACE, MANIFEST)
    await cluster.set_image(APP, {"app": "registry.example.com/app:v3"})
    assert (await cluster.inspect(APP)).revision == 4, "apply alone put the old image back for a while"


async def test_an_unknown_container_is_refused_and_nothing_changes(cluster):
    await cluster.apply(PLACE, MANIFEST)
    with pytest.raises(StepFailed) as failure:
        await cluster.set_image(APP, {"app": "x:v2", "web": "x:v2"})
    assert said(failure) == 'error: unable to find container named "web"'
    with pytest.raises(StepFailed):
        await cluster.apply(PLACE, MANIFEST, "app", {"web": "x:v2"})
    assert (await cluster.inspect(APP)).images["app"] == "registry.example.com/app:v1"


async def test_a_star_sets_every_container(cluster):
    await cluster.apply(PLACE, MANIFEST)
    state = await cluster.set_image(APP, {"*": "x:v2"})
    assert set(state.images.values()) == {"x:v2"}


async def test_a_missing_workload_is_not_found(cluster):
    for act in (cluster.pause, cluster.undo, cluster.restart, cluster.logs):
        with pytest.raises(StepFailed) as failure:
            await act(APP)
        assert said(failure) == 'Error from server (NotFound): deployments.apps "app" not found'


async def test_undo_returns_to_the_revision_before_under_a_new_number(cluster):
    await cluster.apply(PLACE, MANIFEST)
    await cluster.set_image(APP, {"app": "x:v2"})
    state = await cluster.undo(APP)
    assert state.running["app"] == "registry.example.com/app:v1"
    assert [r.number for r in state.revisions] == [2, 3], "revision 1 became revision 3"


async def test_a_second_undo_returns_to_where_it_began(cluster):
    await cluster.apply(PLACE, MANIFEST)
    await cluster.set_image(APP, {"app": "x:v2"})
    await cluster.undo(APP)
    assert (await cluster.undo(APP)).running["app"] == "x:v2"


async def test_undo_to_a_revision_by_number(cluster):
    await cluster.apply(PLACE, MANIFEST)
    for version in ("v2", "v3"):
        await cluster.set_image(APP, {"app": f"x:{version}"})
    assert (await cluster.undo(APP, to_revision=1)).running["app"] == "registry.example.com/app:v1"
    with pytest.raises(StepFailed) as failure:
        await cluster.undo(APP, to_revision=9)
    assert said(failure) == "error: unable to find specified revision 9 in history"


async def test_undo_without_history_is_refused(cluster):
    await cluster.apply(PLACE, MANIFEST)
    with pytest.raises(StepFailed) as failure:
        await cluster.undo(APP)
    assert said(failure) == 'error: no rollout history found for deployment "app"'


async def test_undo_while_paused_is_refused_in_kubectls_words(cluster):
    await cluster.apply(PLACE, MANIFEST)
    await cluster.set_image(APP, {"app": "x:v2"})
    await cluster.pause(APP)
    with pytest.raises(StepFailed) as failure:
        await cluster.undo(APP)
    assert failure.value.exit_code == 1
    assert said(failure) == (
        "error: you cannot rollback a paused deployment; resume it first with "
        "'kubectl rollout resume deployment/app' and try again"
    )
    assert (await cluster.inspect(APP)).running["app"] == "x:v2"


async def test_restart_while_paused_is_refused(cluster):
    await cluster.apply(PLACE, MANIFEST)
    await cluster.pause(APP)
    with pytest.raises(StepFailed):
        await cluster.restart(APP)


async def test_changes_while_paused_wait_and_then_are_one_revision(cluster):
    await cluster.apply(PLACE, MANIFEST)
    await cluster.pause(APP)
    await cluster.set_image(APP, {"app": "x:v2"})
    state = await cluster.set_image(APP, {"proxy": "y:v8"})
    assert (state.revision, state.updated, state.running["app"]) == (1, 0, "registry.example.com/app:v1")
    with pytest.raises(StepFailed) as failure:
        await cluster.status(APP, 5)
    assert failure.value.output == (
        'Waiting for deployment "app" rollout to finish: 0 out of 2 new replicas have been updated...',
        "error: timed out waiting for the condition",
    )
    await cluster.resume(APP)
    state = await cluster.status(APP, 5)
    assert (state.revision, state.running) == (2, {"app": "x:v2", "proxy": "y:v8"})


async def test_pausing_and_resuming_may_be_repeated(cluster):
    await cluster.apply(PLACE, MANIFEST)
    await cluster.pause(APP)
    await cluster.pause(APP)
    assert (await cluster.inspect(APP)).paused
    await cluster.resume(APP)
    await cluster.resume(APP)
    assert (await cluster.status(APP, 5)).settled


async def test_a_restart_is_a_revision_with_the_same_images(cluster):
    await cluster.apply(PLACE, MANIFEST)
    state = await cluster.restart(APP)
    assert (state.revision, state.running["app"]) == (2, "registry.example.com/app:v1")


@pytest.mark.parametrize("behaviour", ["nostart", "notready"])
async def test_a_release_that_never_gets_ready_is_not_rolled_out(cluster, behaviour):
    await cluster.apply(PLACE, MANIFEST)
    await cluster.set_image(APP, {"app": f"x:v2-{behaviour}"})
    with pytest.raises(StepFailed) as failure:
        await cluster.status(APP, 5)
    assert said(failure) == 'error: deployment "app" exceeded its progress deadline'


async def test_more_replicas_than_room_are_pending(cluster):
    await cluster.apply(PLACE, MANIFEST)
    state = await cluster.scale(APP, 5)
    assert (state.replicas, state.ready) == (5, 3)
    pods = await cluster.get(PLACE, "pods")
    assert len(pods) == 6
    assert sum("Pending" in line for line in pods) == 2
    with pytest.raises(StepFailed):
        await cluster.status(APP, 5)
    with pytest.raises(StepFailed):
        await cluster.scale(APP, -1)


async def test_history_keeps_ten_revisions_behind_the_newest(cluster):
    await cluster.apply(PLACE, MANIFEST)
    for number in range(2, 20):
        await cluster.set_image(APP, {"app": f"x:v{number}"})
    revisions = (await cluster.inspect(APP)).revisions
    assert [r.number for r in revisions] == list(range(9, 20))


async def test_tables_list_what_there_is(cluster):
    assert await cluster.get(PLACE, "deployments") == ("No resources found.",)
    await cluster.apply(PLACE, MANIFEST)
    heads, line = await cluster.get(PLACE, "deployments")
    assert heads.split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE"]
    assert line.split() == ["app", "2/2", "2", "2"]
    assert (await cluster.get(PLACE, "services", "app"))[1].split() == ["app", "ClusterIP", "80/TCP"]
    with pytest.raises(StepFailed):
        await cluster.get(PLACE, "deployments", "other")


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ("", "no objects passed to apply"),
        ("a: [", "converting YAML"),
        ("- 1\n- 2", "kind not set"),
        ("kind: Deployment\nmetadata: {}", "resource name may not be empty"),
        ("apiVersion: batch/v1\nkind: Job\nmetadata: {name: x}", "Deployments and Services only"),
        (MANIFEST.replace("{name: app}\nspec:\n  rep", "{name: app, namespace: b}\nspec:\n  rep"), "--namespace=b"),
        (MANIFEST.replace("labels: {app: app}", "labels: {app: other}"), "does not match template"),
        (MANIFEST.replace("replicas: 2", "replicas: -1"), "greater than or equal to 0"),
        ("kind: Deployment\nmetadata: {name: x}\nspec: {template: {spec: {containers: []}}}", "Required value"),
        ("kind: Deployment\nmetadata: {name: x}\nspec: 5", "Required value"),
    ],
)
async def test_a_manifest_that_cannot_be_applied_is_refused_whole(cluster, manifest, words):
    with pytest.raises(StepFailed) as failure:
        await cluster.apply(PLACE, manifest)
    assert words in said(failure)
    assert await cluster.get(PLACE, "deployments") == ("No resources found.",)
    assert await cluster.get(PLACE, "services") == ("No resources found.",)


async def test_m29_namespaces_and_clusters_keep_apart(cluster):
    await cluster.apply(PLACE, MANIFEST)
    others = (Namespace("prod-cluster", "other"), Namespace("dev-cluster", "shop"))
    for other in others:
        assert await cluster.inspect(other.workload("app")) is None


async def test_the_state_outlives_who_made_it(again):
    await again().apply(PLACE, MANIFEST)
    assert (await again().inspect(APP)).revision == 1


async def test_acts_side_by_side_lose_nothing(again):
    """Eight actors at once, each of its own process' kind: every change is there afterwards."""
    await again().apply(PLACE, MANIFEST)
    names = [f"app-{number}" for number in range(8)]
    await asyncio.gather(*(again().apply(PLACE, MANIFEST.replace("name: app}", f"name: {n}}}")) for n in names))
    table = await again().get(PLACE, "deployments")
    assert {line.split()[0] for line in table[1:]} == {"app", *names}
