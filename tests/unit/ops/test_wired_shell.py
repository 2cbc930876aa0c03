"""What shell text finds on the embedded site."""

from __future__ import annotations

import json
from pathlib import Path

from rollbook.planning.sites import load_site
from rollbook.wiring import project_for


async def test_m29_on_the_embedded_site_kubectl_in_a_fence_reaches_no_cluster_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", "/home/somebody/.kube/config")
    site = load_site("embedded")
    (tmp_path / ".rollbook" / "project").mkdir(parents=True)
    (found,) = (await project_for(site, "run-1").shell('echo "$KUBECONFIG"', 60.0)).lines
    config = json.loads(Path(found).read_text(encoding="utf-8"))
    assert Path(found).is_relative_to(tmp_path / ".rollbook")
    assert [c["cluster"]["server"] for c in config["clusters"]] == ["https://embedded.invalid"]
    assert config["users"] == [{"name": "embedded", "user": {}}]
