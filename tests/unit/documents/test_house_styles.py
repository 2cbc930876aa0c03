"""What wikis, spreadsheets and houses make of a deployment document, read as it was meant."""

from __future__ import annotations

import pytest

from rollbook.documents import read
from rollbook.model.deployment import Deployment
from shapes import source_of


def model_of(text: str) -> Deployment:
    document = read(source_of(f"# Deployment document\n\n{text}")).document
    assert isinstance(document, Deployment)
    return document


ENVIRONMENTS = "## Environments\n\n| Environment | Domain | Cluster |\n|---|---|---|\n"
LISTED = ENVIRONMENTS + "| dev | d.example.com | one |\n\n"


def test_what_an_export_escaped_is_read_without_its_backslashes() -> None:
    rows = "| test | [a\\-test.example.com](http://x) | eu\\-1 |\n| prod | b\\_c.example.com | `eu\\-2` |\n"
    first, second = model_of(ENVIRONMENTS + rows).environments
    assert first.cluster.text == "eu-1"
    assert second.domain.text == "b_c.example.com"
    assert second.cluster.text == "eu\\-2", "code keeps what it says"


def test_a_path_of_windows_keeps_its_backslashes() -> None:
    text = "## Variables\n\n| Variable | DEV | PROD |\n|---|---|---|\n| LOG_DIR | C:\\app\\logs | D:\\app\\logs |\n"
    assert model_of(text).variables[0].values["DEV"].text == "C:\\app\\logs"


@pytest.mark.parametrize("ditto", ["〃", "″", "同上", "ditto", "Same as above"])
def test_a_ditto_says_what_stands_above_it(ditto: str) -> None:
    rows = f"| dev | d.example.com | one |\n| test | t.example.com | {ditto} |\n| prod | p.example.com | {ditto} |\n"
    environments = model_of(ENVIRONMENTS + rows).environments
    assert [e.cluster.text for e in environments] == ["one", "one", "one"]
    assert [e.cluster.at.line for e in environments] == [7, 8, 9]


def test_comments_of_html_are_no_part_of_an_item_or_a_cell() -> None:
    text = (
        ENVIRONMENTS
        + "| dev | d.example.com <!-- ask IT --> | one |\n\n## Checklist\n\n### Before\n\n- [ ] ready <!-- link -->\n"
    )
    document = model_of(text)
    assert document.environments[0].domain.text == "d.example.com"
    assert [c.item.text for c in document.checklist] == ["ready"]


def test_components_and_figures_may_have_a_column_each_with_merged_cells() -> None:
    text = (
        "## Resources\n\n| Component | Figure | DEV | PROD |\n|---|---|---|---|\n"
        "| Web | Replicas | 1 | 4 |\n| | CPU | 1 | 2 |\n| Worker | Replicas | 1 | 2 |\n"
    )
    resources = model_of(text).resources
    assert [(r.name, r.kind) for r in resources] == [
        ("Web Replicas", "replicas"), ("Web CPU", "cpu"), ("Worker Replicas", "replicas"),
    ]  # fmt: skip
    assert resources[0].values["PROD"].text == "4"


@pytest.mark.parametrize("head", ["| Component | DEV | PROD |", "| Resource | DEV | PROD |"])
def test_a_table_with_one_column_of_names_is_as_it_was(head: str) -> None:
    text = f"## Resources\n\n{head}\n|---|---|---|\n| Web replicas | 1 | 4 |\n| Web CPU | 1 | 2 |\n"
    assert [(r.name, r.kind) for r in model_of(text).resources] == [("Web replicas", "replicas"), ("Web CPU", "cpu")]


@pytest.mark.parametrize(
    "table",
    [
        "|  |  |\n|---|---|\n| **Release version** | 4.2 |\n| **Author** | Ann |\n",
        "| Release version | 4.2 | Author | Ann |\n|---|---|---|---|\n| Release window | Mondays | Status | draft |\n",
        "| Release version | 4.2 |\n|---|---|\n| Author | Ann |\n",
    ],
)
def test_an_information_table_needs_no_heads_and_no_heading(table: str) -> None:
    document = model_of(table + "\n" + ENVIRONMENTS + "| dev | d.example.com | one |\n")
    assert document.release_version.text == "4.2"
    assert document.front.author == "Ann"


def test_a_heading_about_deploying_between_before_and_after_is_of_during() -> None:
    text = (
        "## Pre-deployment\n\n- tell people\n\n## Deployment\n\n1. deploy\n2. look\n\n## Post-deployment\n\n- tidy up\n"
    )
    assert [(c.phase, c.item.text) for c in model_of(LISTED + text).checklist] == [
        ("before", "tell people"), ("during", "deploy"), ("during", "look"), ("after", "tidy up"),
    ]  # fmt: skip


def test_alone_such_a_heading_says_nothing_of_a_phase() -> None:
    document = model_of(LISTED + "## Deployment\n\n1. deploy\n2. look\n")
    assert document.checklist == ()


def test_a_table_whose_rows_say_when_they_are_due_is_a_checklist_under_any_heading() -> None:
    text = (
        LISTED + "## Way of working\n\n| No | Phase | Task | Owner |\n|---|---|---|---|\n"
        "| 1 | before release | tell people | Ann |\n| 2 | during release | deploy | Bo |\n"
        "| 3 | afterwards | look | Bo |\n"
    )
    assert [(c.phase, c.item.text) for c in model_of(text).checklist] == [
        ("before", "tell people"), ("during", "deploy"), ("after", "look"),
    ]  # fmt: skip
