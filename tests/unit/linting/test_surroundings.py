"""What a check knows beside the documents: the site's traffic, the project's files, what scripts lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.adapters import squawk
from rollbook.app.check import check
from rollbook.problems import Problem

DOCUMENT = """\
# Deployment of the shop, on PostgreSQL

## Environments

| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| QA | qa.example.com | qa-cluster | .env.qa |

## Database migrations

| Version | Script | Reversible |
|---|---|---|
| V001 | migrations/V001.sql | yes |

## Canary strategy

| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 10% | 30 min | error rate > 1% |
| 2 | 100% | 2 hr | error rate > 1% |

## Deploy

```bash
./scripts/deploy.sh
```
"""
SQL = "BEGIN;\nCREATE TABLE t (id bigint);\nCREATE INDEX i ON orders (total);\nCOMMIT;\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the document, and a project whose migration locks a table."""
    (tmp_path / "project/migrations").mkdir(parents=True)
    (tmp_path / "project/migrations/V001.sql").write_text(SQL, encoding="utf-8")
    (tmp_path / "deploy.md").write_text(DOCUMENT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def site(here: Path, text: str) -> None:
    (here / "rollbook.toml").write_text(text, encoding="utf-8")


def found(rule: str) -> list[Problem]:
    return [problem for problem in check(["deploy.md"]).problems if problem.rule == rule]


def test_without_a_site_file_nobody_knows_the_project(here: Path) -> None:
    assert not found("script-missing")
    assert not found("sql-lock")


def test_files_that_the_project_lacks_are_named_where_the_document_names_them(here: Path) -> None:
    site(here, 'project = "project"\n')
    missing = [(problem.at.line, problem.summary.en) for problem in found("script-missing")]
    assert [line for line, _ in missing] == [7, 25]
    assert ".env.qa" in missing[0][1]
    assert "scripts/deploy.sh" in missing[1][1]


def test_a_file_that_is_there_is_not_reported(here: Path) -> None:
    site(here, 'project = "project"\n')
    (here / "project/scripts").mkdir()
    (here / "project/scripts/deploy.sh").touch()
    (here / ".env.qa").touch()
    assert not found("script-missing")


def test_a_project_that_is_not_there_is_not_searched(here: Path) -> None:
    site(here, 'project = "elsewhere"\n')
    assert not found("script-missing")


def test_a_script_for_postgresql_that_locks_a_table_is_reported_at_its_row(here: Path) -> None:
    site(here, 'project = "project"\n')
    (problem,) = found("sql-lock")
    assert (problem.severity, problem.at.line) == ("warning", 13)
    assert "migrations/V001.sql, line 3" in problem.summary.en
    assert "CONCURRENTLY" in problem.hint.en


def test_a_script_that_locks_nothing_is_not_reported(here: Path) -> None:
    site(here, 'project = "project"\n')
    text = "SET lock_timeout = '1s';\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (total);\n"
    (here / "project/migrations/V001.sql").write_text(text, encoding="utf-8")
    assert not found("sql-lock")


def test_scripts_for_another_database_are_not_asked_about(here: Path) -> None:
    site(here, 'project = "project"\n')
    (here / "deploy.md").write_text(DOCUMENT.replace("PostgreSQL", "MySQL"), encoding="utf-8")
    assert not found("sql-lock")


def test_where_squawk_is_not_installed_a_note_says_that_nobody_looked(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(squawk, "program", lambda: None)
    site(here, 'project = "project"\n')
    (problem,) = found("sql-lock")
    assert problem.severity == "note"
    assert "nobody looked" in problem.summary.en
    assert "rollbook[sql]" in problem.hint.en


def test_a_squawk_that_does_not_answer_is_no_pass(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(squawk, "program", lambda: "/bin/true")
    site(here, 'project = "project"\n')
    (problem,) = found("sql-lock")
    assert problem.severity == "note"


def test_m13_traffic_that_the_site_states_is_what_stages_are_held_against(here: Path) -> None:
    site(here, "[limits]\ntraffic_rate = 5\n")
    (problem,) = found("stage-too-short")
    assert (problem.severity, problem.at.line) == ("warning", 19)


def test_m13_a_default_of_the_site_is_no_statement(here: Path) -> None:
    site(here, 'name = "here"\n')
    (problem,) = found("stage-too-short")
    assert problem.severity == "note"


def test_m13_what_the_document_says_of_its_traffic_goes_before_the_site(here: Path) -> None:
    site(here, "[limits]\ntraffic_rate = 5\n")
    facts = "## Document information\n\n| Item | Content |\n|---|---|\n| Expected traffic | 900 requests/s |\n\n## Env"
    (here / "deploy.md").write_text(DOCUMENT.replace("## Env", facts, 1), encoding="utf-8")
    assert not found("stage-too-short")


@pytest.mark.parametrize(("duration", "said"), [("5 s", "at no traffic"), ("0 min", "at no traffic")])
def test_m13_a_stage_too_short_for_any_traffic_is_a_warning_whatever_the_traffic(
    here: Path, duration: str, said: str
) -> None:
    (here / "deploy.md").write_text(DOCUMENT.replace("30 min", duration), encoding="utf-8")
    warnings = [problem for problem in found("stage-too-short") if problem.severity == "warning"]
    assert [problem.at.line for problem in warnings] == [19]
    assert said in warnings[0].summary.en


def test_m13_a_stage_without_traffic_decides_nothing(here: Path) -> None:
    (here / "deploy.md").write_text(DOCUMENT.replace("| 10% |", "| 0% |"), encoding="utf-8")
    warnings = [problem for problem in found("stage-too-short") if problem.severity == "warning"]
    assert [problem.at.line for problem in warnings] == [19]
