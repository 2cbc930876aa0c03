"""What a release would call or read and the survey does not find stops the plan, at the line that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.app.plan import PlanRequest, plan_documents
from rollbook.model.deployment import Deployment
from rollbook.planning.deployment.files import is_path, named_files

DOCUMENT = """\
# Deployment of the shop

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| QA | qa.example.com | qa-cluster |

## Resources

| Component | QA |
|---|---|
| App replicas | 2 |

## Database migrations

| Version | Script | Reversible |
|---|---|---|
| V001 | migrations/V001.sql | yes |

## Release checklist

### During

- [ ] run the database migrations
- [ ] deploy the new version

## Deploy

```bash
kubectl set image deployment/app app=app:${VERSION}
```
"""
COMMAND = """
## Run the migrations

```bash
# apply the migrations
./scripts/migrate.sh up
```
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with its migration, and a site file that names it."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/V001.sql").write_text("CREATE TABLE t (id int);\n", encoding="utf-8")
    (tmp_path / "rollbook.toml").write_text('project = "."\n[databases]\nQA = "sqlite:///shop.db"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blockers(here: Path, text: str) -> list[tuple[str, int]]:
    (here / "deploy.md").write_text(text, encoding="utf-8")
    plan = plan_documents(PlanRequest(("deploy.md",), ("environment=QA", "version=v1.0.0"))).plan
    assert all(blocker.hint for blocker in plan.blockers)
    return [(blocker.rule, blocker.line) for blocker in plan.blockers]


def test_a_project_that_has_everything_is_not_stopped(here: Path) -> None:
    assert blockers(here, DOCUMENT) == []


def test_a_migration_script_that_is_not_there_stops_the_plan(here: Path) -> None:
    (here / "migrations/V001.sql").unlink()
    assert blockers(here, DOCUMENT) == [("script-missing", 19)]


def test_a_migration_without_a_script_stops_the_plan(here: Path) -> None:
    assert blockers(here, DOCUMENT.replace("| migrations/V001.sql |", "| |")) == [("script-missing", 19)]


def test_scripts_that_no_run_reads_are_not_missed(here: Path) -> None:
    (here / "migrations/V001.sql").unlink()
    assert blockers(here, DOCUMENT.replace("- [ ] run the database migrations\n", "")) == []


def test_where_a_command_migrates_its_program_must_be_there_and_not_the_scripts(here: Path) -> None:
    (here / "migrations/V001.sql").unlink()
    assert blockers(here, DOCUMENT + COMMAND) == [("program-missing", 38)]


def test_a_program_must_be_executable(here: Path) -> None:
    (here / "scripts").mkdir()
    program = here / "scripts/migrate.sh"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o644)
    assert blockers(here, DOCUMENT + COMMAND) == [("program-missing", 38)]
    program.chmod(0o755)
    assert blockers(here, DOCUMENT + COMMAND) == []


def test_a_program_is_looked_for_on_the_path(here: Path) -> None:
    text = DOCUMENT + COMMAND.replace("./scripts/migrate.sh up", "surely-no-such-program up")
    assert blockers(here, text) == [("program-missing", 38)]
    assert blockers(here, text.replace("surely-no-such-program up", "sh -c true")) == []


def test_built_ins_of_the_shell_are_no_programs(here: Path) -> None:
    assert blockers(here, DOCUMENT + COMMAND.replace("./scripts/migrate.sh up", "echo up")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/b.sql", True),
        ("./scripts/x.sh", True),
        (".env.qa", True),
        ("../x.sh", False),
        ("a/../../x", False),
        ("/etc/passwd", False),
        ("https://example.com/a.yaml", False),
        ("a*.sql", False),
        ("", False),
        ("two words.sql", False),
        ("${A}/x.sh", False),
    ],
)
def test_a_path_is_one_file_within_the_project(text: str, expected: bool) -> None:
    assert is_path(text) is expected


@pytest.mark.parametrize(
    ("script", "paths"),
    [
        ("./a.sh && bash b.sh", ["a.sh", "b.sh"]),
        ("cd sub\n./a.sh\nkubectl apply -f k/x.yaml", ["sub/a.sh", "sub/k/x.yaml"]),
        ('cd "$HOME"\n./a.sh', []),
        ("git clone https://example.com/x.git\n./x/run.sh", []),
        ("psql --file=a.sql", ["a.sql"]),
        ("helm upgrade app chart --values v.yaml\n./later.sh", []),
        ("python -m tool x.py", []),
        ("sudo ./a.sh", ["a.sh"]),
        ("cat x.sh | bash", []),
    ],
)
def test_files_that_commands_surely_read_are_named(script: str, paths: list[str]) -> None:
    from rollbook.documents import read
    from rollbook.model.workflow import Source

    document = read(Source("d.md", f"{DOCUMENT}\n## Deploy\n\n```bash\n{script}\n```\n", "")).document
    assert isinstance(document, Deployment)
    assert [name.path for name in named_files(document) if name.kind != "migration"] == paths
