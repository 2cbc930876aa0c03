"""Lifted operations, carried out on the simulated cluster."""

from __future__ import annotations

import pytest

from rollbook.binding.lifting import Lifted, lift
from rollbook.documents.commands import read_fence
from rollbook.ports.cluster import Namespace
from rollbook.ports.fakes import FakeSite
from rollbook.problems import StepFailed
from rollbook.steps.operations import carry_out
from rollbook.values import At

PLACE = Namespace("prod", "shop")
MANIFEST = """
kind: Deployment
metadata: {name: app}
spec:
  selector: {matchLabels: {app: app}}
  template: {metadata: {labels: {app: app}}, spec: {containers: [{name: app, image: "app:v1"}]}}
"""


@pytest.fixture
def site() -> FakeSite:
    site = FakeSite.of(["a", "b"])
    site.project.texts["k8s/deployment.yaml"] = MANIFEST
    return site


async def said(site: FakeSite, text: str, **values: str) -> list[str]:
    """What the commands print when they are carried out, one after the other."""
    fence, problems = read_fence("", "bash", text, At(1, 1))
    lifted = lift(fence.commands)
    assert problems == ()
    assert isinstance(lifted, Lifted), lifted
    lines: list[str] = []
    for op in lifted.ops:
        lines += await carry_out(op, PLACE, site.cluster, site.project, values)
    return lines


APPLY = "kubectl apply -f k8s/deployment.yaml\n"
RELEASE = APPLY + "kubectl set image deployment/app app=r/app:${VERSION}\n"


async def test_m28_a_release_is_one_revision_with_the_version_filled_in(site):
    assert await said(site, RELEASE, VERSION="v2") == ["deployment.apps/app created"]
    state = await site.cluster.inspect(PLACE.workload("app"))
    assert (state.images, state.revision) == ({"app": "r/app:v2"}, 1)


async def test_every_command_answers_as_kubectl_does(site):
    await said(site, RELEASE, VERSION="v1")
    text = (
        "kubectl set image deployment/app app=r/app:v2\nkubectl rollout status deployment/app\n"
        "kubectl rollout pause deployment/app\nkubectl rollout resume deployment/app\n"
        "kubectl rollout undo deployment/app\nkubectl rollout restart deployment/app\n"
        "kubectl scale deploy/app --replicas=2"
    )
    assert await said(site, text) == [
        "deployment.apps/app image updated",
        'deployment "app" successfully rolled out',
        "deployment.apps/app paused",
        "deployment.apps/app resumed",
        "deployment.apps/app rolled back",
        "deployment.apps/app restarted",
        "deployment.apps/app scaled",
        "2 of 2 ready",
    ]
    history = await said(site, "kubectl rollout history deployment/app")
    assert history[0] == "deployment.apps/app"
    assert [line.split() for line in history[2:]] == [
        ["2", "app=r/app:v2"],
        ["3", "app=r/app:v1"],
        ["4", "app=r/app:v1"],
    ]
    assert len(await said(site, "kubectl get pods\nkubectl top pods\nkubectl logs deployment/app")) == 3 + 3 + 1


async def test_setting_the_image_that_runs_says_nothing(site):
    await said(site, RELEASE, VERSION="v1")
    assert await said(site, "kubectl set image deployment/app app=r/app:v1") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RELEASE, "the variable VERSION has no value"),
        ("kubectl apply -f other.yaml", "no file other.yaml"),
        (APPLY + "kubectl exec -it deployment/app -- /bin/sh", "/bin/sh"),
        (APPLY + "kubectl get pods -n kube-system", "names namespace kube-system"),
        ("kubectl rollout history deployment/app", "no deployment app"),
        ("kubectl rollout undo deployment/app", "not found"),
        ("docker push app", "not a cluster's"),
    ],
)
async def test_what_cannot_be_done_is_refused_and_says_why(site, text, words):
    with pytest.raises(StepFailed, match=words):
        await said(site, text)


async def test_m29_the_environments_own_namespace_may_be_named(site):
    assert (await said(site, APPLY.replace("kubectl", "kubectl -n shop")))[0] == "deployment.apps/app created"
