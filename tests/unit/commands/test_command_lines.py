"""Command lines, word for word."""

from __future__ import annotations

import pytest

from rollbook.commands import bash, docker, kubectl
from rollbook.commands.kubectl import Target
from rollbook.problems import Refused

TARGET = Target("/run/k.yaml", "prod", "shop")
PLACE = ("kubectl", "--kubeconfig", "/run/k.yaml", "--context", "prod", "--namespace", "shop")


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (docker.build("app:1"), ("docker", "build", "--tag", "app:1", "--", ".")),
        (
            docker.build("app:1", "src", "docker/Dockerfile", (("version", "v1"),)),
            ("docker", "build", "--tag", "app:1", "--file", "docker/Dockerfile", "--label", "version=v1", "--", "src"),
        ),
        (docker.push("r/app:1"), ("docker", "push", "--", "r/app:1")),
        (docker.tag("a", "b"), ("docker", "tag", "--", "a", "b")),
        (docker.digest("a"), ("docker", "image", "inspect", "--format", "{{json .RepoDigests}}", "--", "a")),
        (bash.script("a\nb"), ("bash", "-euo", "pipefail", "-c", "a\nb", "rollbook")),
        (bash.check("a"), ("bash", "-n", "-c", "a", "rollbook")),
    ],
)
def test_lines_of_docker_and_shell(built, expected):
    assert built == expected


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (kubectl.apply(TARGET, "-"), ("apply", "--filename", "-")),
        (
            kubectl.set_image(TARGET, "app", {"app": "a:1", "b": "c"}),
            ("set", "image", "deployment/app", "app=a:1", "b=c"),
        ),
        (kubectl.rollout(TARGET, "pause", "app"), ("rollout", "pause", "deployment/app")),
        (
            kubectl.rollout(TARGET, "status", "app", timeout_s=90),
            ("rollout", "status", "deployment/app", "--timeout=90s"),
        ),
        (
            kubectl.rollout(TARGET, "undo", "app", to_revision=3),
            ("rollout", "undo", "deployment/app", "--to-revision=3"),
        ),
        (kubectl.scale(TARGET, "app", 5), ("scale", "deployment/app", "--replicas=5")),
        (kubectl.get(TARGET, "deployment", "app", "json"), ("get", "deployment", "app", "--output=json")),
        (kubectl.get(TARGET, "pods"), ("get", "pods")),
        (kubectl.logs(TARGET, "app", 20, follow=True), ("logs", "deployment/app", "--tail=20", "--follow")),
        (kubectl.top(TARGET), ("top", "pods")),
        (kubectl.execute(TARGET, "app", ["ls", "-l"]), ("exec", "deployment/app", "--", "ls", "-l")),
    ],
)
def test_m29_every_line_of_kubectl_names_where_it_acts(built, expected):
    assert built == PLACE + expected


CONFIG = {
    "apiVersion": "v1",
    "current-context": "prod",
    "clusters": [
        {"name": "c1", "cluster": {"server": "https://one"}},
        {"name": "c2", "cluster": {"server": "https://two"}},
    ],
    "users": [{"name": "u1", "user": {"token": "t1"}}, {"name": "u2", "user": {"token": "t2"}}],
    "contexts": [
        {"name": "prod", "context": {"cluster": "c1", "user": "u1", "namespace": "default"}},
        {"name": "qa", "context": {"cluster": "c2", "user": "u2"}},
        {"name": "torn", "context": {"cluster": "gone", "user": "u2"}},
    ],
}


def test_m29_a_narrowed_kubeconfig_knows_one_context_and_one_namespace():
    made = kubectl.narrowed(CONFIG, "qa", "shop-qa")
    assert made["current-context"] == "qa"
    assert made["contexts"] == [{"name": "qa", "context": {"cluster": "qa", "user": "qa", "namespace": "shop-qa"}}]
    assert [c["cluster"]["server"] for c in made["clusters"]] == ["https://two"]
    assert [u["user"] for u in made["users"]] == [{"token": "t2"}]
    assert "t1" not in str(made)
    assert "https://one" not in str(made)


@pytest.mark.parametrize("context", ["nowhere", "", "torn"])
def test_a_context_that_is_not_there_is_refused(context):
    with pytest.raises(Refused, match="kubeconfig has no"):
        kubectl.narrowed(CONFIG, context, "x")


@pytest.mark.parametrize("config", [{}, {"contexts": None}, {"contexts": ["x"]}, {"contexts": [{"name": "a"}]}])
def test_a_kubeconfig_of_another_shape_is_refused(config):
    with pytest.raises(Refused):
        kubectl.narrowed(config, "a", "x")
