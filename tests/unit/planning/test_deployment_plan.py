"""A deployment document alone is planned from its checklist; with a template it says where and with what."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from rollbook.documents import load, read
from rollbook.model.deployment import Deployment
from rollbook.model.plan import Bound, Limit, Plan
from rollbook.model.site import Limits, Site
from rollbook.model.workflow import Source, Workflow
from rollbook.planning.deployment.watching import _share
from rollbook.planning.plan import decode, encode, make_plan
from rollbook.problems import ProblemsFound
from rollbook.values import Json, Server

DOCUMENT = """---
status: {status}
author: Platform
depends_on: [TEST-PLAN.md]
---

# Deployment of the shop

## Information

| Item | Value |
|------|-------|
| Release version | {version} |
| Release window | {window} |

## Environments

| Environment | Domain | Cluster | Config file |
|-------------|--------|---------|-------------|
| test | t.example.com | small | .env.test |
| production | example.com | big | .env.production |

### Variables

| Variable | Description | test | production |
|----------|-------------|------|------------|
| GREETING | shown first | hello | {greeting} |
| TOKEN | for the API | plain | [Secret] |
| DATABASE_URL | where data lives | postgres://shop:pw@db/test | |

### Resources

| Component | test | production |
|-----------|------|------------|
| Web replicas | 2 | 4 |
| Web CPU | 1 | 2 |

## Commands

### Build commands

```bash
# build the image
docker build -t shop:${{VERSION}} .
# push the image
docker push images.example.com/shop:${{VERSION}}
```

### Deploy commands

```bash
kubectl apply -f k8s/shop.yaml
kubectl set image deployment/web web=images.example.com/shop:${{VERSION}}
```

### Migrations

```bash
# run the migrations
./migrate up
```

## Release checklist

### Before the release

- [x] TEST-PLAN.md says tests passed
- [ ] Support desk is staffed

### During the release

- [ ] back up the current version
- [ ] migrate what the shop keeps
- [ ] deploy the new version
- [ ] verify health checks

### After the release

- [ ] error rate < 1%
- [ ] send the release notification

## Canary

| Stage | Traffic | Duration | Rollback condition |
|-------|---------|----------|--------------------|
| 1 | 10% | 10 min | error rate > 2% |
| 2 | 100% | - | error rate > 1% |

## Sign-off

| Role | Name | Date | Status |
|------|------|------|--------|
| Platform | {author} | {date} | created |
| Tech lead | {lead} | {date} | {decision} |
"""
BLANK = {"status": "draft", "version": "", "window": "", "greeting": "", "author": "", "lead": "", "date": "",
         "decision": "pending"}  # fmt: skip
SIGNED = {**BLANK, "status": "approved", "greeting": "welcome", "author": "Ann", "lead": "Bo", "date": "2026-01-01",
          "decision": "approved"}  # fmt: skip
TEMPLATE = """# Workflow: release

## Metadata

```yaml
name: release
version: 9.9.9
```

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

### Step 1: Stop [parallel]

**Actions**:

For each server:

- remove from the load balancer
- wait for in-flight requests (at most 30 s)
- stop the service

### Step 2: Start [parallel]

**Actions**:

For each server:

- start the new version
- return to rotation

### Step 3: Tell [action]

**Actions**:

- send a notification
"""


def deployment(**values: str) -> Deployment:
    text = DOCUMENT.format(**{**BLANK, **values})
    reading = read(Source("deploy.md", text, "0" * 64))
    assert isinstance(reading.document, Deployment), reading.problems
    return reading.document


def template() -> Workflow:
    reading = read(Source("release.md", TEMPLATE, "1" * 64))
    assert isinstance(reading.document, Workflow), reading.problems
    return reading.document


def alone(environment: str = "test", facts: Json = None, site: Site | None = None, **values: str) -> Plan:
    given = {"environment": environment, **({} if values.get("version") else {"version": "v2"})}
    return make_plan([deployment(**values)], given, site or Site.embedded(), facts)


def both(environment: str = "test", servers: str = "[a, b]", **values: str) -> Plan:
    given = {"environment": environment, "servers": servers, "version": "v2"}
    return make_plan([template(), deployment(**values)], given, Site.embedded())


def titles(plan: Plan) -> list[str]:
    return [s.title for s in plan.steps]


def rules(caught: pytest.ExceptionInfo[ProblemsFound]) -> set[str]:
    return {p.rule for p in caught.value.problems}


def test_the_checklist_is_the_spine_and_servers_rejoin_once_the_rest_is_verified() -> None:
    made = alone()
    assert titles(made) == [
        "Build the image", "back up the current version", "migrate what the shop keeps",
        "Take the servers out of traffic", "deploy the new version", "verify health checks",
        "Return the servers to traffic", "After the release", "Tell people",
    ]  # fmt: skip
    (migrating,) = made.steps[2].items
    assert migrating.binding.startswith("rollbook.steps.migrate:up@")
    assert made.program[-1].zone == "reporting"
    assert decode(encode(made)) == made


def without(*titles: str) -> Deployment:
    """The document without these sections, each up to the next heading of its level."""
    kept, level = [], 0
    for line in DOCUMENT.format(**BLANK).splitlines():
        depth = len(line) - len(line.lstrip("#")) if line.startswith(("## ", "### ")) else 0
        if depth and (not level or depth <= level):
            level = depth if line.strip("# ") in titles else 0
        kept += [] if level else [line]
    reading = read(Source("deploy.md", "\n".join(kept) + "\n", "2" * 64))
    assert isinstance(reading.document, Deployment), reading.problems
    return reading.document


def test_without_a_checklist_the_commands_give_the_steps() -> None:
    made = make_plan([without("Release checklist")], {"environment": "test", "version": "v2"}, Site.embedded())
    assert titles(made) == [
        "Build the image", "run the database migrations", "Take the servers out of traffic", "Deploy the new version",
        "Return the servers to traffic",
    ]  # fmt: skip


def test_a_document_that_speaks_of_no_deployment_takes_no_server_out() -> None:
    bare = without("Release checklist", "Deploy commands", "Migrations")
    made = make_plan([bare], {"environment": "test", "version": "v2"}, Site.embedded())
    assert titles(made) == ["Build the image"]


def test_m23_servers_are_the_environments_replicas_of_the_workload() -> None:
    assert [s.name for s in alone().servers] == ["web-1", "web-2"]
    assert [s.name for s in alone("production").servers] == ["web-1", "web-2", "web-3", "web-4"]
    site = Site(servers=(Server("alpha"),))
    made = alone(site=site)
    assert [s.name for s in made.servers] == ["alpha"]
    assert any("2 replicas" in note and "1 servers" in note for note in made.notes)
    assert any("not acted upon: Web CPU: 1" in note for note in made.notes)


def test_m23_with_a_template_too_its_list_of_servers_is_the_replicas_where_nobody_gave_one() -> None:
    given = {"environment": "production", "version": "v2"}
    made = make_plan([template(), deployment()], given, Site.embedded())
    assert [s.name for s in made.servers] == ["web-1", "web-2", "web-3", "web-4"]
    assert any("web-1, web-2, web-3, web-4" in note for note in made.notes)
    assert not any("replicas, and the run has" in note for note in made.notes)


def test_m01_an_unknown_environment_names_the_rows() -> None:
    with pytest.raises(ProblemsFound) as caught:
        alone("moon")
    assert [(p.rule, p.hint.en) for p in caught.value.problems] == [("parameter-enum", "it is one of test, production")]


def test_m01_an_environment_that_only_the_template_knows_is_refused() -> None:
    document = deployment()
    rows = tuple(e for e in document.environments if e.name != "test")
    lacking = type(document)(**{f: getattr(document, f) for f in document.__struct_fields__} | {"environments": rows})
    with pytest.raises(ProblemsFound) as caught:
        make_plan([template(), lacking], {"environment": "test", "servers": "[a]", "version": "v"}, Site.embedded())
    assert "environment-unmapped" in rules(caught)


def test_m03_a_filled_version_is_the_default_and_another_one_is_refused() -> None:
    assert alone(version="v7").version == "v7"
    with pytest.raises(ProblemsFound) as caught:
        make_plan([deployment(version="v7")], {"environment": "test", "version": "v8"}, Site.embedded())
    assert rules(caught) == {"version-conflict"}


def test_m03_a_blank_variable_takes_the_environments_file_then_the_site() -> None:
    facts = {"configuration": {".env.production": {"GREETING": "from the file"}}}
    assert alone("production", facts).configuration["GREETING"] == "from the file"
    site = Site(parameters={"GREETING": "from the site"})
    assert alone("production", site=site).configuration["GREETING"] == "from the site"
    assert alone("test").configuration["GREETING"] == "hello"


def test_m05_secret_anywhere_is_secret_everywhere_and_so_is_a_url_with_a_user() -> None:
    made = alone("test")
    assert made.configuration["TOKEN"] == "secret:TOKEN"
    assert made.configuration["DATABASE_URL"] == "secret:DATABASE_URL"
    assert made.deployment is not None
    assert made.deployment.variables["TOKEN"] == "secret:TOKEN"


def test_m24_m25_production_lists_every_reason_with_its_line() -> None:
    document = deployment()
    made = make_plan([document], {"environment": "production", "version": "v2"}, Site.embedded())
    found = [b.rule for b in made.blockers]
    assert found == [
        "not-approved", "signature-missing", "signature-missing", "dependency-missing", "value-missing",
        "value-missing",
    ]  # fmt: skip
    assert all(b.document == "deploy.md" and b.line for b in made.blockers)


def test_m24_elsewhere_open_items_are_waived_and_said() -> None:
    made = alone()
    assert made.blockers == ()
    assert made.gates == ()
    assert any("waived" in n and "Support desk is staffed" in n for n in made.notes)


def test_m24_evidence_closes_an_item_and_a_ticked_box_does_not() -> None:
    open_ = alone("production")
    assert [i.text for i in open_.steps[0].items][:2] == ["TEST-PLAN.md says tests passed", "Support desk is staffed"]
    approved = {"files": {"TEST-PLAN.md": {"exists": True, "status": "approved"}}}
    closed = alone("production", approved)
    assert next((i.text, i.kind) for i in closed.steps[0].items) == ("Support desk is staffed", "manual")


def test_m31_protected_environments_are_asked_whether_both_releases_work_on_the_schema() -> None:
    asked = [i.text for i in alone("production").steps[0].items if i.kind == "manual"]
    assert asked[-1] == "the old and the new release both work on the migrated schema"
    assert all(i.kind != "manual" for s in alone("test").steps for i in s.items)


def returning(plan: Plan) -> list[tuple[str, str]]:
    """(text, where it is judged) of the conditions of the step that returns servers."""
    step = next(s for s in plan.steps if any(i.returns for i in s.items))
    return [(c.text, b.judges) for c in step.checks for b in c.bound]


def test_m13_a_rolling_wave_is_judged_on_real_traffic_before_the_next() -> None:
    made = alone("test")
    assert returning(made) == [("error rate < 1%", "traffic")]
    judged = [(s.id, s.servers) for s in made.program if s.kind == "judge" and s.zone == "rotation"]
    assert [servers for _, servers in judged] == [("web-1",), ("web-2",)]
    assert any("error rate < 1%" in note for note in made.notes)
    assert returning(alone("production")) == [], "a canary's stages are watched"


def test_m13_without_a_stated_limit_the_plan_says_that_nothing_judges_between_waves() -> None:
    text = DOCUMENT.format(**BLANK).replace("error rate > 2%", "").replace("error rate > 1%", "")
    document = read(Source("deploy.md", text.replace("- [ ] error rate < 1%\n", ""), "3" * 64)).document
    made = make_plan([document], {"environment": "test", "version": "v2"}, Site.embedded())
    assert returning(made) == []
    assert any("nothing judges a wave's real traffic" in note for note in made.notes)


ROLLBACK = """
## Rollback

```bash
# {comment}
./migrate down
```
"""


@pytest.mark.parametrize(
    ("environment", "comment", "ask", "asked"),
    [
        ("test", "if needed, take the database back", False, None),
        ("test", "if needed, take the database back", True, True),
        ("test", "take the database back", False, False),
        ("production", "take the database back", False, True),
    ],
)
def test_m31_a_rollback_takes_the_schema_back_only_where_the_document_says_so_without_a_condition(
    environment: str, comment: str, ask: bool, asked: bool | None
) -> None:
    text = DOCUMENT.format(**SIGNED) + ROLLBACK.format(comment=comment)
    document = read(Source("deploy.md", text, "0" * 64)).document
    site = msgspec.structs.replace(Site.embedded(), limits=Limits(ask_schema=ask))
    made = make_plan([document], {"environment": environment, "version": "v2"}, site)
    assert (made.take_back[-1].asks if made.take_back else None) is asked
    assert any("rollbook migrate down" in note for note in made.notes) is (asked is None)


def test_m25_a_signed_document_with_its_values_has_no_blockers() -> None:
    facts = {
        "files": {"TEST-PLAN.md": {"exists": True, "status": "approved"}},
        "configuration": {".env.production": {"DATABASE_URL": "secret:DATABASE_URL"}},
    }
    assert alone("production", facts, None, **SIGNED).blockers == ()


def test_m02_the_signing_roles_other_than_the_authors_approve() -> None:
    (gate,) = alone("production").gates
    assert ([a.role for a in gate.approvers], gate.mode) == (["Tech lead"], "required")


def test_m02_a_template_that_asks_nobody_gets_one_gate_from_the_document() -> None:
    assert [[a.role for a in g.approvers] for g in both("production").gates] == [["Tech lead"]]
    assert both("test").gates == ()


def test_a_release_window_that_nobody_can_read_is_a_persons_to_judge() -> None:
    made = alone("production", window="when the shop is quiet")
    assert any("when the shop is quiet" in i.text and i.kind == "manual" for i in made.steps[0].items)
    assert [g.kind for g in made.gates] == ["approval"]


def test_m32_stages_count_where_it_is_protected_elsewhere_on_request() -> None:
    made = alone("production")
    assert [(w.canary, w.traffic, w.servers, w.soak_s) for w in made.waves] == [
        (True, 0.1, ("web-1",), 600.0), (True, 1.0, ("web-1", "web-2", "web-3", "web-4"), 60.0),
    ]  # fmt: skip
    assert any("stage 2 names no duration" in n for n in made.notes)
    assert {i.id for i in made.shift} == {"shift.1"}
    assert {i.id.partition(".")[0] for i in made.restore_beside} == {"beside"}
    assert not any(w.canary for w in alone("test").waves)
    asked = make_plan([deployment()], {"environment": "test", "version": "v2"}, Site.embedded(), strategy="canary")
    assert all(w.canary for w in asked.waves)


def test_m13_m37_a_stage_is_watched_on_enough_requests_to_find_twice_the_limit() -> None:
    first, last = (w.watch[0] for w in alone("production").waves)
    assert (first.id, last.id) == ("w1.watch.1", "w2.watch.1")
    for item in (first, last):
        (bound,) = item.bound
        assert bound.judges == "traffic"
        assert bound.samples > 300
        assert bound.expected_s > 0


def test_m13_a_site_may_be_content_with_what_is_observed_on_fewer_requests() -> None:
    site = msgspec.structs.replace(Site.embedded(), limits=Limits(short_stage="observed"))
    made = alone("production", site=site)
    assert {bound.samples for wave in made.waves for item in wave.watch for bound in item.bound} == {300}
    assert made.site.short_stage == "observed"


def test_m36_a_stage_cannot_be_judged_by_what_only_probes_measure() -> None:
    text = DOCUMENT.format(**BLANK).replace("error rate > 2%", "average response time > 1s")
    document = read(Source("deploy.md", text, "0" * 64)).document
    assert isinstance(document, Deployment)
    with pytest.raises(ProblemsFound) as caught:
        make_plan([document], {"environment": "production", "version": "v2"}, Site.embedded())
    (problem,) = (p for p in caught.value.problems if p.rule == "measure-where")
    assert problem.at.line == 1 + text[: text.index("average response time")].count("\n")
    assert "p95" in problem.hint.en


def test_m36_a_p99_may_be_exceeded_by_one_request_in_a_hundred() -> None:
    limit = Limit("<=", 0.5, "s")
    assert _share(Bound("p99 latency", "m:f", "measure"), limit) == pytest.approx(0.01)
    assert _share(Bound("响应时间 p95", "m:f", "measure"), limit) == pytest.approx(0.05)
    assert _share(Bound("response time", "m:f", "measure"), limit) == pytest.approx(0.05)
    assert _share(Bound("error rate", "m:f", "measure"), Limit("<=", 0.02)) == 0.02


def test_m20_what_no_step_covers_is_inserted_before_the_rotation_and_once() -> None:
    made = both("production")
    place = {s.title: n for n, s in enumerate(made.steps)}
    assert place["back up the current version"] < place["migrate what the shop keeps"] < place["Stop"]
    assert place["Release approval"] < place["back up the current version"]
    assert place["Start"] < place["After the release"] < place["Tell"]
    assert "deploy the new version" not in place
    assert len({s.number for s in made.steps}) == len(made.steps)
    assert [s.number for s in made.steps if s.title in ("Stop", "Start", "Tell")] == [1, 2, 3]
    assert {i.document for s in made.steps if s.number > 3 for i in s.items} == {"deploy.md"}


def test_m21_both_names_of_the_image_are_said_where_they_differ() -> None:
    made = alone()
    assert made.image is not None
    assert (made.image.repository, made.image.tag) == ("shop", "v2")
    assert any("images.example.com" in r.what for r in made.repairs)


def test_m29_two_environments_on_one_workload_are_a_blocker_on_a_cluster() -> None:
    document = deployment(**SIGNED)
    rows = tuple(type(e)(e.name, e.domain, document.environments[0].cluster, at=e.at) for e in document.environments)
    same = type(document)(**{f: getattr(document, f) for f in document.__struct_fields__} | {"environments": rows})
    site = Site(kind="kubernetes")
    made = make_plan([same], {"environment": "test", "version": "v2"}, site)
    assert "shared-workload" in {b.rule for b in made.blockers}
    here = make_plan([same], {"environment": "test", "version": "v2"}, Site.embedded())
    assert here.blockers == ()


@pytest.mark.parametrize("environment", ["DEV", "QA", "STAGING", "PROD"])
def test_the_seed_plans_for_each_of_its_environments(seed_d: Path, environment: str) -> None:
    document = read(load(str(seed_d))).document
    assert isinstance(document, Deployment)
    made = make_plan([document], {"environment": environment, "version": "v2.1.0"}, Site.embedded())
    assert len(made.servers) == {"DEV": 1, "QA": 2, "STAGING": 2, "PROD": 3}[environment]
    assert bool(made.blockers) == (environment == "PROD")
    assert made.image is not None
    assert (made.image.repository, made.image.tag) == ("app", "v2.1.0")


@pytest.mark.parametrize(("environment", "blocked"), [("QA", False), ("production", True)])
def test_m21_both_seeds_make_one_plan(seed_d: Path, seed_w_model: Workflow, environment: str, blocked: bool) -> None:
    document = read(load(str(seed_d))).document
    assert document is not None
    given = {"environment": environment, "version": "v2.1.0", "servers": "[a, b, c]"}
    made = make_plan([seed_w_model, document], given, Site.embedded())
    assert bool(made.blockers) == blocked
    assert [g.kind for g in made.gates] == ["approval"]
    assert sum(i.phrase == "推送镜像到 registry" or "push@" in i.binding for s in made.steps for i in s.items) == 1
    assert any("-" in r.what and "v2.1.0" in r.what for r in made.repairs)


def test_m20_migrations_that_no_item_speaks_of_are_said_to_be_left() -> None:
    text = DOCUMENT.format(**BLANK).replace("- [ ] migrate what the shop keeps\n", "")
    document = read(Source("deploy.md", text, "4" * 64)).document
    made = make_plan([document], {"environment": "test", "version": "v2"}, Site.embedded())
    assert any("not acted upon: the document's migrations" in note for note in made.notes)
    assert not any("not acted upon: the document's migrations" in note for note in alone().notes)
