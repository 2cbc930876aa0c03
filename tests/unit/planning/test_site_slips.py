"""Slips of the site file that only its documents show, and all problems of a plan at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.app.check import check
from rollbook.app.plan import PlanRequest, plan_documents
from rollbook.problems import ProblemsFound

DOCUMENT = """\
# Deployment of the shop

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| QA | qa.example.com | qa-cluster |
| PROD | example.com | prod-cluster |

## Environment variables

| Variable | QA | PROD |
|---|---|---|
| LOG_LEVEL | debug | info |

## Resources

| Component | QA | PROD |
|---|---|---|
| App replicas | 2 | 3 |

## Release checklist

### During

- [ ] deploy the new version

## Deploy

```bash
kubectl set image deployment/app app=app:${VERSION}
```

## Canary strategy

| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 10% | 2 hr | error rate > 1% |
| 2 | 100% | 3 hr | error rate > 1% |
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "deploy.md").write_text(DOCUMENT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(here: Path, site: str) -> list[tuple[str, int, int, str]]:
    (here / "rollbook.toml").write_text(site, encoding="utf-8")
    problems = [p for p in check(["deploy.md"]).problems if p.rule == "site-file"]
    return [(p.severity, p.at.line, p.at.column, p.hint.en) for p in problems]


def test_a_default_that_comes_near_a_parameter_is_asked_about(here: Path) -> None:
    found = told(here, "[limits]\n\n[parameters]\n  environmnt = 'QA'\nlog_levl = 'x'\n")
    assert found == [("warning", 4, 3, "did you mean environment?"), ("warning", 5, 1, "did you mean LOG_LEVEL?")]


def test_a_default_for_another_document_is_no_slip(here: Path) -> None:
    assert told(here, "[parameters]\nservers = ['a']\nLOG_LEVEL = 'x'\nlog_levels = 'y'\n") == []


def test_a_plan_says_it_too(here: Path) -> None:
    (here / "rollbook.toml").write_text("[parameters]\nenvironmnt = 'QA'\n", encoding="utf-8")
    plan = plan_documents(PlanRequest(("deploy.md",), ("environment=QA", "version=v1.0.0"))).plan
    assert any("environmnt" in note and "did you mean environment?" in note for note in plan.notes)


@pytest.mark.parametrize("text", ["people = 1\n", "[[people]]\nname = 'ann'\n"])
def test_a_value_where_a_table_belongs_says_what_to_write(here: Path, text: str) -> None:
    ((severity, line, _, hint),) = told(here, text)
    assert (severity, line) == ("error", 1)
    assert "[people]" in hint


def test_what_only_the_waves_show_is_told_with_everything_else(here: Path) -> None:
    text = DOCUMENT.replace("error rate > 1%", "phase of the moon > 80%").replace("App replicas", "App disks")
    (here / "deploy.md").write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsFound) as raised:
        plan_documents(PlanRequest(("deploy.md",), ("environment=PROD", "nonsense=1")))
    found = {problem.rule for problem in raised.value.problems}
    assert found == {"no-servers", "parameter-missing", "parameter-unknown", "unbound"}


def test_a_slip_in_the_environment_asks_for_the_nearest(here: Path) -> None:
    with pytest.raises(ProblemsFound) as raised:
        plan_documents(PlanRequest(("deploy.md",), ("environment=PROT", "version=v1.0.0")))
    (problem,) = raised.value.problems
    assert problem.rule == "parameter-enum"
    assert problem.hint.en.startswith("did you mean PROD?")


@pytest.mark.parametrize(("replicas", "rule"), [("0", "no-servers"), ("2-4", "no-servers"), ("2 pods", "")])
def test_m23_replicas_that_say_no_number_are_pointed_at(here: Path, replicas: str, rule: str) -> None:
    (here / "deploy.md").write_text(DOCUMENT.replace("| 2 | 3 |", f"| {replicas} | 3 |"), encoding="utf-8")
    request = PlanRequest(("deploy.md",), ("environment=QA", "version=v1.0.0"))
    if not rule:
        assert len(plan_documents(request).plan.servers) == 2
        return
    with pytest.raises(ProblemsFound) as raised:
        plan_documents(request)
    (problem,) = raised.value.problems
    assert (problem.rule, problem.at.line, problem.at.column) == (rule, 20, 18)


def test_mistakes_of_the_site_file_and_of_a_document_are_told_together(here: Path) -> None:
    (here / "rollbook.toml").write_text("[limit]\nmax_out = 1\n", encoding="utf-8")
    (here / "deploy.md").write_text(DOCUMENT.replace("| 10% |", "| 110% |"), encoding="utf-8")
    with pytest.raises(ProblemsFound) as raised:
        plan_documents(PlanRequest(("deploy.md",), ("environment=QA", "version=v1.0.0")))
    assert [problem.rule for problem in raised.value.problems] == ["site-file", "percent-over-100"]


SIGNED = "\n## Sign-off\n\n| Role | Name | Date | Status |\n|---|---|---|---|\n| Lead | | | open |\n"


def test_a_document_without_environments_is_told_so_and_nothing_else(here: Path) -> None:
    head, _, rest = DOCUMENT.partition("## Environments")
    text = head + "## Release checklist" + rest.partition("## Release checklist")[2] + SIGNED
    (here / "deploy.md").write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsFound) as raised:
        plan_documents(PlanRequest(("deploy.md",), ("environment=QA", "version=v1.0.0")))
    (problem,) = raised.value.problems
    assert problem.summary.en.startswith("the document lists no environments")
    assert (problem.at.line, problem.at.column) == (1, 1)


def test_a_document_with_nothing_to_do_is_told_what_to_write(here: Path) -> None:
    text = DOCUMENT.partition("## Release checklist")[0]
    (here / "deploy.md").write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsFound) as raised:
        plan_documents(PlanRequest(("deploy.md",), ("environment=QA", "version=v1.0.0")))
    (problem,) = raised.value.problems
    assert problem.rule == "no-steps"
    assert "release checklist" in problem.hint.en
