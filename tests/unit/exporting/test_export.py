"""`rollbook export`: files that Prometheus, Alertmanager, Grafana and Kubernetes read, and handbooks people read."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from rollbook.cli import main
from rollbook.documents.conditions import read_condition
from rollbook.views.exporting.promql import Unsayable, promql, tables

ENGLISH = """\
# Deployment plan

## Alert rules

| Alert | Condition | For | Severity | Channels |
|---|---|---|---|---|
| Errors | error rate > 2% | 5 minutes | Critical | phone + email |
| Slow | p99 > 1.5s or error rate > 1% | | Warning | email |
| Backlog | queue_depth >= 100 | 90s | Info | slack |
| Odd | the moon is full | | Info | slack |

## Health checks

```yaml
readinessProbe:
  httpGet:
    path: /ready
    port: 8080
```

## Known issues

| Problem | Symptom | Steps |
|---|---|---|
| Full disk | writes fail | 1. look 2. clear the cache |

## Rollback procedure

```bash
# back
kubectl rollout undo deployment/shop
```
"""
UNIT_TESTS = """\
rule_files: [alerts.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'http_requests_total{code="200"}'
        values: '0+950x20'
      - series: 'http_requests_total{code="500"}'
        values: '0+50x20'
      - series: 'queue_depth'
        values: '99x20'
    alert_rule_test:
      - {eval_time: 2m, alertname: Errors, exp_alerts: []}
      - eval_time: 15m
        alertname: Errors
        exp_alerts:
          - exp_labels: {severity: critical, channels: phone+email}
            exp_annotations: {summary: 'Errors: error rate > 2%'}
      - {eval_time: 15m, alertname: Backlog, exp_alerts: []}
  - interval: 1m
    input_series:
      - series: 'http_requests_total{code="200"}'
        values: '0+999x20'
      - series: 'http_requests_total{code="500"}'
        values: '0+1x20'
    alert_rule_test:
      - {eval_time: 15m, alertname: Errors, exp_alerts: []}
      - {eval_time: 15m, alertname: Slow, exp_alerts: []}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "plan.md").write_text(ENGLISH, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLBOOK_LANG", "en")
    return tmp_path


def exported(topic: str, *words: str, document: str = "plan.md") -> int:
    return main(["export", topic, document, "--out", "out", *words])


def tool(name: str, *words: str) -> str:
    """What a tool of the Prometheus project says; fails where it refuses."""
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed: tools/install-test-packages installs it")
    done = subprocess.run([name, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_the_rules_and_they_fire_when_they_should(here: Path) -> None:
    assert exported("monitoring") == 0
    assert "3 rules found" in tool("promtool", "check", "rules", "out/alerts.yml")
    (here / "out" / "tests.yml").write_text(UNIT_TESTS, encoding="utf-8")
    tool("promtool", "test", "rules", "out/tests.yml")


def test_alertmanager_takes_the_routes_and_tells_whom_the_table_names(here: Path) -> None:
    assert exported("monitoring") == 0
    tool("amtool", "check-config", "out/alertmanager.yml")
    routed = ["config", "routes", "test", "--config.file=out/alertmanager.yml"]
    assert tool("amtool", *routed, "severity=critical", "channels=phone+email").split() == ["phone+email"]
    assert tool("amtool", *routed, "severity=warning", "channels=email").split() == ["email"]
    assert tool("amtool", *routed, "severity=warning").split() == ["nobody"]


def test_the_seed_s_alerts_are_all_said(seed_d: Path, here: Path) -> None:
    assert exported("monitoring", document=str(seed_d)) == 0
    assert "3 rules found" in tool("promtool", "check", "rules", "out/alerts.yml")
    tool("amtool", "check-config", "out/alertmanager.yml")
    assert 'severity="critical"' in (here / "out" / "alertmanager.yml").read_text(encoding="utf-8")
    handbook = (here / "out" / "MONITORING.md").read_text(encoding="utf-8")
    assert handbook.startswith("# 监控配置")
    assert "| 高错误率 | error_rate > 1% |" in handbook


def test_the_seed_s_runbook_holds_its_problems_and_commands(seed_d: Path, here: Path) -> None:
    assert exported("runbook", document=str(seed_d)) == 0
    text = (here / "out" / "RUNBOOK.md").read_text(encoding="utf-8")
    assert "### OOM\n\n症状：容器重启\n\n1. 查看日志\n2. 增加内存限制\n" in text
    assert "kubectl scale deployment/app --replicas=5" in text
    assert text.count("./scripts/migrate.sh down") == 1


def test_what_cannot_be_said_is_left_out_and_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exported("monitoring") == 0
    assert "“Odd” is in no alert rule" in capsys.readouterr().err
    assert "“Odd” is in no alert rule" in (here / "out" / "MONITORING.md").read_text(encoding="utf-8")
    rules = yaml.safe_load((here / "out" / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    assert [rule["alert"] for rule in rules] == ["Errors", "Slow", "Backlog"]
    assert rules[0]["for"] == "300s"


def test_the_dashboard_draws_each_measure_once_with_its_limits(here: Path) -> None:
    assert exported("monitoring") == 0
    panels = json.loads((here / "out" / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    assert [panel["title"] for panel in panels] == ["error rate", "p99", "queue_depth"]
    steps = panels[0]["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [None, 0.01, 0.02]


def test_probes_read_back_as_kubernetes_fields(here: Path) -> None:
    assert exported("monitoring") == 0
    probe = yaml.safe_load((here / "out" / "probes.yaml").read_text(encoding="utf-8"))["readinessProbe"]
    assert probe["httpGet"] == {"path": "/ready", "port": 8080}
    assert probe["failureThreshold"] == 3


@pytest.mark.parametrize("topic", ["monitoring", "runbook"])
def test_check_tells_drift_and_writes_nothing(here: Path, topic: str) -> None:
    assert exported(topic, "--check") == 1
    assert not (here / "out").exists()
    assert exported(topic) == 0
    assert exported(topic, "--check") == 0
    changed = ENGLISH.replace("error rate > 2%", "error rate > 3%")
    (here / "plan.md").write_text(changed, encoding="utf-8")
    assert exported(topic, "--check") == 1
    assert exported(topic) == 0
    assert exported(topic, "--check") == 0


def test_an_address_that_somebody_filled_in_stays(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exported("monitoring") == 0
    path = here / "out" / "alertmanager.yml"
    filled = path.read_text(encoding="utf-8").replace("http://alerts.invalid/email", "http://127.0.0.1:8025/mail")
    path.write_text(filled, encoding="utf-8")
    capsys.readouterr()
    assert exported("monitoring") == 0
    assert path.read_text(encoding="utf-8") == filled
    assert "phone, slack" in capsys.readouterr().err


def test_a_file_that_somebody_wrote_is_never_overwritten(here: Path) -> None:
    (here / "out").mkdir()
    (here / "out" / "MONITORING.md").write_text("# Ours\n", encoding="utf-8")
    assert exported("monitoring") == 2
    assert [path.name for path in (here / "out").iterdir()] == ["MONITORING.md"]


@pytest.mark.parametrize(
    "text", ["# Release\n\n## Steps\n\n1. build the image\n", ENGLISH.replace("/ready\n", "/ready\n    path: [\n")]
)
def test_what_is_no_sound_deployment_document_is_refused(here: Path, text: str) -> None:
    (here / "plan.md").write_text(text, encoding="utf-8")
    assert exported("monitoring") == 2
    assert not (here / "out").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("up == 0", "up == 0"),
        ("queue_depth > 10 and up == 1", "(queue_depth > 10) and on () (up == 1)"),
        ("queue_depth > 10 or up == 0", "(queue_depth > 10) or (up == 0)"),
        (
            "error rate >= 5%",
            'sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) >= 0.05',
        ),
    ],
)
def test_conditions_as_promql(text: str, said: str) -> None:
    assert promql(read_condition(text).expr, tables()) == said


@pytest.mark.parametrize("text", ["the moon is full", "用户满意度 > 90%"])
def test_what_no_metric_stands_for_is_not_guessed(text: str) -> None:
    with pytest.raises(Unsayable):
        promql(read_condition(text).expr, tables())


def write_site(here: Path, text: str) -> None:
    (here / "rollbook.toml").write_text('kind = "embedded"\n' + text, encoding="utf-8")


def texts(here: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in (here / "out").iterdir()}


CORPUS = Path(__file__).parents[2] / "corpus"


def with_alerts() -> list[Path]:
    from rollbook.documents import load, read
    from rollbook.model.deployment import Deployment

    found = []
    for path in sorted(CORPUS.glob("*/document.md")):
        reading = read(load(path))
        whole = not any(problem.severity == "error" for problem in reading.problems)
        if whole and isinstance(reading.document, Deployment) and (reading.document.alerts or reading.document.probes):
            found.append(path)
    return found


@pytest.mark.parametrize("document", with_alerts(), ids=lambda path: path.parent.name)
@pytest.mark.parametrize("site", ["", """[metrics]
selector = 'job="shop",env="prod"'
http_requests_total = "shop_requests_total"
http_request_duration_seconds = "shop_seconds"
code = "status"
[receivers]
phone = "https://oncall.example/phone"
"钉钉" = "https://bridge.example/dingtalk"
"""], ids=["usual", "named"])  # fmt: skip
def test_what_is_exported_of_any_document_is_taken_and_its_own_tests_hold(
    here: Path, document: Path, site: str
) -> None:
    write_site(here, site)
    assert exported("monitoring", document=str(document)) == 0
    there = texts(here)
    if "alerts.yml" in there:
        tool("promtool", "check", "rules", "out/alerts.yml")
        tool("amtool", "check-config", "out/alertmanager.yml")
    if "alerts_test.yml" in there:
        tool("promtool", "test", "rules", "out/alerts_test.yml")


def test_the_exported_tests_notice_a_rule_that_was_loosened(here: Path) -> None:
    assert exported("monitoring") == 0
    tool("promtool", "test", "rules", "out/alerts_test.yml")
    rules = here / "out" / "alerts.yml"
    loosened = rules.read_text(encoding="utf-8").replace("> 0.02", "> 0.2")
    assert loosened != rules.read_text(encoding="utf-8")
    rules.write_text(loosened, encoding="utf-8")
    done = subprocess.run(["promtool", "test", "rules", "out/alerts_test.yml"], capture_output=True, check=False)
    assert done.returncode != 0


def test_each_rule_that_can_be_tested_has_a_test_that_fires_and_one_that_does_not(here: Path) -> None:
    assert exported("monitoring") == 0
    tests = yaml.safe_load(texts(here)["alerts_test.yml"])["tests"]
    expected = [(c["alertname"], bool(c["exp_alerts"])) for test in tests for c in test["alert_rule_test"]]
    assert expected == [(name, fires) for name in ("Errors", "Slow", "Backlog") for fires in (True, False)]


def test_names_of_metrics_come_from_the_site_file(here: Path) -> None:
    write_site(here, """[metrics]
selector = 'job="shop"'
http_requests_total = "shop_requests_total"
code = "status"
"the moon is full" = "moon_phase"
""")  # fmt: skip
    assert exported("monitoring") == 0
    rules = texts(here)["alerts.yml"]
    errors, every = 'shop_requests_total{status=~"5..",job="shop"}', 'shop_requests_total{job="shop"}'
    assert f"sum(rate({errors}[5m])) / sum(rate({every}[5m]))" in rules
    assert 'queue_depth{job="shop"} >= 100' in rules
    assert "shop_requests_total" in texts(here)["dashboard.json"]


def test_receivers_come_from_the_site_file_and_a_secret_address_from_a_file(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_site(here, """[receivers]
email = "https://mail.example/hook"
phone = "file:/etc/alertmanager/phone.url"
""")  # fmt: skip
    assert exported("monitoring") == 0
    written = yaml.safe_load(texts(here)["alertmanager.yml"])
    both = next(r for r in written["receivers"] if r["name"] == "phone+email")["webhook_configs"]
    assert [c.get("url") or c["url_file"] for c in both] == ["/etc/alertmanager/phone.url", "https://mail.example/hook"]
    assert "alerts.invalid in alertmanager.yml: slack" in capsys.readouterr().err
    assert exported("monitoring", "--check") == 0


def test_a_receiver_that_is_no_address_is_one_clear_error(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_site(here, '[receivers]\nphone = "13800000000"\n')
    assert exported("monitoring") == 2
    assert "rollbook.toml:3" in capsys.readouterr().err
    assert not (here / "out").exists()


def test_a_changed_site_is_drift(here: Path) -> None:
    assert exported("monitoring") == 0
    write_site(here, "[metrics]\nselector = 'job=\"shop\"'\n")
    assert exported("monitoring", "--check") == 1


def test_f01_the_runbook_warns_of_pausing_before_undoing(here: Path, seed_d: Path) -> None:
    assert exported("runbook", document=str(seed_d)) == 0
    assert "`kubectl rollout resume deployment/app`" in texts(here)["RUNBOOK.md"]


def test_f02_the_runbook_warns_of_a_second_undo_alone_where_nothing_is_paused(here: Path) -> None:
    assert exported("runbook") == 0
    text = texts(here)["RUNBOOK.md"]
    assert "--to-revision=N" in text
    assert "resume" not in text


def test_m26_a_rule_bears_the_steps_of_the_problem_it_speaks_of(here: Path) -> None:
    plan = here / "plan.md"
    rows = "| Full disk | writes fail | 1. look 2. clear the cache |"
    plan.write_text(
        ENGLISH.replace(rows, f"{rows}\n| Bad release | high error rate | 1. look 2. roll back |"), encoding="utf-8"
    )
    assert exported("monitoring") == 0
    rules = yaml.safe_load(texts(here)["alerts.yml"])["groups"][0]["rules"]
    notes = {rule["alert"]: rule["annotations"].get("runbook") for rule in rules}
    assert notes["Errors"] == "Bad release: 1. look 2. roll back"
    assert notes["Backlog"] is None
    tool("promtool", "test", "rules", "out/alerts_test.yml")
    assert exported("runbook") == 0
    assert "| Errors | error rate > 2% | 5m | Critical | phone+email | Bad release |" in texts(here)["RUNBOOK.md"]


def test_the_dashboard_has_what_grafana_asks_of_one(here: Path) -> None:
    assert exported("monitoring") == 0
    board = json.loads(texts(here)["dashboard.json"])
    assert board["schemaVersion"] >= 36
    assert {"uid", "title", "panels", "templating", "time"} <= set(board)
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in board["panels"]:
        grid = panel["gridPos"]
        assert 0 <= grid["x"] <= 24 - grid["w"]
        assert all(target["expr"] and target["datasource"]["uid"] == "${source}" for target in panel["targets"])
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert steps[0]["value"] is None
        assert [s["value"] for s in steps[1:]] == sorted(s["value"] for s in steps[1:])
