"""F5, live: variables change between two releases, the second is bad, and the first comes back as it was configured."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desks import Desk
from rollbook.adapters.embedded import EmbeddedSite, processes
from rollbook.values import Server

pytestmark = [pytest.mark.site, pytest.mark.slow]
GIVEN = ("-p", "environment=QA", "--format", "json")
DOCUMENT = """\
# Deployment of the shop

## Environments

| Environment | Domain | Config file |
|---|---|---|
| QA | qa.example.com | .env.qa |

## Environment variables

| Variable | Description | QA |
|---|---|---|
| GREETING | on the first page | {greeting} |
| API_TOKEN | of the payment service | [Secret] |
{more}

## Resources

| Component | QA |
|---|---|
| App replicas | 2 |

## Commands

### Build commands

```bash
# build the image
docker build -t app:${{VERSION}} .
# push the image
docker push registry.example.com/app:${{VERSION}}
```

### Deploy commands

```bash
kubectl apply -f k8s/deployment.yaml
kubectl set image deployment/app app=registry.example.com/app:${{VERSION}}
```

## Release checklist

### During the release

- [ ] deploy the new version
- [ ] verify health checks
"""
FIRST = DOCUMENT.format(greeting="hello", more="| PAGE_SIZE | of lists | 20 |")
SECOND = DOCUMENT.format(greeting="welcome", more="| THEME | of pages | dark |")
SITE = 'kind = "embedded"\n[limits]\nprobe_samples = 40\ntraffic_samples = 60\n[secrets]\nfile = "secrets.env"\n'


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    directory = tmp_path_factory.mktemp("desk")
    (directory / "rollbook.toml").write_text(SITE)
    keep_token(directory, "first-token-4f1c")
    try:
        yield Desk(directory)
    finally:
        EmbeddedSite(directory).down()


@pytest.fixture(scope="module")
def gone_back(desk: Desk) -> Any:
    """A good release, then a bad one with other variables; what `show` says of the second."""
    (desk.directory / "deploy.md").write_text(FIRST)
    first = desk("run", "deploy.md", "-p", "version=v2.1.0", *GIVEN)
    assert first.returncode == 0, first.stderr
    (desk.directory / "deploy.md").write_text(SECOND)
    keep_token(desk.directory, "second-token-77ab")
    second = desk("run", "deploy.md", "-p", "version=v2.2.0-notready", *GIVEN)
    assert second.returncode == 1, second.stderr
    return json.loads(second.stdout)


def test_f05_every_server_has_the_configuration_of_the_release_that_came_back(desk: Desk, gone_back: Any) -> None:
    assert gone_back["state"] == "rolled_back"
    assert {s["after"] for s in gone_back["servers"]} == {"v2.1.0"}
    for server in ("app-1", "app-2"):
        answered = asked(desk.directory, server)
        wanted = {"GREETING": "hello", "PAGE_SIZE": "20", "API_TOKEN": "secret:API_TOKEN"}
        assert answered["configuration"].items() >= wanted.items()
        assert answered["configuration"]["version"] == "v2.1.0"
        assert "THEME" not in answered["configuration"]


def test_f05_so_has_its_environment_and_of_the_secret_the_value_of_now(desk: Desk, gone_back: Any) -> None:
    """A secret that was changed is no more what it was: the old value may have been revoked."""
    restarted = gone_back["cause"]["server"]
    variables = environment_of(desk.directory, restarted)
    assert variables["GREETING"] == "hello"
    assert variables["PAGE_SIZE"] == "20"
    assert variables["API_TOKEN"] == "second-token-77ab"
    assert "THEME" not in variables


def test_m38_a_release_is_not_begun_when_the_old_one_could_not_come_back(desk: Desk, gone_back: Any) -> None:
    (desk.directory / "deploy.md").write_text(SECOND.replace("| API_TOKEN | of the payment service | [Secret] |\n", ""))
    (desk.directory / "secrets.env").write_text("OTHER=1\n")
    try:
        answer = desk("run", "deploy.md", "-p", "version=v2.3.0", *GIVEN)
    finally:
        keep_token(desk.directory, "second-token-77ab")
    assert answer.returncode == 1, answer.stderr
    shown = json.loads(answer.stdout)
    assert shown["state"] == "failed"
    assert "could not go back to v2.1.0: there is no secret API_TOKEN" in json.dumps(shown["cause"])
    assert {s["after"] for s in shown["servers"]} == {"v2.1.0"}


def test_m05_a_missing_secret_stops_the_plan_with_its_line(desk: Desk, gone_back: Any) -> None:
    (desk.directory / "deploy.md").write_text(SECOND.replace("API_TOKEN", "OTHER_TOKEN"))
    plan = desk.json("plan", "deploy.md", "-p", "version=v2.4.0", "-p", "environment=QA")
    (blocker,) = plan["blockers"]
    assert blocker["rule"] == "secret-missing"
    assert SECOND.splitlines()[blocker["line"] - 1].startswith("| API_TOKEN")
    assert "secrets.env" in blocker["text"]
    assert desk("run", "deploy.md", "-p", "version=v2.4.0", *GIVEN).returncode == 2


def keep_token(directory: Path, value: str) -> None:
    (directory / "secrets.env").write_text(f"API_TOKEN={value}\n")
    (directory / "secrets.env").chmod(0o600)


def asked(directory: Path, server: str) -> Any:
    """What the instance in rotation answers about itself."""
    host = EmbeddedSite(directory).ports().host
    current = asyncio.run(host.inspect(Server(server))).current
    return asyncio.run(host.probe(Server(server), current, "/config")).body


def environment_of(directory: Path, server: str) -> dict[str, str]:
    site = EmbeddedSite(directory)
    current = asyncio.run(site.ports().host.inspect(Server(server))).current
    process = max(processes.processes_of(site.layout.instance(server, current)))
    pairs = Path(f"/proc/{process}/environ").read_bytes().decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)
