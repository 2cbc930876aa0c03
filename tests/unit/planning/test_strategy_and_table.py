"""The canary table against a strategy that somebody asks for: what wins, and that it is said (M32)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from rollbook.documents import read
from rollbook.model.deployment import Deployment
from rollbook.model.plan import Plan
from rollbook.model.site import Site
from rollbook.model.workflow import Source
from rollbook.planning.plan import make_plan
from rollbook.planning.requests import Request
from rollbook.problems import ProblemsFound

TEXT = """# Deployment of the shop

## Environments

| Environment | Domain | Cluster |
|-------------|--------|---------|
| test | t.example.com | small |
| production | example.com | big |

### Resources

| Component | test | production |
|-----------|------|------------|
| Web replicas | 4 | 4 |

## Release checklist

### During the release

- [ ] deploy the new version

## Canary

| Stage | Traffic | Duration | Rollback condition |
|-------|---------|----------|--------------------|
| 1 | 10% | 10 min | error rate > 2% |
| 2 | 100% | 5 min | error rate > 1% |

## Sign-off

| Role | Name | Date | Status |
|------|------|------|--------|
| Tech lead | Bo | 2026-01-01 | approved |
"""
LINE = TEXT.splitlines().index("| 1 | 10% | 10 min | error rate > 2% |") + 1


def planned(environment: str, strategy: str = "", site: Site | None = None, request: Request | None = None) -> Plan:
    document = read(Source("deploy.md", TEXT, "0" * 64)).document
    assert isinstance(document, Deployment)
    given = {"environment": environment, "version": "v2"}
    return make_plan([document], given, site or Site.embedded(), strategy=strategy, request=request)


def said(plan: Plan, *words: str) -> bool:
    return any(all(w in note for w in words) for note in plan.notes)


@pytest.mark.parametrize("strategy", ["rolling", "rolling:50%", "all-at-once"])
def test_m32_in_protected_environments_the_table_wins_over_a_strategy_and_the_plan_says_so(strategy: str) -> None:
    made = planned("production", strategy)
    assert [w.canary for w in made.waves] == [True, True]
    assert made.strategy == "canary"
    assert said(made, f"strategy {strategy} is not followed", f"deploy.md:{LINE}")


def test_m32_the_same_for_the_request_and_the_site_file() -> None:
    for made in (
        planned("production", request=Request(strategy="all-at-once")),
        planned("production", site=replace(Site.embedded(), strategy="all-at-once")),
    ):
        assert all(w.canary for w in made.waves)
        assert said(made, "strategy all-at-once is not followed")


def test_m32_m33_a_strategy_that_is_not_followed_does_not_lower_the_floor() -> None:
    assert planned("production", "all-at-once").site.max_out == planned("production").site.max_out == 1
    assert planned("test", "all-at-once").site.max_out == 4


def test_m32_where_nobody_asks_or_asks_for_the_canary_nothing_is_said() -> None:
    assert not said(planned("production"), "not followed")
    assert not said(planned("production", "canary"), "not followed")


def test_m32_elsewhere_the_table_waits_to_be_asked_for_and_the_plan_says_so() -> None:
    made = planned("test", "rolling:50%")
    assert not any(w.canary for w in made.waves)
    assert said(made, "here rolling:50%", "--strategy canary", f"deploy.md:{LINE}")
    asked = planned("test", "canary")
    assert all(w.canary for w in asked.waves)
    assert not said(asked, "apply to protected environments")


def test_m24_a_window_that_is_shorter_than_the_stages_is_said() -> None:
    for window, short in (("Tue 10:00-10:10", True), ("Tue 10:00-16:00", False), ("Tue 23:55-00:05", True)):
        made = planned("production", site=replace(Site.embedded(), windows={"production": window}))
        assert said(made, "the stages take 15 min", "lasts 10 min") == short


def lasting(condition: str) -> Plan:
    document = read(Source("deploy.md", TEXT.replace("error rate > 2%", condition), "0" * 64)).document
    assert isinstance(document, Deployment)
    return make_plan([document], {"environment": "production", "version": "v2"}, Site.embedded())


@pytest.mark.parametrize("condition", ["error rate > 2% for 5 minutes", "错误率 > 2% 持续 5 分钟"])
def test_m37_a_rollback_condition_that_must_last_is_planned_and_said(condition: str) -> None:
    made = lasting(condition)
    first, second = (w.watch[0].bound[0].for_s for w in made.waves)
    assert (first, second) == (300.0, 0.0)
    assert said(made, "canary stage 1", "300 s")


def test_m37_a_condition_that_outlasts_its_stage_could_never_turn_back_and_is_refused() -> None:
    with pytest.raises(ProblemsFound) as caught:
        lasting("error rate > 2% for 15 minutes")
    assert [(p.rule, p.file, p.at.line) for p in caught.value.problems] == [("canary-outlasted", "deploy.md", LINE)]
