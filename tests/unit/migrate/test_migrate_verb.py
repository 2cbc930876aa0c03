"""`rollbook migrate`: what is applied, up, down, on SQLite and on a real PostgreSQL, by table and by command (M31)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from databases import postgresql
from rollbook.cli import main

TABLE = """\
# Deployment of the shop

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| QA | qa.shop.test | qa |
| PROD | shop.test | prod |

## Database changes

| Version | Script | Description | Reversible |
|---|---|---|---|
| V001 | migrations/V001_orders.sql | orders | yes |
| V002 | migrations/V002_notes.sql | notes | {reversible} |
"""
BY_COMMAND = """
```bash
# run the migrations
./move.sh up
# roll back the migrations
./move.sh down
```
"""
MOVE = """\
#!/usr/bin/env bash
# Applies or reverses one version after another; knows versions only.
set -euo pipefail
python3 - "$1" "$DATABASE_URL" <<'P'
import sqlite3, sys
db = sqlite3.connect(sys.argv[2].removeprefix("sqlite:///"))
db.execute("CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT)")
have = [v for (v,) in db.execute("SELECT version FROM schema_migrations ORDER BY version")]
if sys.argv[1] == "up":
    for version in ("V001", "V002"):
        if version not in have:
            db.execute("INSERT INTO schema_migrations VALUES (?)", (version,))
elif have:
    db.execute("DELETE FROM schema_migrations WHERE version = ?", (have[-1],))
db.commit()
P
"""


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Migrate = Callable[..., Answer]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql() as url:
        yield url.replace("+psycopg", "")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLBOOK_LANG", "en")
    place(tmp_path, "sqlite:///shop.db")
    return tmp_path


@pytest.fixture
def migrate(here: Path, capsys: pytest.CaptureFixture[str]) -> Migrate:
    def run(act: str, environment: str, *words: str) -> Answer:
        code = main(["migrate", act, "deploy.md", "-p", f"environment={environment}", *words])
        return Answer(code, *capsys.readouterr())

    return run


def place(here: Path, url: str) -> None:
    (here / "deploy.md").write_text(TABLE.format(reversible="yes"))
    (here / "rollbook.toml").write_text(
        f'kind = "embedded"\nproject = "."\n[databases]\nQA = "{url}"\nPROD = "sqlite:///prod.db"\n'
    )
    scripts = here / "migrations"
    scripts.mkdir()
    (scripts / "V001_orders.sql").write_text("CREATE TABLE orders (id INTEGER PRIMARY KEY);")
    (scripts / "V001_orders.down.sql").write_text("DROP TABLE orders;")
    (scripts / "V002_notes.sql").write_text("ALTER TABLE orders ADD COLUMN note TEXT;")
    (scripts / "V002_notes.down.sql").write_text("ALTER TABLE orders DROP COLUMN note;")


def rows(answer: Answer) -> list[dict[str, Any]]:
    assert answer.code == 0, answer.err
    found: list[dict[str, Any]] = json.loads(answer.out)["rows"]
    return found


def applied(migrate: Migrate, environment: str = "QA") -> list[str]:
    return [r["version"] for r in rows(migrate("status", environment, "--format", "json")) if r["applied"]]


def test_status_makes_nothing(here: Path, migrate: Migrate) -> None:
    before = {p.name for p in here.iterdir()}
    assert applied(migrate) == []
    assert {p.name for p in here.iterdir()} == before


def test_up_applies_everything_and_says_who_and_when(migrate: Migrate) -> None:
    assert migrate("up", "QA").out == "applied to QA: V001, V002\n"
    first, second = rows(migrate("status", "QA", "--format", "json"))
    assert (first["run"], first["drift"], first["reversible"]) == ("migrate-operator", "", True)
    assert first["at"].endswith("+00:00")
    assert second["applied"]
    assert migrate("up", "QA").out == "QA: everything is applied\n"


def test_up_stops_where_it_is_told(migrate: Migrate) -> None:
    assert migrate("up", "QA", "--to", "V001").out == "applied to QA: V001\n"
    assert applied(migrate) == ["V001"]
    assert migrate("up", "QA", "--to", "V009").code == 2


def test_down_reverses_the_newest_or_what_lies_above(migrate: Migrate) -> None:
    migrate("up", "QA")
    assert migrate("down", "QA").out == "reversed in QA: V002\n"
    migrate("up", "QA")
    assert migrate("down", "QA", "--to", "0").out == "reversed in QA: V002, V001\n"
    assert applied(migrate) == []
    assert migrate("down", "QA").out == "QA: nothing is applied\n"


def test_m31_what_is_not_reversible_stays(here: Path, migrate: Migrate) -> None:
    migrate("up", "QA")
    (here / "deploy.md").write_text(TABLE.format(reversible="no"))
    answer = migrate("down", "QA")
    assert answer.code == 2
    assert "not marked reversible: V002" in answer.err
    assert applied(migrate) == ["V001", "V002"]


def test_m31_a_protected_environment_wants_a_persons_yes_to_this_very_list(here: Path, migrate: Migrate) -> None:
    assert migrate("up", "PROD").code == 2
    asked = migrate("up", "PROD", "--as", "li")
    assert asked.code == 3
    assert asked.out == "to be applied to PROD: V001, V002\n"
    assert not (here / "prod.db").exists()
    assert migrate("up", "PROD", "--as", "li", "--yes", code_in(asked)).code == 0
    assert applied(migrate, "PROD") == ["V001", "V002"]


def test_m31_a_yes_counts_only_for_what_was_shown(here: Path, migrate: Migrate) -> None:
    migrate("up", "PROD", "--as", "li", "--yes", code_in(migrate("up", "PROD", "--as", "li")))
    asked = migrate("down", "PROD", "--as", "li", "--to", "0")
    assert asked.out == (
        "to be reversed in PROD: V002, V001\n"
        "  lost: V002: column orders.note with 0 values\n  lost: V001: table orders with 0 rows\n"
    )
    with sqlite3.connect(here / "prod.db") as database:
        database.execute("INSERT INTO orders VALUES (1, 'late')")
    late = migrate("down", "PROD", "--as", "li", "--to", "0", "--yes", code_in(asked))
    assert late.code == 2
    assert "a yes to another list" in late.err
    again = migrate("down", "PROD", "--as", "li", "--to", "0")
    assert "table orders with 1 rows" in again.out
    assert migrate("down", "PROD", "--as", "li", "--to", "0", "--yes", code_in(again)).code == 0
    assert applied(migrate, "PROD") == []


def test_a_script_that_was_edited_after_it_was_applied_stops_everything(here: Path, migrate: Migrate) -> None:
    migrate("up", "QA", "--to", "V001")
    (here / "migrations" / "V001_orders.sql").write_text("CREATE TABLE orders (id TEXT);")
    assert [r["drift"] for r in rows(migrate("status", "QA", "--format", "json"))] == ["edited", ""]
    answer = migrate("up", "QA")
    assert answer.code == 2
    assert "V001 (migrations/V001_orders.sql)" in answer.err
    assert applied(migrate) == ["V001"]


def test_a_script_that_fails_is_told_by_statement_with_what_stays(here: Path, migrate: Migrate) -> None:
    (here / "migrations" / "V002_notes.sql").write_text("CREATE TABLE a (i INTEGER);\nINSERT INTO nowhere VALUES (1);")
    answer = migrate("up", "QA")
    assert answer.code == 1
    assert "migrations/V002_notes.sql: statement 2 of 2 (line 2) failed" in answer.err
    assert "carried out before it: V001; not tried: -" in answer.err
    assert "rollbook migrate status deploy.md -p environment=QA" in answer.err
    assert applied(migrate) == ["V001"]


def test_the_documents_command_wins_over_the_table(here: Path, migrate: Migrate) -> None:
    (here / "move.sh").write_text(MOVE)
    (here / "move.sh").chmod(0o755)
    rollbook = here / "rollbook.toml"
    rollbook.write_text(rollbook.read_text().replace('QA = "sqlite:///shop.db"', ""))
    variables = "\n## Variables\n\n| Variable | QA |\n|---|---|\n| DATABASE_URL | sqlite:///shop.db |\n"
    (here / "deploy.md").write_text(TABLE.format(reversible="yes") + BY_COMMAND + variables)
    assert migrate("up", "QA").out == "applied to QA: V001, V002\n"
    assert "run by `./move.sh up`" in migrate("status", "QA").out
    assert [r["drift"] for r in rows(migrate("status", "QA", "--format", "json"))] == ["unknown", "unknown"]
    with sqlite3.connect(here / "shop.db") as database:
        assert database.execute("SELECT name FROM sqlite_master WHERE name = 'orders'").fetchall() == []
    stops = migrate("up", "QA", "--to", "V001")
    assert stops.code == 0
    assert migrate("down", "QA", "--to", "0").out == "reversed in QA: V002, V001\n"
    refused = migrate("up", "QA", "--to", "V001")
    assert refused.code == 2
    assert "cannot be told to stop at V001" in refused.err


def test_versions_that_the_document_does_not_know_are_shown(here: Path, migrate: Migrate) -> None:
    migrate("up", "QA")
    with sqlite3.connect(here / "shop.db") as database:
        database.execute("INSERT INTO rollbook_migrations VALUES (9, 'V009', 'V009.sql', 'c', 'r', 't')")
    assert [(r["version"], r["drift"]) for r in rows(migrate("status", "QA", "--format", "json"))] == [
        ("V009", "undocumented"), ("V001", ""), ("V002", ""),
    ]  # fmt: skip


def test_f09_who_migrates_now_is_shown(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                       capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLBOOK_LANG", "en")
    place(tmp_path, server)
    words = ["deploy.md", "-p", "environment=QA", "--format", "json"]
    assert main(["migrate", "up", *words]) == 0
    with psycopg.connect(server, autocommit=True, application_name="somebody") as other:
        other.execute("SELECT pg_advisory_lock(%s)", (0x726F6C6C626F6F6B,))
        capsys.readouterr()
        assert main(["migrate", "status", *words]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["holder"].startswith("somebody, backend ")
    assert [r["run"] for r in shown["rows"]] == ["migrate-operator"] * 2


def test_a_database_that_is_not_named_is_bad_input(here: Path, migrate: Migrate) -> None:
    (here / "rollbook.toml").write_text('kind = "embedded"\nproject = "."\n')
    answer = migrate("status", "QA")
    assert answer.code == 2
    assert "which database" in answer.err


def code_in(answer: Answer) -> str:
    """What `--yes` wants, as the command says it."""
    return answer.err.partition("--yes ")[2].partition("`")[0]
