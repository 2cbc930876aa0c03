"""The document's own commands under real engines that die or are aborted while one runs (M19, M28, F7)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines import Engines
from rollbook.model.events import GateOpened, Intended
from rollbook.model.facts import WorkloadTarget
from rollbook.ports.cluster import Workload

BASELINE = "v1.0.0"
"""What new servers run."""

pytestmark = [pytest.mark.site, pytest.mark.slow]

DOCUMENT = """# Deployment document: shop

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| DEV | dev.example.com | small |

## Resources

| Component | DEV |
|---|---|
| Replicas | 1 |

## Build

```bash
docker build -t app:${VERSION} .
```

## Deploy commands

```bash
kubectl set image deployment/app app=app:${VERSION}
```

## Verify

```bash
# smoke test
trap '' TERM
echo "$VERSION $ENVIRONMENT $(basename "$PWD")" > said
cp "$KUBECONFIG" kubeconfig.copy; stat -c '%a %n' "$KUBECONFIG" > kubeconfig.place
(trap '' TERM; sleep 600) & echo "$! $$" > pids.new; mv pids.new pids
until [ -e go ]; do sleep 0.05; done
kill -KILL %1
```
"""


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Engines]:
    pytest.importorskip("envoy", reason="the embedded site needs the demo extra")
    made = Engines(tmp_path, ("app-1",))
    (tmp_path / "shop.md").write_text(DOCUMENT)
    yield made
    made.end()


class Started:
    """A run whose shell command is under way: the engine, its id, the command's processes."""

    def __init__(self, engines: Engines) -> None:
        self.project = engines.directory / ".rollbook" / "project"
        self.process = engines.start("run", "shop.md", "-p", "environment=DEV", "-p", "version=v2")
        self.run = engines.new_run(self.process, 0)
        assert engines.until((self.project / "pids").exists, self.process), engines.log()
        self.pids = [int(word) for word in (self.project / "pids").read_text().split()]
        assert all(map(is_alive, self.pids))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def deployment(engines: Engines) -> tuple[dict[str, str], int, bool]:
    """Images, replicas and whether it is settled, of the Deployment that the embedded cluster has for the run."""
    cluster = engines.fleet.ports().cluster
    state = asyncio.run(cluster.inspect(Workload("small", "development", "app")))
    assert state is not None
    return state.images, state.replicas, state.settled


def tries(engines: Engines, run: str) -> int:
    """How often the command was begun."""
    shells = {i.id for s in engines.now(run).plan.steps for i in s.items if i.kind == "shell"}
    events = (entry.event for entry in engines.now(run).entries)
    return sum(isinstance(e, Intended) and e.task.rpartition("/")[2] in shells for e in events)


@pytest.mark.parametrize(("answer", "again"), [("done", 1), ("reject", 2)])
def test_m19_after_a_crash_inside_a_command_a_person_says_whether_it_happened(
    engines: Engines, answer: str, again: int
) -> None:
    started = Started(engines)
    started.process.kill()
    started.process.wait()
    engines.until(lambda: not any(map(is_alive, started.pids)))
    assert engines.finish("resume", started.run) == 3, engines.log()
    opened = [e.event.gate for e in engines.now(started.run).entries if isinstance(e.event, GateOpened)]
    assert [gate.partition(":")[0] for gate in opened] == ["doubt"]
    assert tries(engines, started.run) == 1
    (started.project / "go").touch()
    assert engines.finish(answer, started.run, opened[0], "--as", "operator") == 0, engines.log()
    engines.until(lambda: engines.state(started.run) == "succeeded")
    assert tries(engines, started.run) == again


def test_f07_an_aborted_command_is_dead_with_its_children_before_anything_is_undone(engines: Engines) -> None:
    started = Started(engines)
    assert engines.finish("abort", started.run, "--as", "operator") == 0, engines.log()
    assert started.process.wait() == 1
    assert engines.state(started.run) == "aborted", engines.log()
    assert not any(map(is_alive, started.pids))
    assert {endpoint.generation for endpoint in engines.pool()} == {"baseline"}
    assert deployment(engines) == ({"app": BASELINE}, 1, True)


def test_m28_a_command_runs_in_the_project_with_its_variables_and_a_kubeconfig_of_its_own(engines: Engines) -> None:
    started = Started(engines)
    (started.project / "go").touch()
    assert started.process.wait() == 0, engines.log()
    assert (started.project / "said").read_text() == "v2 DEV project\n"
    mode, path = (started.project / "kubeconfig.place").read_text().split()
    assert mode == "600"
    assert not Path(path).exists()
    (context,) = json.loads((started.project / "kubeconfig.copy").read_text())["contexts"]
    facts = engines.now(started.run).plan.deployment
    assert facts is not None
    assert facts.targets == (WorkloadTarget("small", "development", "app"),)
    assert (context["name"], context["context"]["namespace"]) == ("small", "development")


def test_m23_after_a_run_the_cluster_tells_what_its_servers_run_whatever_a_person_scaled(engines: Engines) -> None:
    started = Started(engines)
    (started.project / "go").touch()
    assert started.process.wait() == 0, engines.log()
    assert deployment(engines) == ({"app": "app:v2"}, 1, True)
    place = Workload("small", "development", "app")
    asyncio.run(engines.fleet.ports().cluster.scale(place, 5))
    assert engines.finish("rollback", started.run, "--as", "operator") in (0, 1), engines.log()
    engines.until(lambda: engines.state(started.run) == "rolled_back")
    engines.until(lambda: deployment(engines)[1] == 1)
    assert deployment(engines) == ({"app": BASELINE}, 1, True)
