"""A day with the command line on the embedded site, from another terminal's point of view: every command a process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desks import Desk
from rollbook.adapters.embedded import EmbeddedSite

pytestmark = [pytest.mark.site, pytest.mark.slow]
RELEASE = Path(__file__).parents[2] / "examples" / "release.en.md"
SERVERS = "servers=[shop-1, shop-2, shop-3]"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    directory = tmp_path_factory.mktemp("desk")
    try:
        yield Desk(directory, {"release.md": RELEASE})
    finally:
        EmbeddedSite(directory).down()


@pytest.fixture(scope="module")
def approved(desk: Desk) -> Any:
    """A production release that parked at its approval, was approved by both roles, and went to its end."""
    parked = desk(
        "run", "release.md", "-p", "environment=production", "-p", SERVERS, "-p", "version=v3.4.0", "--format", "json"
    )
    assert parked.returncode == 3, parked.stderr
    shown = json.loads(parked.stdout)
    assert shown["state"] == "waiting"
    assert {server["state"] for server in shown["servers"]} == {"untouched"}
    roles = [approver.partition(":")[0] for gate in shown["gates"] for approver in gate["approvers"]]
    assert len(roles) == 2
    for role in roles:
        said = desk("approve", "last", "--as", role, "--comment", "go")
        assert said.returncode == 0, said.stderr
    followed = desk("show", "last", "--follow")
    assert followed.returncode == 0, followed.stderr
    assert "wave 3" in followed.stdout
    return desk.json("show", "last")


def test_an_approved_release_reaches_every_server_and_no_client_request_is_lost(approved: Any) -> None:
    assert approved["state"] == "succeeded"
    assert {(s["before"], s["after"]) for s in approved["servers"]} == {("v1.0.0", "v3.4.0-production")}
    assert approved["client"]["failed"] == 0
    assert approved["client"]["sent"] > 1000
    assert [a["comment"] for gate in approved["gates"] for a in gate["answers"]] == ["go", "go"]


def test_the_record_is_written_and_final(desk: Desk, approved: Any) -> None:
    reports = desk.directory / ".rollbook" / "reports"
    for form in ("md", "html", "json"):
        assert "succeeded" in (reports / f"{approved['id']}.{form}").read_text()
    written = json.loads((reports / f"{approved['id']}.json").read_text())
    assert written["state"] == "succeeded"
    assert written["metrics"]["deployment.success_rate"] == 1.0
    assert {criterion["mark"] for criterion in written["criteria"]} == {"yes"}
    printed = desk("report", "last", "--format", "html")
    assert printed.stdout.startswith("<!doctype html>")


def test_a_bad_release_is_rolled_back_and_says_why(desk: Desk, approved: Any) -> None:
    given = ("-p", "environment=staging", "-p", SERVERS, "-p", "version=v3.5.0-errors", "-p", "skip_tests=true")
    answer = desk("run", "release.md", *given, "--format", "json")
    assert answer.returncode == 1, answer.stderr
    shown = json.loads(answer.stdout)
    assert shown["state"] == "rolled_back"
    assert shown["cause"]["step"] in (8, 9)
    assert shown["cause"]["server"]
    assert {(s["before"], s["after"]) for s in shown["servers"]} == {("v3.4.0-production", "v3.4.0-production")}
    listed = desk.json("runs")["runs"]
    assert [row["state"] for row in listed] == ["succeeded", "rolled_back"]
    assert listed[0]["id"] == approved["id"]


def test_a_detached_run_is_journaled_at_once_and_carried_on(desk: Desk, approved: Any) -> None:
    given = ("-p", "environment=development", "-p", SERVERS, "-p", "version=v3.6.0-nostart", "-p", "skip_tests=true")
    started = desk("run", "release.md", *given, "--detach")
    assert started.returncode == 0, started.stderr
    run = started.stdout.split()[0]
    assert desk("show", run, "--follow").returncode == 0
    shown = desk.json("show", run)
    assert shown["state"] == "rolled_back"
    assert shown["cause"]["step"] == 7


def test_the_journals_are_whole(desk: Desk, approved: Any) -> None:
    audited = desk("audit")
    assert audited.returncode == 0
    assert approved["id"] in audited.stdout


def test_the_site_says_what_runs(desk: Desk, approved: Any) -> None:
    status = desk.json("site", "status")
    assert status["up"]
    assert [server["name"] for server in status["servers"]] == ["shop-1", "shop-2", "shop-3"]
