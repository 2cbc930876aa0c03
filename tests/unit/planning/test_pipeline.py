"""Every node of a pipeline is planned: deploy nodes as `run` would, the others by the project's word or their kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from rollbook.binding.library import Library
from rollbook.documents import load, read
from rollbook.model.deployment import Deployment
from rollbook.model.plan import Plan
from rollbook.model.promotion import Node
from rollbook.model.site import Site
from rollbook.model.workflow import Source, Workflow
from rollbook.planning.deployment.pipeline import Wish, plan_nodes
from rollbook.planning.deployment.promoted import with_digest
from rollbook.problems import ProblemsFound
from rollbook.values import Json

DOCUMENT = """---
status: draft
author: Platform
---

# Deployment of the shop

## Environments

| Environment | Domain | Cluster | Replicas |
|-------------|--------|---------|----------|
| test | t.example.com | small | 1 |
| stage | s.example.com | middle | 2 |
| production | example.com | big | 4 |

## CI/CD pipeline

```
{pipeline}
```

## Build commands

```bash
{build}
```

## Deploy commands

```bash
kubectl set image deployment/web web=registry.example.com/web:${{VERSION}}
```

## Approval

| Role | Name | Date | Status |
|------|------|------|--------|
| Platform | | | created |
| Head of operations | | | pending |
"""
BUILD = "docker build -t web:${VERSION} .\ndocker push registry.example.com/web:${VERSION}"
DRAWN = "commit → build → unit tests → build image → deploy test → integration tests → deploy production"


def document(pipeline: str = DRAWN, build: str = BUILD) -> Deployment:
    text = DOCUMENT.format(pipeline=pipeline, build=build)
    found = read(Source("deploy.md", text, "0" * 64)).document
    assert isinstance(found, Deployment)
    return found


def nodes_of(
    deployment: Deployment, *, manual: bool = False, integration: bool = True, library: Library | None = None,
    own: Mapping[str, Mapping[str, Json]] = {}, until: int | None = None,
) -> tuple[Node, ...]:  # fmt: skip
    wish = Wish(
        (deployment,), deployment, {"version": "v2.0.0"}, Site(), library or Library.built_in(), own=own,
        manual=manual, integration=integration,
    )  # fmt: skip
    return plan_nodes(wish, until or len(deployment.pipeline))


def plan_of(node: Node) -> Plan:
    assert node.plan is not None
    return node.plan


def bindings(node: Node) -> list[str]:
    plan = plan_of(node)
    return [
        b.binding.rpartition(".")[2].partition("@")[0]
        for s in plan.steps
        for i in (*s.items, *s.checks)
        for b in i.bound
    ]


def refused(deployment: Deployment, **options: bool) -> list[tuple[str, int]]:
    with pytest.raises(ProblemsFound) as found:
        nodes_of(deployment, **options)  # type: ignore[arg-type]
    return [(p.rule, p.at.line) for p in found.value.problems]


LINE = next(n for n, line in enumerate(DOCUMENT.splitlines(), 1) if line == "{pipeline}")


def test_all_nodes_count_and_each_does_what_its_kind_means() -> None:
    nodes = nodes_of(document())
    assert [bindings(n) for n in nodes[:4]] == [
        ["source:committed"],
        ["image:compile_sources"],
        ["tests:run_tests", "checks:all_tests_pass"],
        ["image:build", "image:push"],
    ]
    assert bindings(nodes[5]) == ["tests:run_integration_tests", "checks:all_tests_pass"]
    assert [n.environment for n in nodes if n.kind == "deploy"] == ["test", "production"]


def test_m21_only_the_first_run_that_has_an_image_builds_it() -> None:
    nodes = nodes_of(document())
    built = [n.number for n in nodes if "image:build" in bindings(n)]
    taken = [n.number for n in nodes if "image:take" in bindings(n)]
    assert (built, taken) == ([4], [5, 7])
    assert any("not built again" in r.what for r in plan_of(nodes[6]).repairs)
    nodes = nodes_of(document("build → deploy test → deploy stage → deploy production"))
    assert [n.number for n in nodes if "image:build" in bindings(n)] == [1], (
        "the build node of a pipeline without image node"
    )
    nodes = nodes_of(document("unit tests → deploy test → deploy stage → deploy production"))
    assert [n.number for n in nodes if "image:build" in bindings(n)] == [2], "nobody else does, so the first deployment"
    assert [n.number for n in nodes if "image:take" in bindings(n)] == [3, 4]


def test_m21_all_nodes_name_one_image_and_a_given_digest_is_the_plans() -> None:
    nodes = nodes_of(document())
    assert {(plan_of(n).image.repository, plan_of(n).image.tag) for n in nodes[3:]} == {("web", "v2.0.0")}  # type: ignore[union-attr]
    plan = with_digest(plan_of(nodes[6]), "sha256:a")
    assert plan.image is not None
    assert plan.image.digest == "sha256:a"
    assert with_digest(plan, "") == plan


def test_m02_a_manual_mark_is_the_one_gate_that_run_opens() -> None:
    nodes = nodes_of(
        document("build image → deploy test → deploy stage (manual) → deploy production (manual approval)")
    )
    gates = [[g.kind for g in plan_of(n).gates] for n in nodes]
    assert gates == [[], [], ["approval"], ["approval"]]
    assert plan_of(nodes[2]).gates[0].approvers[0].role == "Head of operations"


def test_m02_a_gate_node_in_front_of_a_protected_environment_is_no_second_gate() -> None:
    nodes = nodes_of(document("build image → deploy test → go-ahead (manual) → deploy production"))
    assert nodes[2].plan is None
    assert "deploy production" in nodes[2].note
    nodes = nodes_of(document("build image → go-ahead (manual) → deploy test"))
    assert [g.kind for g in plan_of(nodes[1]).gates] == ["approval"], "elsewhere it is a gate of its own"


def test_a_manual_mark_at_a_test_node_asks_before_the_tests_run() -> None:
    plan = plan_of(nodes_of(document("build image → deploy test → integration tests (manual)"))[2])
    assert [s.kind for s in plan.steps] == ["approval", "action"]
    assert [s.kind for s in plan.program][:2] == ["gate", "work"]


def test_an_unbound_node_is_an_error_with_its_line_and_a_stub() -> None:
    deployment = document("build image → load tests → deploy test → penetration test sign-in → deploy production")
    with pytest.raises(ProblemsFound) as found:
        nodes_of(deployment)
    assert [(p.rule, p.at.line) for p in found.value.problems] == [("unbound", LINE)]
    assert '@step("load tests"' in found.value.problems[0].hint.en
    plan = plan_of(nodes_of(deployment, manual=True)[1])
    assert [i.kind for s in plan.steps for i in s.items] == ["manual"]


def test_integration_tests_that_the_project_does_not_have_are_unbound() -> None:
    assert refused(document(), integration=False) == [("unbound", LINE)]


def test_the_projects_own_function_for_a_nodes_text_goes_first(tmp_path: Path) -> None:
    (tmp_path / "rollbook_steps.py").write_text(
        "from rollbook import once, step\n\n\n"
        '@step("load tests", effect=once)\nasync def load() -> None:\n    """Own."""\n'
    )
    library = Library.built_in().with_project(tmp_path)
    node = nodes_of(document("build image → load tests → deploy test"), library=library)[1]
    assert [
        b.partition("@")[0].endswith(":load") for s in plan_of(node).steps for i in s.items for b in [i.binding]
    ] == [True]


def test_an_environment_without_a_row_is_refused_at_the_node_with_those_there_are() -> None:
    deployment = document("build image → deploy test → deploy preview")
    with pytest.raises(ProblemsFound) as found:
        nodes_of(deployment)
    (problem,) = found.value.problems
    assert (problem.rule, problem.at.line) == ("environment-unmapped", LINE)
    assert "test, stage, production" in problem.hint.en
    assert refused(document("build image → deploy")) == [("environment-unmapped", LINE)]


def test_every_problem_of_every_node_is_said_at_once() -> None:
    rules = refused(document("load tests → deploy preview → deploy"))
    assert sorted(rule for rule, _ in rules) == ["environment-unmapped", "environment-unmapped", "unbound"]


def test_the_documents_own_build_commands_are_run_where_they_build_no_image() -> None:
    node = nodes_of(document("build → build image → deploy test", build="npm run build"))[0]
    (item,) = (i for s in plan_of(node).steps for i in s.items)
    assert (item.kind, item.code.strip()) == ("shell", "npm run build")


def test_analysis_is_told_from_tests() -> None:
    node = nodes_of(document("lint → build image → deploy test"))[0]
    assert bindings(node) == ["code:analyse", "checks:no_serious_findings"]


def test_a_second_node_of_one_environment_is_no_second_deployment() -> None:
    nodes = nodes_of(document("build image → canary production → deploy production"))
    assert nodes[2].plan is None
    assert "canary production" in nodes[2].note


def test_a_step_after_a_deployment_knows_the_environment_it_is_about() -> None:
    nodes = nodes_of(document())
    plan = plan_of(nodes[5])
    assert plan.environment == "test"
    assert plan.deployment is not None
    assert plan.deployment.environment.domain.text == "t.example.com"
    assert plan_of(nodes[2]).deployment is None, "nothing was deployed to yet"


def test_the_seed_document_is_walked_to_production_behind_one_gate(seed_d: Path) -> None:
    deployment = read(load(str(seed_d))).document
    assert isinstance(deployment, Deployment)
    wish = Wish(
        (deployment,), deployment, {"version": "v2.1.0"}, Site.embedded(), Library.built_in(), integration=True
    )  # fmt: skip
    nodes = plan_nodes(wish, len(deployment.pipeline))
    assert [n.text for n in nodes] == [
        "代码提交",
        "构建",
        "单元测试",
        "构建镜像",
        "部署DEV",
        "集成测试",
        "部署QA",
        "部署PROD",
    ]
    assert [len(plan_of(n).gates) for n in nodes] == [0, 0, 0, 0, 0, 0, 0, 1]
    assert [n.number for n in nodes if "image:build" in bindings(n)] == [4]
    assert all(plan_of(n).servers for n in nodes if n.kind == "deploy")


def test_m21_with_the_template_each_environment_has_its_own_tag_and_takes_the_same_image(
    seed_d: Path, seed_w_model: Workflow
) -> None:
    deployment = read(load(str(seed_d))).document
    assert isinstance(deployment, Deployment)
    given = {"version": "v2.1.0", "servers": "[app-1]"}
    wish = Wish(
        (seed_w_model, deployment), deployment, given, Site.embedded(), Library.built_in(), integration=True,
        own={"PROD": {"servers": "[app-1, app-2, app-3]"}},
    )  # fmt: skip
    nodes = plan_nodes(wish, len(deployment.pipeline))
    deployed = [plan_of(n) for n in nodes if n.kind == "deploy"]
    assert [len(p.servers) for p in deployed] == [1, 1, 3]
    assert len({p.image.tag for p in deployed if p.image}) == 3
    assert plan_of(nodes[3]).image == deployed[0].image, "built under the name that is started first"
    assert [sum("image:take" in b for b in bindings(n)) for n in nodes if n.kind == "deploy"] == [1, 1, 1]
    assert len(deployed[2].gates) >= 1


def test_m24_the_plan_of_a_run_that_is_given_its_image_passes_its_rehearsal() -> None:
    from rollbook.app.rehearse import rehearse_plan

    plan = with_digest(plan_of(nodes_of(document(), integration=True)[4]), "sha256:given")
    assert not rehearse_plan(plan, Library.built_in()).violations


def test_a_node_that_a_pull_request_starts_says_how_it_was_started_and_for_which_commit() -> None:
    deployment = document("commit (pull request) → build image → deploy test")
    assert nodes_of(deployment)[0].note == "started by hand"
    wish = Wish((deployment,), deployment, {"version": "v2"}, Site(), Library.built_in(), commit="0123456789abcdef")
    node = plan_nodes(wish, 3)[0]
    assert node.note == "started for the merge 0123456789ab"
    assert plan_of(node).parameters["commit"] == "0123456789abcdef"


def test_m05_no_node_keeps_a_secret_that_the_document_has_in_clear() -> None:
    variables = (
        "\n### Variables\n\n| Variable | test | production |\n|---|---|---|\n| TOKEN | hunter2hunter2 | [Secret] |\n"
    )
    text = DOCUMENT.format(pipeline=DRAWN, build=BUILD).replace("\n## CI/CD", variables + "\n## CI/CD")
    deployment = read(Source("deploy.md", text, "0" * 64)).document
    assert isinstance(deployment, Deployment)
    assert any(cell.text == "hunter2hunter2" for v in deployment.variables for cell in v.values.values())
    nodes = nodes_of(deployment)
    assert b"hunter2" not in msgspec.json.encode(nodes)
    assert all(plan_of(n).documents[0].text.startswith("---") for n in nodes), "the rest of the text is there"
