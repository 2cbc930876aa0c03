"""`rollbook promote` as a user meets it before anything runs: what it refuses, and that nothing is left behind then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PIPELINE = "commit → unit tests → build image → deploy DEV → integration tests → deploy PROD (manual approval)"
DOCUMENT = """\
---
status: draft
author: Platform
---

# Deployment of the shop

## Environments

| Environment | Domain | Cluster | Replicas |
|---|---|---|---|
| DEV | dev.example.com | dev | 1 |
| PROD | example.com | prod | 3 |

## CI/CD pipeline

{pipeline}

## Build commands

```bash
docker build -t shop:${{VERSION}} .
docker push registry.example.com/shop:${{VERSION}}
```

## Deploy commands

```bash
kubectl set image deployment/shop shop=registry.example.com/shop:${{VERSION}}
```

## Approval

| Role | Name | Date | Status |
|---|---|---|---|
| Platform | | | created |
| Head of operations | | | pending |
"""
COMMIT = "0123456789abcdef0123456789abcdef01234567"
GITHUB = {
    "action": "closed",
    "pull_request": {"merged": True, "merge_commit_sha": COMMIT, "title": "Sell tea"},
}
GITLAB = {
    "object_kind": "merge_request",
    "object_attributes": {"action": "merge", "state": "merged", "merge_commit_sha": COMMIT, "title": "Sell tea"},
}


@pytest.fixture
def deploy(here: Path) -> str:
    (here / "deploy.md").write_text(DOCUMENT.format(pipeline=PIPELINE), encoding="utf-8")
    return "deploy.md"


def left_behind(here: Path) -> list[str]:
    return sorted(path.name for path in here.iterdir() if path.suffix != ".md")


def test_everything_in_the_way_of_any_node_is_said_before_the_first_one_starts(rollbook, deploy, here) -> None:
    answer = rollbook("promote", deploy, "-p", "version=v1")
    assert answer.code == 2
    assert "deploy PROD: not-approved" in answer.err
    assert "deploy PROD: signature-missing: Head of operations" in answer.err
    assert "deploy DEV:" not in answer.err
    assert "--to “integration tests”" in answer.err
    assert left_behind(here) == []


def test_a_document_without_a_pipeline_is_refused(rollbook, here) -> None:
    (here / "plain.md").write_text(DOCUMENT.format(pipeline="To be drawn."), encoding="utf-8")
    answer = rollbook("promote", "plain.md", "-p", "version=v1")
    assert answer.code == 2
    assert "plain.md draws no pipeline" in answer.err
    assert left_behind(here) == []


def test_a_pipeline_that_deploys_nowhere_and_a_template_alone_are_refused(rollbook, here, release) -> None:
    (here / "tests.md").write_text(DOCUMENT.format(pipeline="commit → build → unit tests"), encoding="utf-8")
    assert "deploys to no environment" in rollbook("promote", "tests.md", "-p", "version=v1").err
    assert "no deployment document" in rollbook("promote", release).err
    assert left_behind(here) == []


def test_a_node_without_a_row_is_an_error_at_its_place(rollbook, here) -> None:
    (here / "odd.md").write_text(
        DOCUMENT.format(pipeline="build → unit tests → deploy QA → deploy PROD"), encoding="utf-8"
    )
    answer = rollbook("promote", "odd.md", "-p", "version=v1")
    line = 1 + (here / "odd.md").read_text("utf-8").splitlines().index("build → unit tests → deploy QA → deploy PROD")
    assert answer.code == 2
    assert f"odd.md:{line}:" in answer.err
    assert "the environment list has no “QA”" in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-p", "version=v1", "--to", "deploy TEST"), "no node “deploy TEST”"),
        (("-p", "version=v1", "--to", "deploy"), "more than one node"),
        (("-p", "version=v1", "-p", "environment=DEV"), "the pipeline says which environments come"),
        (("-p", "version=v1", "--to", "DEV", "--from", "PROD"), "no node “PROD”"),
        (("-p", "version=v1", "--to", "DEV", "--time-scale", "0"), "--time-scale must be above 0"),
        (("--to", "DEV"), "version"),
    ],
)
def test_what_makes_no_sense_is_refused_with_nothing_touched(rollbook, deploy, here, words, said) -> None:
    answer = rollbook("promote", deploy, *words)
    assert answer.code == 2
    assert said in answer.err
    assert left_behind(here) == []


def test_nothing_is_kept_of_a_promotion_that_never_was(rollbook, deploy, here) -> None:
    answer = rollbook("promote", deploy, "-p", "version=v1", "--to", "5", "--from", "DEV")
    assert answer.code == 2
    assert "no run was started here" in answer.err
    assert left_behind(here) == []


def test_both_languages_are_spoken(rollbook, deploy, monkeypatch) -> None:
    monkeypatch.setenv("ROLLBOOK_LANG", "zh")
    assert "流水线还不能开始" in rollbook("promote", deploy, "-p", "version=v1").err
    assert "走到哪个节点为止" in rollbook("promote", "--help").out


@pytest.mark.parametrize("event", [GITHUB, GITLAB], ids=["github", "gitlab"])
def test_a_merged_pull_request_names_commit_and_version(here, event) -> None:
    from rollbook.app.merging import read_event

    (here / "event.json").write_text(json.dumps(event))
    merged = read_event("event.json")
    assert (merged.commit, merged.version, merged.title) == (COMMIT, COMMIT[:12], "Sell tea")


@pytest.mark.parametrize(
    "event",
    [
        {**GITHUB, "pull_request": {"merged": False, "merge_commit_sha": COMMIT}},
        {**GITHUB, "action": "opened"},
        {**GITLAB, "object_attributes": {**GITLAB["object_attributes"], "action": "approved"}},  # type: ignore[dict-item]
        {**GITLAB, "object_kind": "push"},
        {"pull_request": {"merged": True, "merge_commit_sha": "$(reboot)"}},
        {"pull_request": {"merged": True, "merge_commit_sha": None}},
        ["pull_request"],
    ],
    ids=["closed unmerged", "opened", "approved", "a push", "no commit", "nothing", "a list"],
)
def test_anything_else_starts_nothing(rollbook, deploy, here, event) -> None:
    (here / "event.json").write_text(json.dumps(event))
    answer = rollbook("promote", deploy, "--event", "event.json", "--to", "DEV")
    assert answer.code == 2
    assert "event.json" in answer.err
    assert left_behind(here) == ["event.json"]


def test_an_event_that_cannot_be_read_is_refused(rollbook, deploy, here) -> None:
    (here / "event.json").write_text("{")
    assert "is no JSON" in rollbook("promote", deploy, "--event", "event.json").err
    assert "absent.json" in rollbook("promote", deploy, "--event", "absent.json").err


def test_an_event_is_refused_where_no_node_would_compare_its_commit(rollbook, here) -> None:
    (here / "short.md").write_text(DOCUMENT.format(pipeline="unit tests → build image → deploy DEV"), encoding="utf-8")
    (here / "event.json").write_text(json.dumps(GITHUB))
    answer = rollbook("promote", "short.md", "--event", "event.json")
    assert answer.code == 2
    assert "looks which commit is checked out" in answer.err
    assert left_behind(here) == ["event.json"]
