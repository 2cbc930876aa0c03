"""What shell text finds on the embedded site."""

from __future__ import annotations

import json
from pathlib import Path

from rollbook.model.deployment import Environment
from rollbook.model.facts import DeploymentFacts, WorkloadTarget
from rollbook.planning.sites import load_site
from rollbook.wiring import project_for


async def test_m29_on_the_embedded_site_kubectl_in_a_fence_reaches_no_cluster_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", "/home/somebody/.kube/config")
    site = load_site("embedded")
    (tmp_path / ".rollbook" / "project").mkdir(parents=True)
    ended = await project_for(site, "run-1").shell('echo "$KUBECONFIG"; cat "$KUBECONFIG"', 60.0)
    found, config = ended.lines[0], json.loads(ended.lines[1])
    assert Path(found).is_relative_to(tmp_path / ".rollbook")
    assert [c["cluster"]["server"] for c in config["clusters"]] == ["https://embedded.invalid"]
    assert config["users"] == [{"name": "embedded", "user": {}}]


async def test_m29_a_command_finds_its_environments_cluster_and_namespace_alone_for_as_long_as_it_runs(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".rollbook" / "project").mkdir(parents=True)
    targets = (WorkloadTarget("prod-cluster", "shop", "app"),)
    facts = DeploymentFacts("d.md", Environment("PROD"), {"KUBECONFIG": "/elsewhere"}, targets=targets)
    script = 'stat -c %a "$KUBECONFIG"; cat "$KUBECONFIG"; echo; echo "$KUBECONFIG"; exit 3'
    project = project_for(load_site("embedded"), "run-1", facts)
    mode, text, path = (await project.shell(script, 60.0, {"KUBECONFIG": "/elsewhere"})).lines
    assert mode == "600"
    assert json.loads(text)["contexts"] == [
        {"name": "prod-cluster", "context": {"cluster": "prod-cluster", "user": "prod-cluster", "namespace": "shop"}}
    ]
    assert json.loads(text)["current-context"] == "prod-cluster"
    assert not Path(path).exists()
