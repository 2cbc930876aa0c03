"""Operations commands against real processes of the embedded site."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from rollbook.adapters.embedded import EmbeddedSite
from rollbook.app.ops import chosen, offers_of, place_of, read_deployment, run_offer
from rollbook.planning.sites import load_site
from rollbook.problems import Refused, StepFailed
from rollbook.values import Server

pytestmark = pytest.mark.site
DOCUMENT = """\
---
status: draft
---

# Deployment document

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| DEV | dev.example.com | dev-cluster |
| PROD | example.com | prod-cluster |

## Deploy commands

```bash
kubectl rollout status deployment/app
```

## Daily operations commands

```bash
# logs
kubectl logs deployment/app --tail=5
# usage
kubectl top pods
# grow
kubectl scale deployment/app --replicas=5
# pods
kubectl get pods
# shell inside
kubectl exec -it deployment/app -- /bin/sh

# elsewhere
kubectl --kubeconfig ~/.kube/config get pods

# where
cd shop && (pwd; cat "$KUBECONFIG"; echo; exit 3)
```
"""


@pytest.fixture
def run(site: EmbeddedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a command by its words; returns its exit code and what it said."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "deployment.md"
    file.write_text(DOCUMENT, encoding="utf-8")
    document = read_deployment(str(file))

    def act(text: str, environment: str = "DEV") -> tuple[int, list[str]]:
        said: list[str] = []
        row = next(e for e in document.environments if e.name == environment)
        place = place_of(row, document, load_site(""))
        return run_offer(chosen(offers_of(document), text), place, load_site(""), said.append, environment), said

    return act


def set_environment(site: EmbeddedSite, server: str, environment: str) -> None:
    """The server's release says that it is this environment's, as a run's does."""
    host = site.ports().host
    state = asyncio.run(host.inspect(Server(server)))
    configuration = {**state.instance(state.current).configuration, "environment": environment}
    asyncio.run(host.configure(Server(server), state.current, configuration))


def test_operations_are_answered_by_the_sites_own_processes(run):
    code, said = run("usage")
    assert code == 0
    assert len(said) == 4
    assert all(line.split()[1].endswith("m") and int(line.split()[2][:-2]) > 0 for line in said[1:])
    code, said = run("logs")
    assert code == 0
    assert said[0].startswith("Found 3 instances, using ")
    assert run("grow") == (0, ["deployment.apps/app scaled", "3 of 5 ready"])
    _, pods = run("pods")
    assert [line.split()[2] for line in pods[1:]] == ["Running"] * 3 + ["Pending"] * 2
    with pytest.raises(StepFailed, match="/bin/sh"):
        run("shell inside")


def test_m29_the_shell_runs_in_the_project_with_a_kubeconfig_of_one_place(run, tmp_path):
    code, (directory, kubeconfig) = run("pwd")
    assert code == 3
    assert directory == str(tmp_path / ".rollbook" / "project" / "shop")
    assert "dev-cluster" in kubeconfig
    assert '"namespace":"development"' in kubeconfig


def test_m29_a_command_that_chooses_its_own_cluster_is_refused(run):
    with pytest.raises(Refused, match="--kubeconfig"):
        run("elsewhere")


def test_m23_an_environment_that_nothing_runs_for_is_not_shown_anothers_servers(run, site, tmp_path):
    """The servers run DEV's release: PROD's Deployment does not borrow them."""
    for server in site.servers():
        set_environment(site, server, "DEV")
    assert run("usage", "DEV")[0] == 0
    with pytest.raises(Refused, match="nothing of PROD runs here"):
        run("usage", "PROD")
