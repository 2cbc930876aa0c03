"""A bad release behind a migration, on the embedded site: the schema stays unless a person says otherwise (M31)."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from desks import Desk
from engines import LIMIT_S, Engines
from rollbook.adapters.embedded import EmbeddedSite
from rollbook.model.events import Finished

pytestmark = [pytest.mark.site, pytest.mark.slow]
TABLES = {"orders", "products"}
"""What the migrations of the embedded site's own project make."""
ASKING = 'kind = "embedded"\n[environments]\nQA = "staging"\n[limits]\nask_schema = true\n'
QA = ("-p", "environment=QA")
HELD = """\
#!/usr/bin/env bash
# The project's own migrations: the first at once, the second when somebody opens the gate.
set -euo pipefail
mkdir -p aside
mv migrations/V002* aside/ 2>/dev/null || true
scripts/migrate.sh "$1"
mv aside/V002* migrations/
echo "$1" >> begun.log
read -r _ < gate
exec scripts/migrate.sh "$1"
"""


@pytest.fixture
def desk(tmp_path: Path, seed_d: Path) -> Iterator[Desk]:
    try:
        yield Desk(tmp_path, {"deployment.md": seed_d})
    finally:
        EmbeddedSite(tmp_path).down()


def bad_release(desk: Desk) -> Any:
    done = desk("run", "deployment.md", *QA, "-p", "version=v2.1.0-errors")
    assert done.returncode in (1, 3), done.stderr
    return desk.json("show", "last")


def tables(directory: Path) -> set[str]:
    with closing(sqlite3.connect(directory / ".rollbook" / "project" / "var" / "qa.db")) as database:
        return {n for (n,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")} & TABLES


def test_m31_a_rollback_leaves_the_schema_and_a_person_takes_it_back_later(desk: Desk) -> None:
    shown = bad_release(desk)
    assert shown["state"] == "rolled_back"
    assert {server["after"] for server in shown["servers"]} == {"v1.0.0"}
    assert tables(desk.directory) == TABLES
    rows = desk.json("migrate", "status", "deployment.md", *QA)["rows"]
    assert [(r["version"], r["applied"], r["run"], r["drift"]) for r in rows] == [
        ("V001", True, shown["id"], ""), ("V002", True, shown["id"], ""),
    ]  # fmt: skip
    gone = desk("migrate", "down", "deployment.md", *QA, "--to", "0")
    assert gone.stdout == "reversed in QA: V002, V001\n", gone.stderr
    assert tables(desk.directory) == set()


def test_m31_no_schema_goes_back_under_a_release_that_needs_it(desk: Desk) -> None:
    done = desk("run", "deployment.md", *QA, "-p", "version=v2.1.0")
    assert done.returncode == 0, done.stderr
    run = desk.json("show", "last")["id"]
    refused = desk("migrate", "down", "deployment.md", *QA)
    assert refused.returncode == 2
    assert "app-1, app-2 still serve the release" in refused.stderr
    assert f"rollbook rollback {run}" in refused.stderr
    assert tables(desk.directory) == TABLES


def test_m31_where_the_site_wants_it_the_rollback_asks_and_a_yes_takes_the_schema_back(desk: Desk) -> None:
    (desk.directory / "rollbook.toml").write_text(ASKING)
    shown = bad_release(desk)
    assert shown["state"] == "rolling_back"
    assert {server["state"] for server in shown["servers"]} <= {"restored", "untouched"}
    (gate,) = desk.open_gates(shown)
    assert gate["kind"] == "schema"
    for lost in ("orders", "products"):
        assert lost in gate["why"]
    assert tables(desk.directory) == TABLES
    held = desk("migrate", "down", "deployment.md", *QA)
    assert held.returncode == 2, "the run still holds the database"
    assert desk.answer_all("last")["state"] == "rolled_back"
    assert tables(desk.directory) == set()


def test_m31_a_no_leaves_the_schema_and_ends_the_run(desk: Desk) -> None:
    (desk.directory / "rollbook.toml").write_text(ASKING)
    (gate,) = desk.open_gates(bad_release(desk))
    assert desk("reject", "last", gate["id"], "--as", "operator").returncode == 0
    assert desk("show", "last", "--follow").returncode == 0
    assert desk.json("show", "last")["state"] == "rolled_back"
    assert tables(desk.directory) == TABLES


def test_f09_what_a_killed_migration_applied_is_known_to_be_this_runs(tmp_path: Path, seed_d: Path) -> None:
    """The engine is killed between two migrations of the document's command, which dies with it. The next one begins
    the command again for what is missing, and knows what the first one applied although nobody wrote it down."""
    text = seed_d.read_text(encoding="utf-8").replace("./scripts/migrate.sh up", "./held.sh up")
    (tmp_path / "deployment.md").write_text(text, encoding="utf-8")
    engines = Engines(tmp_path, ("app-1", "app-2"))
    try:
        (tmp_path / "rollbook.toml").write_text(ASKING)
        project = tmp_path / ".rollbook" / "project"
        gate, begun = held_at(project), project / "begun.log"
        run = killed_while_migrating(engines, begun)
        with closing(sqlite3.connect(project / "var" / "qa.db")) as database:
            assert database.execute("SELECT version FROM schema_migrations").fetchall() == [("V001",)]
        resumed = engines.start("resume", run)
        assert engines.until(lambda: begun.read_text() == "up\nup\n", resumed), engines.log()
        with os.fdopen(os.open(gate, os.O_RDWR), "w") as opened:
            opened.write("go\n")
            opened.flush()
            assert engines.until(lambda: applied(engines, run), resumed), engines.log()
        assert applied(engines, run) == ["V001", "V002"]
        assert resumed.wait(LIMIT_S) == 0, engines.log()
    finally:
        engines.end()


def held_at(project: Path) -> Path:
    """The project's migrations behind a gate: opening it for writing lets them begin."""
    gate = project / "gate"
    os.mkfifo(gate)
    (project / "held.sh").write_text(HELD)
    (project / "held.sh").chmod(0o755)
    return gate


def killed_while_migrating(engines: Engines, begun: Path) -> str:
    process = engines.start("run", "deployment.md", *QA, "-p", "version=v2.1.0")
    run = engines.new_run(process, 0)
    assert engines.until(begun.exists, process), engines.log()
    process.kill()
    process.wait(LIMIT_S)
    return run


def applied(engines: Engines, run: str) -> list[str]:
    noted = (e.event.data for e in engines.journal.read(run) if isinstance(e.event, Finished))
    return next((list(data["migrations.applied"]) for data in noted if "migrations.applied" in data), [])
