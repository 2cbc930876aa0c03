"""What closes each item ahead of a release, by number (M24); the gate of the release window in a plan."""

from __future__ import annotations

import msgspec
import pytest

from rollbook.app.survey import EXAMPLE, known_file
from rollbook.documents import read
from rollbook.model.deployment import Deployment
from rollbook.model.plan import Plan
from rollbook.model.site import Person, Site
from rollbook.model.workflow import Source, Workflow
from rollbook.planning.deployment.evidence import is_approved
from rollbook.planning.plan import make_plan
from rollbook.values import Json

ENGLISH = """---
status: approved
author: Platform
depends_on: [TEST-PLAN.md]
---

# Deployment of the shop

| Item | Value |
|------|-------|
| Release window | {window} |

## Environments

| Environment | Domain | Cluster |
|-------------|--------|---------|
| test | t.example.com | small |
| production | example.com | big |

| Variable | Description | test | production |
|----------|-------------|------|------------|
| GREETING | shown first | hello | {greeting} |

| Component | test | production |
|-----------|------|------------|
| Web replicas | 2 | 4 |

## Deploy commands

```bash
kubectl set image deployment/web web=images.example.com/shop:${{VERSION}}
```

## Migrations

| Version | Script | Reversible | Checksum |
|---------|--------|------------|----------|
| V1 | sql/V1.sql | yes | {checksum} |

## Release checklist

### Before the release

- [x] TEST-PLAN.md says tests passed
- [ ] Migration scripts are ready
- [ ] Configuration is ready
- [ ] Rollback plan confirmed
- [ ] Release window confirmed
- [ ] Stakeholders notified
- [ ] Support desk is staffed

### During the release

- [ ] deploy the new version

## Sign-off

| Role | Name | Date | Status |
|------|------|------|--------|
| Platform | Ann | 2026-01-01 | created |
| Tech lead | Bo | 2026-01-01 | approved |
"""
CHINESE = """# 商城部署文档

| 项目 | 内容 |
|------|------|
| 发布窗口 | {window} |

## 环境列表

| 环境 | 域名 | 集群 |
|------|------|------|
| QA | q.example.com | small |
| PROD | example.com | big |

| 组件 | QA | PROD |
|------|----|------|
| Web副本数 | 2 | 2 |

## 部署命令

```bash
kubectl set image deployment/web web=shop:${{VERSION}}
```

## 发布检查清单

### 发布前

- [ ] 回退预案已演练
- [ ] 处于发布窗口内
- [ ] 已通知相关方
- [ ] 客服已就位

### 发布中

- [ ] 部署新版本

## 文档审批

| 角色 | 姓名 | 日期 | 状态 |
|------|------|------|------|
| 技术负责人 | 李四 | 2026-01-01 | 已批准 |
"""
SHA = "ab" * 32
FACTS: dict[str, Json] = {
    "files": {
        "TEST-PLAN.md": {"exists": True, "status": "approved"},
        "sql/V1.sql": {"exists": True, "sha256": SHA},
    }
}
BLANK = {"window": "", "greeting": "welcome", "checksum": ""}


def document(text: str = ENGLISH, **values: str) -> Deployment:
    reading = read(Source("deploy.md", text.format(**{**BLANK, **values}), "0" * 64))
    assert isinstance(reading.document, Deployment), reading.problems
    return reading.document


def planned(environment: str = "production", facts: Json = None, site: Site | None = None, **values: str) -> Plan:
    given = {"environment": environment, "version": "v2"}
    return make_plan([document(**values)], given, site or Site.embedded(), FACTS if facts is None else facts)


def hows(plan: Plan) -> dict[str, str]:
    assert plan.deployment is not None
    return {c.text: c.how for c in plan.deployment.checklist}


def detail(plan: Plan, text: str) -> str:
    assert plan.deployment is not None
    return next(c.detail for c in plan.deployment.checklist if c.text == text)


def first_step(plan: Plan) -> list[tuple[str, str]]:
    return [(i.text, i.kind) for i in plan.steps[0].items]


def test_m24_the_machine_closes_what_it_can_and_a_person_the_rest() -> None:
    made = planned(window="Tue 10:00-16:00")
    assert hows(made) == {
        "TEST-PLAN.md says tests passed": "evidence", "Migration scripts are ready": "evidence",
        "Configuration is ready": "evidence", "Rollback plan confirmed": "rehearsal",
        "Release window confirmed": "window", "Stakeholders notified": "act", "Support desk is staffed": "person",
    }  # fmt: skip
    asked = [text for text, kind in first_step(made) if kind == "manual"]
    assert asked == ["Support desk is staffed", "the old and the new release both work on the migrated schema"]


def test_m24_in_chinese_too() -> None:
    made = make_plan([document(CHINESE, window="周二 10:00-16:00")], {"environment": "PROD", "version": "v2"},
                     Site.embedded())  # fmt: skip
    found = hows(made)
    assert [found[t] for t in ("回退预案已演练", "处于发布窗口内", "已通知相关方", "客服已就位")] == [
        "rehearsal", "window", "act", "person",
    ]  # fmt: skip


def test_m24_outside_protected_environments_what_stays_open_is_waived_and_said() -> None:
    made = planned("test", window="Tue 10:00-16:00")
    found = hows(made)
    assert found["Support desk is staffed"] == "waived"
    assert found["Release window confirmed"] == "waived"
    assert found["Rollback plan confirmed"] == "rehearsal"
    assert first_step(made) == [("Stakeholders notified", "step")]
    assert made.gates == ()
    assert any("waived" in n and "Support desk is staffed" in n for n in made.notes)


def test_m24_a_ticked_box_is_a_claim_and_a_report_that_is_not_approved_closes_nothing() -> None:
    facts = {"files": {**FACTS["files"], "TEST-PLAN.md": {"exists": True, "status": "draft"}}}
    made = planned(facts=facts)
    assert hows(made)["TEST-PLAN.md says tests passed"] == "person"
    assert detail(made, "TEST-PLAN.md says tests passed") == "TEST-PLAN.md is draft"
    gone = planned(facts={"files": {"sql/V1.sql": FACTS["files"]["sql/V1.sql"]}})
    assert detail(gone, "TEST-PLAN.md says tests passed") == "TEST-PLAN.md is not there"


@pytest.mark.parametrize(
    ("checksum", "how"),
    [("", "evidence"), (SHA, "evidence"), ("sha256:" + SHA[:12], "evidence"), ("cd" * 32, "person"), ("ab", "person")],
)
def test_m24_scripts_are_ready_when_they_are_there_with_their_checksums(checksum: str, how: str) -> None:
    made = planned(checksum=checksum)
    assert hows(made)["Migration scripts are ready"] == how
    assert ("V1 abababababab" in detail(made, "Migration scripts are ready")) == (how == "evidence")


def test_m24_a_missing_script_is_named() -> None:
    made = planned(facts={"files": {"TEST-PLAN.md": FACTS["files"]["TEST-PLAN.md"]}})
    assert detail(made, "Migration scripts are ready") == "sql/V1.sql is not there"


def test_m24_configuration_is_ready_when_every_variable_has_a_value() -> None:
    made = planned(greeting="")
    assert (hows(made)["Configuration is ready"], detail(made, "Configuration is ready")) == (
        "person", "no value for GREETING",
    )  # fmt: skip
    filled = planned(greeting="", site=msgspec.structs.replace(Site.embedded(), parameters={"GREETING": "hi"}))
    assert hows(filled)["Configuration is ready"] == "evidence"


def test_m17_m24_telling_stakeholders_is_an_act_of_the_run_whatever_the_environment() -> None:
    for environment in ("test", "production"):
        made = planned(environment)
        (act,) = [i for i in made.steps[0].items if i.text == "Stakeholders notified"]
        assert "announcing:announce" in act.binding
        assert made.deployment is not None
        assert list(made.deployment.stakeholders) == ["Platform", "Tech lead"]
        assert made.program[0].zone == "before"


def test_m24_who_the_site_calls_stakeholders_is_told_too() -> None:
    site = Site(people=(Person("Zoe", ("Stakeholders",)), Person("Bo", ("Tech lead",))))
    made = planned("test", site=site)
    assert made.deployment is not None
    assert made.deployment.stakeholders["Stakeholders"] == ("Zoe",)


def test_m24_the_window_stands_behind_the_approval_and_its_approvers_override_it() -> None:
    made = planned(window="Tue/Thu 10:00-16:00", site=Site(time_zone="Asia/Shanghai"))
    approval, window = made.gates
    assert (window.kind, window.approvers, window.need) == ("window", approval.approvers, approval.need)
    assert [w.zone for w in window.windows] == ["Asia/Shanghai"]
    gates = [s.gate for s in made.program if s.kind == "gate"]
    assert gates == [approval.id, window.id]
    acting = next(n for n, s in enumerate(made.program) if s.zone == "rotation")
    assert [s.gate for s in made.program].index(window.id) < acting
    assert window.line == document().source.text.splitlines().index("- [ ] Release window confirmed") + 1


def test_m24_the_sites_window_holds_beside_the_documents_and_for_any_environment_it_names() -> None:
    site = Site(time_zone="+08:00", windows={"PROD": "Thu 10:00-12:00", "test": "Mon 01:00-02:00"})
    both = next(g for g in planned(window="Tue/Thu 10:00-16:00", site=site).gates if g.kind == "window")
    assert [w.text for w in both.windows] == ["Tue/Thu 10:00-16:00", "Thu 10:00-12:00"]
    (alone,) = planned("test", window="Tue/Thu 10:00-16:00", site=site).gates
    assert [w.text for w in alone.windows] == ["Mon 01:00-02:00"]
    assert hows(planned("test", site=site))["Release window confirmed"] == "window"


def test_m24_a_window_without_a_time_zone_is_local_time_and_the_plan_says_so() -> None:
    made = planned(window="Tue 10:00-16:00")
    assert any("Tue 10:00-16:00 (local time)" in n and "time_zone" in n for n in made.notes)


def test_m24_where_no_window_is_known_its_item_is_a_persons() -> None:
    assert hows(planned())["Release window confirmed"] == "person"
    assert hows(planned(window="when it is quiet"))["Release window confirmed"] == "person"


def test_a_templates_run_keeps_the_sites_window_too(template: Workflow) -> None:
    site = msgspec.structs.replace(Site.embedded(), windows={"production": "Tue 10:00-16:00"})
    given = {"environment": "production", "version": "v2", "servers": "[a, b]"}
    made = make_plan([template], given, site)
    assert [g.kind for g in made.gates] == ["window"]
    assert make_plan([template], {**given, "environment": "test"}, site).gates == ()


@pytest.fixture
def template() -> Workflow:
    text = """# Workflow: release

## Parameters

```yaml
parameters:
  environment:
    type: string
    required: true
    enum: [test, production]
  servers:
    type: array
    required: true
  version:
    type: string
    required: true
```

## Steps

### Step 1: Roll [parallel]

**Actions**:

For each server:

- remove from the load balancer
- stop the service
- start the new version
- return to rotation
"""
    found = read(Source("release.md", text, "1" * 64)).document
    assert isinstance(found, Workflow)
    return found


@pytest.mark.parametrize(
    ("known", "rule"),
    [
        ({}, "dependency-missing"),
        ({"exists": False}, "dependency-missing"),
        ({"exists": True, "status": ""}, "dependency-unapproved"),
        ({"exists": True, "status": "draft"}, "dependency-unapproved"),
        ({"exists": True, "status": "Approved"}, ""),
        ({"exists": True, "status": "已批准"}, ""),
    ],
)
def test_m24_a_dependency_that_is_not_there_or_not_approved_blocks_where_protected_and_warns_elsewhere(
    known: dict[str, Json], rule: str
) -> None:
    facts = {"files": {**FACTS["files"], "TEST-PLAN.md": known}}
    found = [b for b in planned(facts=facts).blockers if b.rule.startswith("dependency")]
    assert [(b.rule, b.document, b.line) for b in found] == ([(rule, "deploy.md", 4)] if rule else [])
    elsewhere = planned("test", facts=facts)
    assert elsewhere.blockers == ()
    warned = [n for n in elsewhere.notes if "on which the document depends" in n]
    assert bool(warned) == bool(rule)
    assert elsewhere.deployment is not None
    listed = [c.how for c in elsewhere.deployment.checklist if "on which the document depends" in c.text]
    assert listed == (["waived"] if rule else [])


@pytest.mark.parametrize(("path", "approved"), [("ARCHITECTURE.md", True), ("SECURITY-REVIEW.md", False)])
def test_the_embedded_project_has_dependencies_of_both_kinds(path: str, approved: bool) -> None:
    found = known_file(path, [EXAMPLE])
    assert found["exists"]
    assert is_approved(str(found["status"])) == approved
