"""A migration edited after it was applied is bad input to a plan: exit code 2, the row's line (M31)."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from rollbook.cli import main

DOCUMENT = """\
# Deployment of the shop

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| QA | qa.shop.test | qa |

## Resources

| Component | QA |
|---|---|
| App replicas | 1 |

## Database changes

| Version | Script | Description | Reversible | Checksum |
|---|---|---|---|---|
| V001 | migrations/V001_orders.sql | orders | yes | {checksum} |

## Release checklist

### During

- [ ] run the database migrations
"""
TEXT = "CREATE TABLE orders (id INTEGER PRIMARY KEY);\n"
PLAN = ["plan", "deploy.md", "-p", "environment=QA", "-p", "version=v2.0.0", "--format", "json"]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLBOOK_LANG", "en")
    (tmp_path / "deploy.md").write_text(DOCUMENT.format(checksum=""))
    (tmp_path / "rollbook.toml").write_text('kind = "embedded"\nproject = "."\n[databases]\nQA = "sqlite:///shop.db"\n')
    file = tmp_path / "migrations" / "V001_orders.sql"
    file.parent.mkdir()
    file.write_text(TEXT)
    return file


def problems(capsys: pytest.CaptureFixture[str], code: int) -> list[Any]:
    capsys.readouterr()
    assert main(PLAN) == code
    found: list[Any] = json.loads(capsys.readouterr().out).get("problems", [])
    return found


def test_m31_an_edited_script_stops_the_plan_at_its_row(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "up", "deploy.md", "-p", "environment=QA"]) == 0
    assert main(PLAN) == 0
    script.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert main(PLAN) == 0, "line endings are no edit"
    script.write_text(TEXT + "-- more")
    (problem,) = problems(capsys, 2)
    assert (problem["rule"], problem["file"], problem["line"]) == ("migration-edited", "deploy.md", 19)
    assert "was edited after it was applied" in problem["summary"]


def test_a_script_that_is_not_applied_may_be_edited(script: Path) -> None:
    script.write_text(TEXT + "-- more")
    assert main(PLAN) == 0


def test_a_stated_checksum_must_be_the_scripts(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = script.parents[1] / "deploy.md"
    document.write_text(DOCUMENT.format(checksum="sha256:" + sha256(TEXT.encode()).hexdigest()))
    assert main(PLAN) == 0
    script.write_text(TEXT + "-- more")
    (problem,) = problems(capsys, 2)
    assert "is not the script that the document states" in problem["summary"]


def test_a_database_that_cannot_be_asked_stops_no_plan(script: Path) -> None:
    site = script.parents[1] / "rollbook.toml"
    site.write_text(site.read_text().replace("sqlite:///shop.db", f"postgresql:///shop?host={script.parent}"))
    assert main(PLAN) == 0


def test_asking_the_database_loads_no_event_loop(script: Path) -> None:
    with sqlite3.connect(script.parents[1] / "shop.db") as database:
        database.execute("CREATE TABLE orders (id INTEGER)")
    code = f"import sys; from rollbook.cli import main; main({PLAN!r}); sys.exit('asyncio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60).returncode == 0
