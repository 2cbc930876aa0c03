"""Operations commands of a document: listed, chosen, placed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollbook.app.ops import (
    chosen,
    drift_of,
    environment_given,
    environment_of,
    is_followed,
    offers_of,
    place_of,
    read_deployment,
)
from rollbook.cli import main
from rollbook.model.operations import Exec, Logs, Scale, Top
from rollbook.model.site import Site
from rollbook.ports.cluster import Namespace
from rollbook.problems import ProblemsFound, Refused

DOCUMENT = """\
---
status: draft
---

# 部署文档

## 3. 环境列表

| 环境 | 域名 | 集群 | 命名空间 |
|------|------|------|------|
| QA | qa.example.com | qa-cluster | |
| PROD | example.com | prod-cluster | shop |

## 4. 部署命令

```bash
kubectl apply -f k8s/deployment.yaml
```

## 8. 日常运维命令

```bash
# 查看日志
kubectl logs -f deployment/app
# 进入容器
kubectl exec -it deployment/app -- /bin/sh
# 扩容
kubectl scale deployment/app --replicas=5
# 查看资源使用
kubectl top pods

cd logs
# 清理日志
rm -f *.old
```
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "deployment.md"
    file.write_text(DOCUMENT, encoding="utf-8")
    return file


@pytest.fixture
def document(path: Path):
    return read_deployment(str(path))


def test_m27_only_operations_commands_are_offered_in_order(document):
    offers = offers_of(document)
    assert [(o.number, o.command.comment) for o in offers] == [
        (1, "查看日志"),
        (2, "进入容器"),
        (3, "扩容"),
        (4, "查看资源使用"),
        (5, "清理日志"),
    ]
    assert [type(o.operation) for o in offers] == [Logs, Exec, Scale, Top, type(None)]
    assert "*.old" in offers[-1].why.en
    assert [is_followed(o) for o in offers] == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("扩容", 3), ("查看资源", 4), ("replicas", 3), ("KUBECTL TOP PODS", 4), ("rm -f *.old", 5)],
)
def test_a_command_is_chosen_by_number_or_words(document, text, number):
    assert chosen(offers_of(document), text).number == number


@pytest.mark.parametrize("text", ["0", "6", "查看", "kubectl", "nothing like it"])
def test_no_command_or_several_are_refused_with_what_there_is(document, text):
    with pytest.raises(Refused) as refusal:
        chosen(offers_of(document), text)
    assert "1 查看日志" in refusal.value.hint.zh


@pytest.mark.parametrize(
    "command",
    [
        "kubectl rollout undo deployment/app",
        "kubectl rollout restart deployment/app",
        "kubectl set image deployment/app app=x",
        "kubectl apply -f k8s/deployment.yaml",
    ],
)
def test_m30_what_runs_is_changed_by_runs_only(path, command, capsys, monkeypatch):
    path.write_text(DOCUMENT.replace("kubectl top pods", command), encoding="utf-8")
    monkeypatch.chdir(path.parent)
    assert main(["ops", str(path), "4", "-p", "environment=QA"]) == 2
    assert "rollbook rollback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("PROD", Namespace("prod-cluster", "shop")),
        ("production", Namespace("prod-cluster", "shop")),
        ("qa", Namespace("qa-cluster", "qa")),
    ],
)
def test_m29_each_environment_has_a_place_of_its_own(document, name, place):
    assert place_of(environment_of(document, name), document, Site.embedded()) == place


@pytest.mark.parametrize("name", ["", "STAGING"])
def test_an_environment_that_is_not_there_or_not_said_is_refused(document, name):
    with pytest.raises(Refused) as refusal:
        environment_of(document, name)
    assert "QA, PROD" in refusal.value.hint.en


def test_only_an_environment_may_be_given():
    assert environment_given(["environment=QA"]) == "QA"
    assert environment_given([]) == ""
    with pytest.raises(Refused):
        environment_given(["version=v2"])


def test_another_kind_of_document_is_refused(tmp_path):
    file = tmp_path / "notes.md"
    file.write_text("# Notes\n\n1. buy milk\n2. drink it\n", encoding="utf-8")
    with pytest.raises(Refused, match="not a deployment document"):
        read_deployment(str(file))
    with pytest.raises(ProblemsFound):
        read_deployment(str(tmp_path / "missing.md"))


def test_the_command_line_lists_in_both_languages_and_as_json(path, capsys, monkeypatch):
    for language, word in (("en", "cluster"), ("zh", "集群")):
        monkeypatch.setenv("ROLLBOOK_LANG", language)
        assert main(["ops", str(path)]) == 0
        shown = capsys.readouterr().out
        assert f"查看日志  ({word})" in shown
        assert "rm -f *.old" in shown
    assert main(["ops", str(path), "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)["commands"]
    assert [(c["number"], c["runs_on"]) for c in listed][-2:] == [(4, "cluster"), (5, "shell")]
    assert listed[0]["line"] == 24


def test_the_command_line_refuses_and_touches_nothing(path, capsys, monkeypatch):
    monkeypatch.chdir(path.parent)
    assert main(["ops", str(path), "no such"]) == 2
    assert main(["ops", str(path), "1"]) == 2, "two environments, none named"
    assert main(["ops", str(path), "1", "-p", "environment=QA"]) == 2, "the site is down"
    assert "rollbook site up" in capsys.readouterr().err
    assert not (path.parent / ".rollbook" / "site" / "cluster").exists()


def test_the_seeds_operations_commands_are_offered(seed_d):
    offers = offers_of(read_deployment(str(seed_d)))
    assert [type(o.operation) for o in offers] == [Logs, Exec, Scale, Top]


@settings(deadline=None)
@given(st.text(max_size=20))
def test_choosing_never_raises_anything_but_a_refusal(text):
    try:
        chosen((), text)
    except Refused:
        return
    raise AssertionError("nothing can be chosen from nothing")


def test_m23_another_number_of_instances_than_the_document_gives_is_a_drift_and_said(path):
    resources = "\n## 资源配置\n\n| 组件 | QA | PROD |\n|---|---|---|\n| 应用副本数 | 2 | 5 |\n"
    path.write_text(DOCUMENT + resources, encoding="utf-8")
    document = read_deployment(str(path))
    scale = chosen(offers_of(document), "扩容")
    said = {e.name: drift_of(scale, document, e, Site.embedded()) for e in document.environments}
    assert said["PROD"] is None
    assert said["QA"].en == "drift: the document gives QA 2 replicas, not 5; its next run sets 2 again"
    assert drift_of(chosen(offers_of(document), "1"), document, document.environments[0], Site.embedded()) is None


def test_m29_an_operations_command_that_chooses_its_own_cluster_is_refused(path, capsys, monkeypatch):
    path.write_text(DOCUMENT.replace("kubectl top pods", "kubectl --context prod top pods"), encoding="utf-8")
    monkeypatch.chdir(path.parent)
    assert main(["ops", str(path), "4", "-p", "environment=QA"]) == 2
    assert "--context" in capsys.readouterr().err
