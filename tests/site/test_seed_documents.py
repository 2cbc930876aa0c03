"""The seed documents, byte for byte, on the embedded site: alone and together, in every environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desks import Desk
from rollbook.adapters.embedded import EmbeddedSite

pytestmark = [pytest.mark.site, pytest.mark.slow]
FAST = ("--time-scale", "0.002")
DRAFT = "status: draft"
SIGNED = (
    (DRAFT, "status: approved"),
    ("| DevOps | | | 已创建 |", "| DevOps | li | 2026-01-02 | 已创建 |"),
    ("| 技术负责人 | | | 待审核 |", "| 技术负责人 | wang | 2026-01-03 | 已批准 |"),
)
"""What people write into the document when they sign it."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    directory = tmp_path_factory.mktemp("seeds")
    try:
        yield Desk(directory)
    finally:
        EmbeddedSite(directory).down()


@pytest.fixture
def deployment(desk: Desk, seed_d: Path) -> str:
    return _copied(desk, seed_d, "deployment.md")


@pytest.fixture
def template(desk: Desk, seed_w: Path) -> str:
    return _copied(desk, seed_w, "template.md")


@pytest.fixture
def signed(desk: Desk, deployment: str) -> str:
    text = (desk.directory / deployment).read_text(encoding="utf-8")
    for blank, filled in SIGNED:
        assert blank in text
        text = text.replace(blank, filled, 1)
    (desk.directory / "signed.md").write_text(text, encoding="utf-8")
    return "signed.md"


@pytest.mark.parametrize(("environment", "servers"), [("DEV", 1), ("QA", 2)])
def test_the_deployment_document_alone_releases_to(desk: Desk, deployment: str, environment: str, servers: int) -> None:
    shown = released(desk, deployment, "-p", f"environment={environment}", "-p", "version=v2.1.0")
    assert shown["state"] == "succeeded", shown["cause"]
    assert len(shown["servers"]) == servers
    assert {server["after"] for server in shown["servers"]} == {"v2.1.0"}
    assert shown["client"]["failed"] == 0


def test_with_the_template_the_deployment_document_releases_to_qa(desk: Desk, deployment: str, template: str) -> None:
    shown = released(desk, template, deployment, "-p", "environment=QA", "-p", "version=v2.2.0")
    assert shown["state"] == "succeeded", shown["cause"]
    assert shown["environment"] == "QA"
    assert shown["client"]["failed"] == 0


def test_m02_production_is_refused_while_the_document_is_a_draft_with_every_reason(desk: Desk, deployment: str) -> None:
    before = len(desk.json("runs")["runs"])
    refused = desk("run", deployment, "-p", "environment=PROD", "-p", "version=v2.3.0")
    assert refused.returncode == 2
    for reason in ("draft", "DevOps", "技术负责人"):
        assert reason in refused.stderr + refused.stdout, refused.stderr
    planned = desk.json("plan", deployment, "-p", "environment=PROD", "-p", "version=v2.3.0")
    assert len(planned["blockers"]) >= 2
    assert len(desk.json("runs")["runs"]) == before, "nothing was begun"


def test_m32_a_signed_document_goes_to_production_through_all_its_stages(desk: Desk, signed: str) -> None:
    shown = released(desk, signed, "-p", "environment=PROD", "-p", "version=v2.4.0", *FAST)
    assert shown["state"] == "succeeded", shown["cause"]
    assert [wave["traffic"] for wave in shown["waves"]] == [0.05, 0.2, 0.5, 1.0]
    assert {wave["state"] for wave in shown["waves"]} == {"done"}
    assert {server["after"] for server in shown["servers"]} == {"v2.4.0"}
    assert shown["client"]["failed"] == 0


def test_f04_a_bad_release_is_rolled_back_in_the_first_stage(desk: Desk, signed: str) -> None:
    shown = released(desk, signed, "-p", "environment=PROD", "-p", "version=v2.5.0-errors", "--time-scale", "0.05")
    assert shown["state"] == "rolled_back"
    assert [wave["state"] for wave in shown["waves"]][1:] == ["pending"] * 3
    assert all(server["after"] == server["before"] for server in shown["servers"])
    share = shown["client"]["failed"] / shown["client"]["sent"]
    assert share < 0.005, "5 % of 5 % of the traffic, for as long as the test needs"


def test_every_journal_of_the_day_is_whole(desk: Desk, deployment: str) -> None:
    assert desk("audit").returncode == 0


def released(desk: Desk, *words: str) -> Any:
    """Run to the end; whoever is asked says yes."""
    started = desk("run", *words, "--detach")
    assert started.returncode == 0, started.stderr
    return desk.answer_all(started.stdout.split()[0].rstrip("：:"))


def _copied(desk: Desk, original: Path, name: str) -> str:
    (desk.directory / name).write_bytes(original.read_bytes())
    return name
