"""Bad input in every table of a deployment document: one clear error at its place, exit code 2, nothing touched.

A case is data: what is changed in a good document, and which rule must say so. `¦` marks where, and is taken out. What
can be left out without harm is a warning, and a release goes on without it: exit code 0.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

GOOD = """\
---
status: draft
author: Ops
created: 2026-01-05
---

# Deployment of the shop

## Document information

| Item | Content |
|---|---|
| Expected traffic | 500 QPS |

## Environments

| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| QA | qa.example.com | qa-cluster | .env.qa |
| PROD | example.com | prod-cluster | .env.prod |

## Environment variables

| Variable | Description | QA | PROD |
|---|---|---|---|
| LOG_LEVEL | logging | debug | info |

## Resources

| Component | QA | PROD |
|---|---|---|
| App replicas | 2 | 3 |
| App memory | 512Mi | 1Gi |

## Build

```bash
docker build -t app:${VERSION} .
```

## Deploy

```bash
kubectl set image deployment/app app=app:${VERSION}
kubectl rollout status deployment/app
```

## Database migrations

| Version | Script | Description | Reversible |
|---|---|---|---|
| V001 | migrations/V001_init.sql | tables | yes |
| V002 | migrations/V002_add_index.sql | index | yes |

## Release checklist

### Before

- [ ] the rollback has been confirmed

### During

- [ ] deploy the new version

### After

- [ ] verify the health checks

## Canary strategy

| Stage | Traffic | Duration | Rollback condition |
|---|---|---|---|
| 1 | 10% | 2 hr | error rate > 1% |
| 2 | 100% | 3 hr | error rate > 1% |

## Health check

```yaml
livenessProbe:
  httpGet:
    path: /health/live
    port: 3000
readinessProbe:
  httpGet:
    path: /health/ready
    port: 3000
```

## Alert rules

| Alert | Condition | Severity | Channel |
|---|---|---|---|
| High error rate | error rate > 1% | Critical | phone |

## Runbook

| Problem | Symptom | Steps |
|---|---|---|
| OOM | restarts | 1. look at the log 2. raise the limit |

## Sign-off

| Role | Name | Date | Status |
|---|---|---|---|
| Ops | | | created |
| Lead | | | open |
"""
VARIABLE = "| LOG_LEVEL | logging | debug | info |"
ALERT = "| High error rate | error rate > 1% | Critical | phone |"
RUNBOOK = "| OOM | restarts | 1. look at the log 2. raise the limit |"
LIVE = "  httpGet:\n    path: /health/live\n    port: 3000\n"
QA_ROW = "| QA | qa.example.com | qa-cluster | .env.qa |"
LEAD = "| Lead | | | open |"


class Case(NamedTuple):
    """`old` → `new` in the good document; `rule` is what must be said, and nothing else."""

    rule: str
    old: str
    new: str


ERRORS: dict[str, Case] = {
    # environments and what they are given
    "an environment that the list does not have": Case(
        "unknown-environment-column", "| Component | QA | PROD |", "| Component | ¦UAT | PROD |"
    ),
    "a slip in an environment's name": Case(
        "unknown-environment-column", "| Description | QA | PROD |", "| Description | ¦QAA | PROD |"
    ),
    "one environment twice": Case("duplicate-environment", QA_ROW, f"{QA_ROW}\n| ¦qa | x.example.com | c | d |"),
    "a row without an environment": Case("environment-without-name", QA_ROW, QA_ROW.replace("| QA |", "| ¦|")),
    "two columns of one name": Case("duplicate-column", "| Cluster | Config file |", "| Cluster | ¦Cluster |"),
    "two columns of one environment": Case(
        "duplicate-column", "| Description | QA | PROD |", "| Description | QA | ¦qa |"
    ),
    "one variable twice": Case("duplicate-variable", VARIABLE, f"{VARIABLE}\n| ¦LOG_LEVEL | again | a | b |"),
    "a variable with its value": Case("bad-variable-name", VARIABLE, VARIABLE.replace("LOG_LEVEL", "¦LOG_LEVEL=debug")),
    "negative replicas": Case("bad-replicas", "| App replicas | 2 |", "| App replicas | ¦-2 |"),
    "replicas in words": Case("bad-replicas", "| App replicas | 2 |", "| App replicas | ¦two |"),
    "replicas beyond all measure": Case("bad-replicas", "| App replicas | 2 |", "| App replicas | ¦99999 |"),
    "negative memory": Case("bad-resource", "| App memory | 512Mi |", "| App memory | ¦-512Mi |"),
    # migrations
    "one migration twice": Case("duplicate-migration", "| V002 |", "| ¦V001 |"),
    "one script for two migrations": Case(
        "duplicate-migration", "| V002 | migrations/V002_add_index.sql |", "| ¦V002 | migrations/V001_init.sql |"
    ),
    # canary
    "more than all traffic": Case("percent-over-100", "| 2 | 100% |", "| 2 | ¦120% |"),
    "more than all traffic at first": Case("percent-over-100", "| 1 | 10% |", "| 1 | ¦110% |"),
    "less than no traffic": Case("unreadable-percent", "| 1 | 10% |", "| 1 | ¦-10% |"),
    "a share in words": Case("unreadable-percent", "| 1 | 10% |", "| 1 | ¦some |"),
    "no share": Case("blank-percent", "| 1 | 10% |", "| 1 | ¦|"),
    "shares that fall": Case("canary-falls", "| 2 | 100% | 3 hr |", "| 2 | ¦5% | 3 hr |"),
    "one share twice": Case(
        "canary-repeats",
        "| 2 | 100% | 3 hr | error rate > 1% |",
        "| 2 | 100% | 3 hr | error rate > 1% |\n| 3 | ¦100% | 3 hr | error rate > 1% |",
    ),
    "stages that never reach everybody": Case("canary-incomplete", "| 2 | 100% |", "| 2 | ¦50% |"),
    "one stage twice": Case("duplicate-stage", "| 2 | 100% |", "| ¦1 | 100% |"),
    "a duration in words": Case("unread-duration", "| 10% | 2 hr |", "| 10% | ¦a while |"),
    "a duration below zero": Case("unread-duration", "| 10% | 2 hr |", "| 10% | ¦-5 min |"),
    "a duration without a unit": Case("unread-duration", "| 10% | 2 hr |", "| 10% | ¦30 |"),
    "a duration beyond all measure": Case("unread-duration", "| 10% | 2 hr |", "| 10% | ¦99999999999999999999 hr |"),
    "two columns for traffic": Case(
        "duplicate-column", "| Traffic | Duration | Rollback", "| Traffic | ¦Traffic | Rollback"
    ),
    # probes
    "a probe that is no YAML": Case("broken-yaml", "path: /health/live\n    port", "path: [/health/live\n    port¦"),
    "a probe without a port": Case("probe-without-port", LIVE, "  httpGet:\n    ¦path: /health/live\n"),
    "a probe that asks nothing": Case(
        "probe-without-target", f"livenessProbe:\n{LIVE}", "¦livenessProbe:\n  periodSeconds: 5\n"
    ),
    "a probe that is a word": Case("probe-without-target", f"livenessProbe:\n{LIVE}", "¦livenessProbe: yes\n"),
    "a probe whose way of asking is a word": Case("probe-without-target", LIVE, "  httpGet: ¦/health/live\n"),
    "a port that no machine has": Case("probe-out-of-range", LIVE, LIVE.replace("3000", "¦99999")),
    "a period of nothing": Case("probe-out-of-range", LIVE, f"  periodSeconds: ¦0\n{LIVE}"),
    "a period below zero": Case("probe-out-of-range", LIVE, f"  periodSeconds: ¦-5\n{LIVE}"),
    "a period in words": Case("bad-probe", LIVE, f"  periodSeconds: ¦often\n{LIVE}"),
    "a slip in a probe's field": Case("unknown-probe-field", LIVE, f"  ¦periodSecond: 5\n{LIVE}"),
    "a probe's field twice": Case("duplicate-key", LIVE, f"  periodSeconds: 5\n  ¦periodSeconds: 6\n{LIVE}"),
    # alerts, sign-offs, front matter, commands
    "one alert twice": Case(
        "duplicate-alert", ALERT, f"{ALERT}\n| ¦High error rate | error rate > 0.9% | Critical | mail |"
    ),
    "an alert that lasts in words": Case(
        "unread-duration",
        f"| Alert | Condition | Severity | Channel |\n|---|---|---|---|\n{ALERT}",
        "| Alert | Condition | For | Severity | Channel |\n|---|---|---|---|---|\n"
        "| A | error rate > 1% | ¦a while | Critical | phone |",
    ),
    "a signature without a date": Case("unreadable-date", LEAD, "| Lead | Ann | ¦soon | approved |"),
    "a signature of tomorrow's tomorrow": Case("impossible-date", LEAD, "| Lead | Ann | ¦2999-01-01 | approved |"),
    "front matter that is no YAML": Case("broken-yaml", "status: draft\nauthor:", "status: [draft\nauthor¦:"),
    "front matter that says a thing twice": Case("duplicate-key", "author: Ops", "¦status: approved\nauthor: Ops"),
    "front matter without an end": Case(
        "unclosed-front-matter", "---\nstatus: draft\nauthor: Ops\ncreated: 2026-01-05\n---", "¦---\nstatus: draft\n"
    ),
    "quotes left open": Case(
        "unreadable-command", "docker build -t app:${VERSION} .", 'docker build -t ¦"app:${VERSION} .'
    ),
    "a bracket left open": Case("unreadable-command", "docker build -t app:${VERSION} .", "docker build ¦$(date"),
    "a fence without an end": Case(
        "unclosed-fence",
        f"```yaml\nlivenessProbe:\n{LIVE}readinessProbe:\n{LIVE.replace('live', 'ready')}```\n",
        f"¦```yaml\nlivenessProbe:\n{LIVE}readinessProbe:\n{LIVE.replace('live', 'ready')}",
    ),
    "a fence of commands without an end": Case("unclosed-fence", "## Canary", "¦```bash\necho 'it\n\n## Canary"),
}

WARNINGS: dict[str, Case] = {
    "a table without rows": Case(
        "empty-table",
        f"¦| Alert | Condition | Severity | Channel |\n|---|---|---|---|\n{ALERT}".replace("¦", ""),
        "¦| Alert | Condition | Severity | Channel |\n|---|---|---|---|",
    ),
    "a row shorter than its table": Case("blank-value", VARIABLE, "| LOG_LEVEL | ¦logging |"),
    "a row longer than its table": Case("unread-cell", VARIABLE, f"{VARIABLE} ¦more |"),
    "a column that nobody reads": Case(
        "unread-cell",
        "Description | Reversible |\n|---|---|---|---|\n| V001 | migrations/V001_init.sql | tables |",
        "Owner | Reversible |\n|---|---|---|---|\n| V001 | migrations/V001_init.sql | ¦tables |",
    ),
    "a row of the list without a name": Case("unnamed-row", QA_ROW, f"{QA_ROW}\n| ¦| second.example.com | | |"),
    "an answer that is none": Case("unread-cell", "| index | yes |", "| index | ¦perhaps |"),
    "memory in words": Case("unread-cell", "| App memory | 512Mi |", "| App memory | ¦plenty |"),
    "HTML in a cell": Case("html-in-cell", VARIABLE, VARIABLE.replace("debug", "¦<script>x</script>")),
    "a probe without a path": Case("probe-without-path", LIVE, "  httpGet:\n    ¦port: 3000\n"),
    "an alert without a condition": Case("alert-without-condition", ALERT, "| High error rate | ¦| Critical | phone |"),
    "an alert whose condition cannot be read": Case(
        "opaque-condition", ALERT, "| High error rate | ¦error rate >> 1% | Critical | phone |"
    ),
    "a severity that nobody knows": Case("unknown-severity", ALERT, ALERT.replace("Critical", "¦Purple")),
    "a rollback condition that cannot be read": Case(
        "opaque-condition", "| 10% | 2 hr | error rate > 1% |", "| 10% | 2 hr | ¦error rate >> 1% |"
    ),
    "a stage without a duration": Case("stage-without-duration", "| 10% | 2 hr |", "| 10% | ¦|"),
    "a stage that lasts no time": Case("stage-too-short", "| 10% | 2 hr |", "| 10% | ¦0 min |"),
    "a stage without traffic": Case("stage-too-short", "| 1 | 10% | 2 hr |", "| 1 | 0% | ¦2 hr |"),
    "a problem without steps": Case("runbook-without-steps", RUNBOOK, "| OOM | restarts | ¦|"),
    "one item twice": Case(
        "duplicate-item", "- [ ] deploy the new version", "- [ ] deploy the new version\n- [ ] ¦deploy the new version"
    ),
    "a status of a signature that nobody knows": Case("unknown-status", LEAD, "| Lead | | | ¦purple |"),
    "a status of the document that nobody knows": Case("unknown-status", "status: draft", "status: ¦purple"),
    "a day that no calendar has": Case("impossible-date", "created: 2026-01-05", "created: ¦2026-02-30"),
    "a secret in clear": Case("secret-in-clear", VARIABLE, "| DB_PASSWORD | password | ¦hunter2 | [Secret] |"),
    "an environment in two tables, spelled so that nothing matches": Case(
        "environment-without-column",
        f"## Environment variables\n\n| Variable | Description | QA | PROD |\n|---|---|---|---|\n{VARIABLE}\n\n"
        "## Resources\n\n| Component | QA | PROD |\n|---|---|---|\n| App replicas | 2 | 3 |",
        "## More environments\n\n| Environment | Namespace |\n|---|---|\n| QAA | x |\n\n"
        "## Resources\n\n| Component | QA | PROD |\n|---|---|---|\n| ¦App replicas | 2 | 3 |",
    ),
}


def made(case: Case) -> tuple[str, int, int]:
    """The bad document, and the line and column at which it must be said."""
    assert GOOD.count(case.old) >= 1, case.old
    text = GOOD.replace(case.old, case.new, 1)
    before, mark, behind = text.partition("¦")
    assert mark
    return before + behind, before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1


@pytest.fixture
def said(rollbook, here: Path, monkeypatch: pytest.MonkeyPatch):
    """What `check` says of a text, as (severity, rule, line, column), with its exit code; nothing may be made."""

    def run(text: str) -> tuple[int, list[tuple[str, str, int, int]]]:
        (here / "deploy.md").write_text(text, encoding="utf-8")
        answer = rollbook("check", "deploy.md", "--format", "json")
        assert "Traceback" not in answer.err
        assert [path.name for path in here.iterdir()] == ["deploy.md"]
        problems = json.loads(answer.out)["problems"]
        assert all(problem["summary"] and problem["hint"] for problem in problems)
        return answer.code, [(p["severity"], p["rule"], p["line"], p["column"]) for p in problems]

    return run


def test_the_good_document_has_no_problem(said) -> None:
    assert said(GOOD) == (0, [])


@pytest.mark.parametrize("case", ERRORS.values(), ids=ERRORS.keys())
def test_bad_input_is_one_error_at_its_place(said, rollbook, here: Path, case: Case) -> None:
    text, line, column = made(case)
    assert said(text) == (2, [("error", case.rule, line, column)])
    answer = rollbook("plan", "deploy.md", "-p", "environment=QA", "-p", "version=v1.2.3")
    assert answer.code == 2
    assert f"deploy.md:{line}:{column}" in answer.err
    assert answer.err.count("error[") == 1
    assert [path.name for path in here.iterdir()] == ["deploy.md"]


@pytest.mark.parametrize("case", WARNINGS.values(), ids=WARNINGS.keys())
def test_what_can_be_left_out_is_one_warning_at_its_place(said, rollbook, here: Path, case: Case) -> None:
    text, line, column = made(case)
    code, problems = said(text)
    assert code == 0
    assert [problem[1:] for problem in problems] == [(case.rule, line, column)]
    assert problems[0][0] in ("warning", "note")
    answer = rollbook("plan", "deploy.md", "-p", "environment=QA", "-p", "version=v1.2.3")
    assert answer.code == 0, answer.err


@pytest.mark.parametrize("case", [*ERRORS.values(), *WARNINGS.values()], ids=[*ERRORS, *WARNINGS])
def test_it_is_said_in_chinese_too(rollbook, here: Path, monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    monkeypatch.setenv("ROLLBOOK_LANG", "zh")
    (here / "deploy.md").write_text(made(case)[0], encoding="utf-8")
    (problem, *_) = json.loads(rollbook("check", "deploy.md", "--format", "json").out)["problems"]
    assert any("一" <= letter <= "鿿" for letter in problem["summary"])
    assert any("一" <= letter <= "鿿" for letter in problem["hint"])


def test_a_very_long_cell_is_no_problem(said) -> None:
    assert said(GOOD.replace("info |", f"{'x' * 5000} |")) == (0, [])


def test_emphasis_in_html_is_read_as_emphasis(said) -> None:
    assert said(GOOD.replace("| 10% |", "| <b>10%</b> |").replace("| 2 hr |", "| <i>2 hr</i> |")) == (0, [])


def test_several_mistakes_are_told_at_once(said) -> None:
    text = (
        GOOD.replace("| 2 | 100% |", "| 2 | 120% |").replace("| 2 | 3 |", "| -2 | 3 |").replace("| V002 |", "| V001 |")
    )
    code, problems = said(text)
    assert code == 2
    assert [rule for _, rule, _, _ in problems] == ["bad-replicas", "duplicate-migration", "percent-over-100"]
