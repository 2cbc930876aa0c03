"""A deployment document comes back filled in by a real canary; a failure quotes its runbook (M26)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desks import Desk
from rollbook.adapters.embedded import EmbeddedSite
from rollbook.documents import load, read
from rollbook.model.deployment import Deployment

pytestmark = [pytest.mark.site, pytest.mark.slow]
PLAN = """\
# Tea house deployment plan

## Document information

| Item | Value |
|---|---|
| Release version | |

## Environments

| Environment | Domain |
|---|---|
| QA | qa.tea.example |
| PROD | tea.example |

## Resources

| Component | QA | PROD |
|---|---|---|
| App replicas | 2 | 3 |

## Build commands

```bash
# build the image
docker build -t registry.tea.example/tea:${VERSION} .
# push it
docker push registry.tea.example/tea:${VERSION}
```

## Deploy commands

```bash
kubectl set image deployment/tea tea=registry.tea.example/tea:${VERSION}
```

## Release checklist

### Before
- [ ] Release window agreed

### During
- [ ] Deploy the new version
- [ ] Verify the health checks

## Canary stages

| Stage | Traffic | Duration | Roll back when |
|---|---|---|---|
| 1 | 50% | 6s | error rate > 1% |
| 2 | 100% | 6s | error rate > 1% |

## Troubleshooting

| Problem | Symptom | Steps |
|---|---|---|
| Bad release | high error rate | 1. read the log 2. call the team |
| Full disk | no space left | 1. clear the cache |
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    directory = tmp_path_factory.mktemp("filled")
    (directory / "tea.md").write_text(PLAN, encoding="utf-8")
    try:
        yield Desk(directory)
    finally:
        EmbeddedSite(directory).down()


def begun(desk: Desk, version: str) -> str:
    release = ("-p", "environment=QA", "-p", f"version={version}")
    started = desk("run", "tea.md", *release, "--strategy", "canary", "--detach")
    assert started.returncode == 0, started.stderr
    return started.stdout.split()[0].rstrip("：:")


def test_a_canary_fills_in_its_document_which_is_a_document_again(desk: Desk) -> None:
    shown = desk.answer_all(begun(desk, "v2.1.0"))
    assert shown["state"] == "succeeded", shown["cause"]
    run = shown["id"]
    assert desk("report", run, "--write").returncode == 0
    copy = desk.directory / f"tea.{run}.md"
    assert (desk.directory / "tea.md").read_text(encoding="utf-8") == PLAN
    assert desk("check", copy.name).returncode == 0
    document = read(load(copy)).document
    assert isinstance(document, Deployment)
    assert document.release_version.text == "v2.1.0"
    assert document.information["Run id"].text == run
    assert document.information["Image digest"].text.startswith("sha256:")
    told = {item.item.text: (item.item.checkbox, item.evidence[:1]) for item in document.checklist}
    assert told["Deploy the new version"] == (True, "✓")
    assert told["Release window agreed"] == (False, "⊘")
    for stage, wave in zip(document.canary, shown["waves"], strict=True):
        assert int(stage.measured["requests"]) == wave["watch"][0]["canary"]["requests"] > 0
        assert stage.measured["events"] == "0"
    share = float(document.canary[0].measured["traffic"].rstrip("%"))
    assert 40 < share < 60, "half of the traffic, as the balancer really sent it"


def test_the_copy_is_never_replaced_by_another_text(desk: Desk) -> None:
    run = desk.json("show", "last")["id"]
    assert desk("report", run, "--write").returncode == 0, "the same again is no change"
    copy = desk.directory / f"tea.{run}.md"
    copy.write_text("notes of the night", encoding="utf-8")
    refused = desk("report", run, "--write")
    assert refused.returncode == 2
    assert copy.name in refused.stderr
    assert copy.read_text(encoding="utf-8") == "notes of the night"


def test_m26_a_bad_release_quotes_the_row_it_is_about_and_no_other(desk: Desk) -> None:
    run = begun(desk, "v2.2.0-errors")
    followed = desk("show", run, "--follow").stdout
    assert "stage 1 · 50% · error rate > 1%: " in followed
    assert "evidence" in followed
    shown = desk.json("show", run)
    assert shown["state"] == "rolled_back", "nobody let it pass"
    assert [advice["problem"] for advice in shown["cause"]["runbook"]] == ["Bad release"]
    assert shown["cause"]["runbook"][0]["sure"]
    for said in (desk("show", shown["id"]).stdout, desk("report", shown["id"]).stdout):
        assert "1. read the log\n" in said
        assert "2. call the team\n" in said
        assert "1. clear the cache\n" not in said
    assert (shown["waves"][0]["watch"][0]["state"], shown["weight"]) == ("tripped", 0.0)
