"""M5: canary secrets are planted, work is done with them, and every byte that was written or said is searched."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from rollbook.drivers.redaction import Redactor
from rollbook.model.deployment import Cell, Environment
from rollbook.model.facts import DeploymentFacts
from rollbook.model.site import SecretSources, Site
from rollbook.problems import Unreachable
from rollbook.providing import database_for, project_in, secrets_for

CANARY = "canary/9f+3e word"
PASSWORD = "canary-db-77"
FACTS = DeploymentFacts(
    "d.md",
    Environment("QA", configuration_file=Cell(".env.qa", blank=False)),
    {"JWT_SECRET": "secret:JWT_SECRET", "DATABASE_URL": "secret:DATABASE_URL"},
)
SCRIPT = """
printf '%s\\n' "$JWT_SECRET" "key=$JWT_SECRET;"
printf '%s' "$JWT_SECRET" | base64
python3 -c 'import os, urllib.parse as u; jwt = os.environ["JWT_SECRET"]; print(u.quote(jwt)); raise ValueError(jwt)'
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    secrets = tmp_path / "secrets.env"
    url = f"postgresql://shop:{PASSWORD}@/shop?host={tmp_path}"
    secrets.write_text(f"JWT_SECRET={CANARY}\nDATABASE_URL={url}\n")
    secrets.chmod(0o600)
    return Site(directory=str(tmp_path), secrets=SecretSources(file="secrets.env"))


async def test_m05_no_byte_of_a_commands_output_holds_the_secret(site: Site, tmp_path: Path) -> None:
    redactor = Redactor()
    secrets = secrets_for(site, FACTS, tmp_path, redactor)
    project = project_in(tmp_path, tmp_path / ".rollbook", site, FACTS, secrets, redactor, {})
    heard: list[str] = []
    variables = {"JWT_SECRET": "secret:JWT_SECRET"}
    ended = await project.shell(SCRIPT, 60.0, variables, "output/it.log", heard.append)
    assert ended.code == 1
    written = b"".join(p.read_bytes() for p in (tmp_path / ".rollbook").rglob("*") if p.is_file())
    said = written.decode() + "\n".join([*heard, *ended.lines])
    spellings = (CANARY, quote(CANARY), base64.b64encode(CANARY.encode()).decode().rstrip("="))
    assert [s for s in spellings if s in said] == []
    assert said.count("[secret JWT_SECRET]") >= 5


async def test_m05_tools_inherit_no_secret(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "JWT_SECRET", "inherited-canary")
    redactor = Redactor()
    secrets = secrets_for(site, FACTS, tmp_path, redactor)
    project = project_in(tmp_path, tmp_path / ".rollbook", site, FACTS, secrets, redactor, {})
    assert (await project.shell("echo ${JWT_SECRET:-none}", 60.0)).lines == ("none",)


async def test_m05_a_database_that_cannot_be_reached_does_not_say_its_password(site: Site, tmp_path: Path) -> None:
    redactor = Redactor()
    secrets = secrets_for(site, FACTS, tmp_path, redactor)
    database = database_for(site, FACTS, secrets, tmp_path)
    assert database is not None
    with pytest.raises(Unreachable) as told:
        await database.status()
    assert PASSWORD not in str(told.value.words)
    assert PASSWORD not in redactor.text(f"password authentication failed: {PASSWORD}")
