"""Operations commands against real processes of the embedded site."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.adapters.embedded import EmbeddedSite
from rollbook.app.ops import chosen, offers_of, place_of, read_deployment, run_offer
from rollbook.planning.sites import load_site
from rollbook.problems import StepFailed

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

# where
cd shop && echo "$(pwd) $KUBECONFIG" && exit 3
```
"""


@pytest.fixture
def run(site: EmbeddedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a command by its words; returns its exit code and what it said."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "deployment.md"
    file.write_text(DOCUMENT, encoding="utf-8")
    document = read_deployment(str(file))
    place = place_of(document.environments[0])

    def act(text: str) -> tuple[int, list[str]]:
        said: list[str] = []
        return run_offer(chosen(offers_of(document), text), place, load_site(""), said.append), said

    return act


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
    code, (said,) = run("echo")
    directory, _, kubeconfig = said.partition(" ")
    assert code == 0
    assert directory == str(tmp_path / ".rollbook" / "project" / "shop")
    text = Path(kubeconfig).read_text(encoding="utf-8")
    assert "dev-cluster" in text
    assert '"namespace": "development"' in text
