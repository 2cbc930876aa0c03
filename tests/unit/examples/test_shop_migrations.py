"""The example project's own migration command does what a document's commands ask of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rollbook.adapters.embedded.fleet import PROJECT
from rollbook.adapters.sql import open_database
from rollbook.ports.database import Script

Migrate = Callable[[str], str]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__")))


@pytest.fixture
def migrate(project: Path) -> Migrate:
    def run(verb: str) -> str:
        environment = {"PATH": os.environ["PATH"], "ENVIRONMENT": "QA"}
        done = subprocess.run(
            ["./scripts/migrate.sh", verb], check=False, cwd=project, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_up_and_down_and_status(migrate: Migrate, project: Path) -> None:
    assert migrate("up") == "V001 applied\nV002 applied\n"
    assert migrate("up") == ""
    assert migrate("down") == "V002 reversed\n"
    assert migrate("status") == "V001 applied\n"
    assert (project / "var" / "qa.db").exists()


async def test_what_it_applied_is_seen_from_outside(migrate: Migrate, project: Path) -> None:
    migrate("up")
    database = open_database("sqlite:///var/qa.db", project)
    assert [a.version for a in await database.status()] == ["V001", "V002"]


async def test_the_same_scripts_run_from_the_table(project: Path) -> None:
    names = ["V001_init", "V002_add_index"]
    texts = [
        ((project / f"migrations/{n}.sql").read_text(), (project / f"migrations/{n}.down.sql").read_text())
        for n in names
    ]
    scripts = [Script(n[:4], f"migrations/{n}.sql", up, down) for n, (up, down) in zip(names, texts, strict=True)]
    database = open_database("sqlite:///var/qa.db", project)
    await database.up(scripts, "run")
    assert await database.down(scripts, "run") == ("V002", "V001")
