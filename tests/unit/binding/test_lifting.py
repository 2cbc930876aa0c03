"""M28: commands become operations whole or not at all."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollbook.binding.lifting import Lifted, NotLifted, lift, script_of, script_with, undo_while_paused, variables_of
from rollbook.binding.rollback_intent import rollback_intent
from rollbook.documents.commands import read_fence
from rollbook.model.operations import Build, Change, Exec, Get, Logs, Push, Rollout, Scale, Top
from rollbook.values import At

IMAGE = "registry.example.com/app:${VERSION}"


def fence(text: str, title: str = ""):
    found, problems = read_fence(title, "bash", text, At(1, 1))
    assert problems == ()
    return found


def lifted(text: str):
    return lift(fence(text).commands)


@pytest.mark.parametrize(
    ("command", "operation"),
    [
        ("docker build -t app:${VERSION} .", Build("app:${VERSION}")),
        ('docker build --tag="app:$VERSION" --file x/Dockerfile src', Build("app:${VERSION}", "src", "x/Dockerfile")),
        ("docker build . -t app", Build("app")),
        (f"docker push {IMAGE}", Push(IMAGE)),
        ("kubectl apply -f k8s/deployment.yaml", Change(("k8s/deployment.yaml",))),
        ("kubectl -n prod apply --filename=a.yaml", Change(("a.yaml",), namespace="prod")),
        ("kubectl apply -f a.yaml -n prod", Change(("a.yaml",), namespace="prod")),
        (f"kubectl set image deployment/app app={IMAGE}", Change((), "app", {"app": IMAGE})),
        ("kubectl set image deploy app app=a proxy=b", Change((), "app", {"app": "a", "proxy": "b"})),
        ("kubectl rollout status deployment/app", Rollout("status", "app")),
        ("kubectl rollout status deployments.apps/app --timeout=90s", Rollout("status", "app", timeout_s=90.0)),
        ("kubectl rollout pause deployment/app", Rollout("pause", "app")),
        ("kubectl rollout resume deployment app", Rollout("resume", "app")),
        ("kubectl rollout undo deployment/app --to-revision=3", Rollout("undo", "app", 3)),
        ("kubectl rollout restart deployment/app", Rollout("restart", "app")),
        ("kubectl rollout history deployment/app", Rollout("history", "app")),
        ("kubectl scale deployment/app --replicas=5", Scale("app", 5)),
        ("kubectl scale --replicas 0 deployment app -n x", Scale("app", 0, "x")),
        ("kubectl get pods", Get("pods")),
        ("kubectl get svc app --namespace=x", Get("services", "app", "x")),
        ("kubectl get deployment/app", Get("deployments", "app")),
        ("kubectl logs -f deployment/app --tail=100", Logs("app", follow=True, lines=100)),
        ("kubectl top pods", Top()),
        ("kubectl exec -it deployment/app -- /bin/sh", Exec("app", ("/bin/sh",), interactive=True)),
        ("kubectl exec deployment/app -- ls -l --x=1", Exec("app", ("ls", "-l", "--x=1"))),
    ],
)
def test_m28_a_command_that_is_understood_is_lifted(command, operation):
    result = lifted(command)
    assert isinstance(result, Lifted), result
    assert result.ops == (operation,)


@pytest.mark.parametrize(
    "command",
    [
        "docker build .",
        "docker build -t a",
        "docker build -t a --build-arg X=1 .",
        "docker build -t a -t b .",
        "docker build -t a -",
        "docker build -t a https://x/y.git",
        "docker build -t a . extra",
        "docker build -t",
        "docker",
        "docker run a",
        "docker push",
        "docker push -a app",
        "docker push a b",
        "kubectl",
        "kubectl apply",
        "kubectl apply -k overlays/prod",
        "kubectl apply -f -",
        "kubectl apply -f https://x/y",
        "kubectl apply -f k8s/",
        "kubectl apply -f a.yaml --prune",
        "kubectl apply -f a.yaml --context=prod",
        "kubectl --context prod apply -f a.yaml",
        "kubectl --kubeconfig=x get pods",
        "kubectl set image deployment/app",
        "kubectl set image deployment/app app",
        "kubectl set image ds/x a=b",
        "kubectl set env deployment/app A=1",
        "kubectl set image deployment/app a=1 a=2",
        "kubectl rollout undo daemonset/x",
        "kubectl rollout undo deployment/a deployment/b",
        "kubectl rollout",
        "kubectl rollout dance deployment/a",
        "kubectl rollout pause deployment/a --timeout=3s",
        "kubectl rollout undo deployment/a --to-revision=$N",
        "kubectl scale deployment/app",
        "kubectl scale deployment/app --replicas=$N",
        "kubectl scale deployment/app --replicas=-1",
        "kubectl get pods -w",
        "kubectl get nodes",
        "kubectl get",
        "kubectl get pods a b",
        "kubectl logs app-123",
        "kubectl logs deployment/app -c web",
        "kubectl top nodes",
        "kubectl exec deployment/app",
        "kubectl exec app -- ls",
        "kubectl delete pod x",
        "kubectl -n a get pods -n b",
        "helm upgrade app .",
        "./deploy.sh",
        "cd x",
        "A=1",
        "docker push a | tee log",
        "docker push a > log",
        "docker push a || true",
        "(docker push a)",
        "docker push a &",
        "A=1 docker push a",
        "docker push $(cat name)",
        "docker push a*",
        "docker push ~/x",
        "! docker push a",
        "if true; then docker push a; fi",
        "docker push '${A}'",
        "$DOCKER push a",
        "docker push ${A:-b}",
    ],
)
def test_m28_one_thing_not_understood_and_all_of_it_is_shell(command):
    result = lifted(f"docker push first\n{command}\ndocker push last")
    assert isinstance(result, NotLifted), result
    assert result.at.line == 2
    assert result.reason.en
    assert result.reason.zh


def test_m28_apply_and_set_image_are_one_change_and_the_repair_is_named():
    result = lifted(f"kubectl apply -f k8s/deployment.yaml\nkubectl set image deployment/app app={IMAGE}")
    assert result.ops == (Change(("k8s/deployment.yaml",), "app", {"app": IMAGE}),)
    assert result.places == (At(1, 1),)
    assert [repair.at.line for repair in result.repairs] == [2]


def test_m28_several_manifests_and_an_image_are_one_change():
    result = lifted("kubectl apply -f a.yaml && kubectl apply -f b.yaml && kubectl set image deployment/app app=x")
    assert result.ops == (Change(("a.yaml", "b.yaml"), "app", {"app": "x"}),)


def test_m28_changes_of_two_workloads_or_namespaces_stay_apart():
    text = "kubectl set image deployment/a a=1\nkubectl set image deployment/b b=2\nkubectl apply -f x -n y"
    assert len(lifted(text).ops) == 3
    assert len(lifted("kubectl apply -f x -n y\nkubectl set image deployment/a a=1").ops) == 2


def test_m30_undo_while_paused_is_found_and_repaired():
    result = lifted("kubectl rollout pause deployment/app\nkubectl rollout undo deployment/app")
    assert undo_while_paused(result.ops) == 1
    assert [repair.at.line for repair in result.repairs] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "kubectl rollout pause deploy/app\nkubectl rollout resume deploy/app\nkubectl rollout undo deploy/app",
        "kubectl rollout pause deployment/web\nkubectl rollout undo deployment/app",
        "kubectl rollout undo deployment/app\nkubectl rollout pause deployment/app",
        "kubectl rollout pause deployment/app -n a\nkubectl rollout undo deployment/app -n b",
    ],
)
def test_m30_other_orders_are_fine(text):
    assert undo_while_paused(lifted(text).ops) is None


def test_m30_a_rollback_fence_is_intent_whatever_its_commands():
    text = "# 回滚\ncd deploy\n./rollback.sh --fast\nhelm rollback app\nkubectl rollout status deployment/app"
    meant = rollback_intent(fence(text, "6.3 回滚流程").commands)
    assert [(i.kind, i.deployment, i.at.line) for i in meant.intents] == [("restore", "", 3), ("verify", "app", 5)]
    assert [r.at.line for r in meant.repairs] == [3, 4]
    assert "./rollback.sh --fast" in meant.repairs[0].what.zh


def test_m27_a_script_of_one_role_has_what_prepares_it_and_nothing_of_another():
    both = fence("cd db\nexport A=1\n# 执行迁移\n./migrate.sh up\n# 回滚迁移\n./migrate.sh down\n\ncd ..\n./deploy.sh")
    assert script_of(both, "migrate_up") == "cd db\nexport A=1\n./migrate.sh up\n"
    assert script_of(both, "migrate_down") == "cd db\nexport A=1\n./migrate.sh down\n"
    assert script_of(both, "deploy") == "cd db\nexport A=1\ncd ..\n./deploy.sh\n"
    assert script_of(both, "backup") == ""


def test_m27_a_script_leaves_out_what_stands_under_a_condition():
    both = fence("cd db\n# 迁移\n./migrate.sh up\n# 如需\n./migrate.sh up --seed\n\n# if needed\n./backup.sh")
    assert script_of(both, "migrate_up") == "cd db\n./migrate.sh up\n"
    assert script_with(both, both.commands[2:3]) == "cd db\n./migrate.sh up --seed\n"
    assert script_of(both, "backup") == ""


def test_variables_that_commands_need_are_named_once():
    assert variables_of(fence("a $X ${Y}\nb $X").commands) == ("X", "Y")


SPOKEN = """
docker kubectl build push apply set image rollout status undo scale get logs exec top pods deployment/app deployment
-t -f -n -- --replicas --replicas=2 --to-revision=1 --timeout=5s app=a:1 . $X ${Y} a.yaml -it =x - --tail= &
"""
WORDS = st.sampled_from(SPOKEN.split())


@settings(deadline=None)
@given(st.lists(WORDS, max_size=9))
def test_lifting_never_raises(words):
    found, _ = read_fence("", "bash", " ".join(words), At(1, 1))
    result = lift(found.commands)
    rollback_intent(found.commands)
    assert isinstance(result, Lifted | NotLifted)


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0$"), min_size=1), min_size=1, max_size=4))
def test_a_lifted_program_in_an_instance_gets_exactly_its_words(argv):
    found, problems = read_fence("", "bash", "kubectl exec deployment/a -- " + shlex.join(argv), At(1, 1))
    result = lift(found.commands)
    if not problems and isinstance(result, Lifted) and len(result.ops) == 1:
        assert result.ops[0].argv == tuple(argv)
