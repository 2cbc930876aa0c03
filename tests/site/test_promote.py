"""Whole pipelines on the embedded site: one image up to the last environment, stops, gates, kills."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desks import LIMIT_S, Desk
from engines import Engines
from rollbook.adapters.embedded import EmbeddedSite
from rollbook.app.promotions import standing
from rollbook.model.promotion import is_promotion
from rollbook.ports import RunRow

pytestmark = [pytest.mark.site, pytest.mark.slow]
CORPUS = Path(__file__).parents[1] / "corpus" / "deploy-notify.en" / "document.md"
SITE = 'kind = "embedded"\n[limits]\nprobe_samples = 40\ntraffic_samples = 60\n'
QUICK = """\
# Deployment of the shop

## Environments

| Environment | Domain | Cluster | Namespace | Replicas |
|---|---|---|---|---|
| DEV | dev.example.com | one | dev | 1 |
| QA | qa.example.com | one | qa | 2 |

## CI/CD pipeline

commit → build image → deploy DEV → integration tests → deploy QA

## Build commands

```bash
docker build -t shop:${VERSION} .
docker push registry.example.com/shop:${VERSION}
```

## Deploy commands

```bash
kubectl set image deployment/shop shop=registry.example.com/shop:${VERSION}
```
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    pytest.importorskip("envoy", reason="the embedded site needs the demo extra")
    (tmp_path / "rollbook.toml").write_text(SITE)
    (tmp_path / "quick.md").write_text(QUICK)
    try:
        yield Desk(tmp_path, {"notify.md": CORPUS})
    finally:
        EmbeddedSite(tmp_path).down()


def words_of(shown: Any) -> dict[str, str]:
    return {node["title"]: node["state"] for node in shown["nodes"]}


def until_approval(desk: Desk, promotion: str) -> Any:
    """Tick off what comes before it; the gate where the promotion's run waits for approval."""
    give_up = time.monotonic() + LIMIT_S
    while True:
        shown = desk.json("show", promotion)
        for gate in desk.open_gates(shown):
            if gate["kind"] == "approval":
                return gate
            desk("done", promotion, gate["id"], "--as", "operator")
        assert time.monotonic() < give_up, shown


def images_of(desk: Desk, shown: Any) -> set[str]:
    """The digests that the promotion's deployments put on servers, by their own records."""
    plans = [desk.json("show", node["run"]) for node in shown["nodes"] if node["kind"] == "deploy" and node["run"]]
    assert plans
    return {_digest(desk, run["id"]) for run in plans}


def _digest(desk: Desk, run: str) -> str:
    from rollbook.app.places import find_run, situation
    from rollbook.model.site import Site
    from rollbook.wiring import open_journal

    journal = open_journal(Site(directory=str(desk.directory)))
    now = situation(journal, find_run(journal, run))
    journal.close()
    return now.plan.image.digest if now.plan.image else ""


def test_m21_the_seed_document_goes_to_qa_with_one_image_and_to_production_once_it_is_signed(
    desk: Desk, seed_d: Path
) -> None:
    (desk.directory / "deploy.md").write_bytes(seed_d.read_bytes())
    version = ("-p", "version=v2.1.0")
    refused = desk("promote", "deploy.md", *version)
    assert refused.returncode == 2, "a draft goes to no protected environment, and nothing before it is done in vain"
    assert "部署PROD: not-approved" in refused.stderr
    walked = desk("promote", "deploy.md", *version, "--to", "QA", "--format", "json")
    assert walked.returncode == 0, walked.stdout + walked.stderr
    shown = json.loads(walked.stdout)
    assert list(words_of(shown).values()) == ["succeeded"] * 7
    assert images_of(desk, shown) == {shown["digest"]}
    for role in ("DevOps", "技术负责人"):
        assert desk("doc", "sign", "deploy.md", "--as", role).returncode == 0
    parked = desk("promote", "deploy.md", *version, "--from", "PROD", "--format", "json")
    assert parked.returncode == 3, parked.stdout + parked.stderr
    waiting = json.loads(parked.stdout)
    assert list(words_of(waiting).values()) == ["kept"] * 7 + ["waiting"]
    assert waiting["digest"] == shown["digest"] == _digest(desk, waiting["nodes"][7]["run"])
    assert {row["state"] for row in desk.json("runs")["runs"] if row["id"] == waiting["id"]} == {"waiting"}
    gate = until_approval(desk, waiting["id"])
    gates = desk.json("show", gate["run"])["gates"]
    assert [g["id"] for g in gates if g["kind"] == "approval"] == [gate["id"]], "one gate (M2)"
    assert desk("reject", waiting["id"], "--as", "技术负责人").returncode == 0
    ended = desk.answer_all(waiting["id"])
    assert ended["state"] == "failed"
    assert words_of(ended)["部署PROD"] == "failed"
    assert ended["next"][-1] == "rollbook promote deploy.md -p version=v2.1.0 --from 8"
    assert desk("audit").returncode == 0


def test_it_stops_at_the_first_environment_that_a_bad_release_breaks(desk: Desk) -> None:
    answer = desk("promote", "quick.md", "-p", "version=v2.2.0-notready")
    assert answer.returncode == 1, answer.stdout + answer.stderr
    shown = desk.json("show", next(r["id"] for r in desk.json("runs")["runs"] if is_promotion(r["id"])))
    assert words_of(shown) == {
        "commit": "succeeded", "build image": "succeeded", "deploy DEV": "failed", "integration tests": "pending",
        "deploy QA": "pending",
    }  # fmt: skip
    failed = shown["nodes"][2]
    assert failed["end"] == "rolled_back"
    assert shown["next"] == [
        f"rollbook show {failed['run']}", "rollbook promote quick.md -p version=v2.2.0-notready --from 3"
    ]  # fmt: skip
    assert f"stopped at 3. deploy DEV (run {failed['run']})" in answer.stdout
    (server,) = desk.json("site", "status")["servers"]
    assert [endpoint["generation"] for endpoint in server["endpoints"]] == ["baseline"]
    report = desk("report", shown["id"])
    assert "| ✗ 3 | deploy DEV |" in report.stdout
    written = desk.directory / ".rollbook" / "reports" / f"{shown['id']}.html"
    assert "deploy DEV" in written.read_text(encoding="utf-8")


def test_a_corpus_document_parks_at_a_manual_item_and_a_worker_goes_on_after_the_answer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "only-for-this-test")
    parked = desk("promote", "notify.md", "-p", "version=v3.0.0", "--manual", "--to", "deploy dev", "--format", "json")
    assert parked.returncode == 3, parked.stdout + parked.stderr
    shown = json.loads(parked.stdout)
    assert words_of(shown)["deploy dev"] == "waiting"
    assert shown["gates"][0]["run"] == shown["nodes"][4]["run"]
    ended = desk.answer_all(shown["id"])
    assert ended["state"] == "succeeded"
    assert list(words_of(ended).values()) == ["succeeded"] * 5
    assert images_of(desk, ended) == {ended["digest"]}


def test_a_detached_promotion_is_carried_through_all_its_runs_by_a_worker(desk: Desk) -> None:
    started = desk("promote", "quick.md", "-p", "version=v2.3.0", "--detach")
    assert started.returncode == 0, started.stderr
    run = started.stdout.split()[0]
    ended = desk.answer_all(run)
    assert ended["state"] == "succeeded", ended
    assert images_of(desk, ended) == {ended["digest"]}
    assert (desk.directory / ".rollbook" / "reports" / f"{run}.md").is_file()


def test_f08_killed_again_and_again_it_goes_on_where_it_stopped_and_builds_once(tmp_path: Path) -> None:
    pytest.importorskip("envoy", reason="the embedded site needs the demo extra")
    engines = Engines(tmp_path, ("shop-1", "shop-2"))
    (tmp_path / "quick.md").write_text(QUICK)
    try:
        command = ("promote", "quick.md", "-p", "version=v2.4.0")
        process = engines.start(*command)
        run, killed = engines.new_run(process, 0), 0
        assert is_promotion(run)
        for seq in (3, 6, 9, 13):
            if engines.kill_at(process, run, seq):
                killed += 1
                process = engines.start(*command)
        assert process.wait(300) == 0, engines.log()
        assert killed >= 3
        now = standing(engines.journal, _row(engines, run))
        assert now.walk.end == "succeeded"
        assert [node.word for node in now.walk.nodes] == ["succeeded"] * 5
        children = [row.run for row in engines.journal.runs() if not is_promotion(row.run)]
        assert children == [node.run for node in now.walk.nodes], "no run was started twice"
        assert engines.journal.audit(run) == ()
        assert engines.journal.claims() == {}
    finally:
        engines.end()


def _row(engines: Engines, run: str) -> RunRow:
    return next(row for row in engines.journal.runs() if row.run == run)
