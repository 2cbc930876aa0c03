"""What of the release checklist a template does not do is inserted where it belongs, and only that (M20, M21)."""

from __future__ import annotations

import pytest

from rollbook.documents import read
from rollbook.model.deployment import Deployment
from rollbook.model.plan import Plan, PlanItem
from rollbook.model.site import Site
from rollbook.model.workflow import Source, Workflow
from rollbook.planning.plan import make_plan
from rollbook.problems import ProblemsFound

HEAD = """# Workflow: release

## Parameters

```yaml
parameters:
  environment:
    type: string
    required: true
  servers:
    type: array
    required: true
  version:
    type: string
    required: true
```

## Steps
"""
STOP = ("Stop", "remove from the load balancer", "stop the service")
START = ("Start", "start the new version")
BACK = ("Rejoin", "return to rotation")
CHECKED = ("Look", "verify key features")
TELL = ("Tell", "send a notification")
DURING = ("back up the current version", "deploy the new version", "verify health checks", "smoke test")
LOOPED = (STOP[0], START[0], BACK[0], "Roll")


def template(*steps: tuple[str, ...]) -> Workflow:
    lines = [HEAD]
    for number, (title, *items) in enumerate(steps, 1):
        loop = ["For each server:", ""] if title in LOOPED else []
        kind = "parallel" if loop else "action"
        bullets = [f"- {item}" for item in items]
        lines += [f"### Step {number}: {title} [{kind}]", "", "**Actions**:", "", *loop, *bullets, ""]
    found = read(Source("release.md", "\n".join(lines), "1" * 64))
    assert isinstance(found.document, Workflow), found.problems
    return found.document


def deployment(*during: str, after: tuple[str, ...] = ()) -> Deployment:
    items = "\n".join(f"- [ ] {text}" for text in during)
    behind = "\n".join(f"- [ ] {text}" for text in after)
    found = read(Source("deploy.md", f"""# Deployment of the shop

## Environments

| Environment | Domain | Cluster |
|-------------|--------|---------|
| test | t.example.com | small |

### Resources

| Component | test |
|-----------|------|
| Web replicas | 2 |

## Release checklist

### During the release

{items}

### After the release

{behind}

## Canary

| Stage | Traffic | Duration | Rollback condition |
|-------|---------|----------|--------------------|
| 1 | 10% | 10 min | error rate > 2% |
| 2 | 100% | - | error rate > 0.5% |
""", "0" * 64))  # fmt: skip
    assert isinstance(found.document, Deployment), found.problems
    return found.document


def both(document: Deployment, *steps: tuple[str, ...]) -> Plan:
    given = {"environment": "test", "servers": "[a, b]", "version": "v2"}
    return make_plan([template(*steps), document], given, Site.embedded())


def alone(document: Deployment) -> Plan:
    return make_plan([document], {"environment": "test", "version": "v2"}, Site.embedded())


def titles(plan: Plan) -> list[str]:
    return [s.title for s in plan.steps]


def the_item(plan: Plan, text: str) -> PlanItem:
    (found,) = [i for s in plan.steps for i in s.items if i.text == text]
    return found


def test_m20_verifying_items_that_no_step_covers_come_before_the_servers_return() -> None:
    made = both(deployment(*DURING), STOP, START, BACK, TELL)
    assert titles(made) == [
        "back up the current version", "Stop", "Start", "verify health checks", "smoke test", "Rejoin", "Tell",
    ]  # fmt: skip
    assert [s.number for s in made.steps if s.title in ("Stop", "Start", "Rejoin", "Tell")] == [1, 2, 3, 4]
    waves = [s.wave for s in made.program if s.step == next(x.number for x in made.steps if x.title == "smoke test")]
    assert waves == [1, 2]


def test_m20_they_come_behind_the_step_that_starts_and_returns_in_one() -> None:
    made = both(deployment(*DURING), ("Roll", *STOP[1:], *START[1:], *BACK[1:]), TELL)
    assert titles(made) == ["back up the current version", "Roll", "verify health checks", "smoke test", "Tell"]


def test_m20_m21_what_the_template_does_by_itself_is_not_done_twice() -> None:
    made = both(deployment(*DURING), STOP, START, CHECKED, BACK, TELL)
    assert titles(made) == [
        "back up the current version", "Stop", "Start", "Look", "verify health checks", "Rejoin", "Tell",
    ]  # fmt: skip


def test_m20_what_stands_before_the_deployment_is_done_before_the_first_server_leaves() -> None:
    document = deployment("check dependency versions", *DURING)
    for made in (both(document, STOP, START, BACK, TELL), alone(document)):
        place = {title: n for n, title in enumerate(titles(made))}
        leaves = next(n for n, s in enumerate(made.steps) if any(i.leaves for i in s.items))
        assert place["check dependency versions"] < place["back up the current version"] < leaves


def test_m20_a_during_item_that_nothing_does_is_an_error_with_its_line_and_no_longer_dropped() -> None:
    document = deployment(*DURING, "water the plants")
    line = document.source.text.splitlines().index("- [ ] water the plants") + 1
    with pytest.raises(ProblemsFound) as caught:
        both(document, STOP, START, BACK, TELL)
    assert [(p.file, p.at.line) for p in caught.value.problems] == [("deploy.md", line)]


def test_m20_the_rotation_is_not_done_a_second_time_for_items_that_only_name_it() -> None:
    made = alone(deployment("remove from the load balancer", "deploy the new version", "return to rotation"))
    acts = [i.phrase for s in made.steps for i in s.items if i.leaves or i.returns]
    assert len(acts) == len(set(acts))
    assert "return to rotation" not in titles(made)


def test_m20_the_inserted_items_evidence_is_their_own() -> None:
    made = both(deployment(*DURING), STOP, START, BACK, TELL)
    item = the_item(made, "smoke test")
    assert (item.document, made.documents[1].text.splitlines()[item.line - 1]) == ("deploy.md", "- [ ] smoke test")


AFTER = ("monitoring metrics are normal", "error rate within the threshold", "send the release notification")


@pytest.mark.parametrize("text", ["error rate within the threshold", "error rate is below the threshold"])
def test_m06_an_after_item_without_a_number_takes_the_tightest_limit_and_the_plan_names_it(text: str) -> None:
    made = alone(deployment(*DURING, after=(text,)))
    (check,) = [c for s in made.steps for c in s.checks if c.text == text]
    (bound,) = check.bound
    assert bound.limit is not None
    assert (bound.limit.op, bound.limit.value) == ("<=", 0.005)
    line = made.documents[0].text.splitlines().index("| 2 | 100% | - | error rate > 0.5% |") + 1
    assert bound.limit.source == f"deploy.md:{line}"
    assert any(text in n and f"deploy.md:{line}" in n for n in made.notes)


def test_after_items_are_judged_behind_the_last_wave_and_telling_comes_last() -> None:
    made = both(deployment(*DURING, after=AFTER[1:]), STOP, START, BACK)
    zones = [(s.zone, s.kind) for s in made.program]
    judged = next(n for n, s in enumerate(made.program) if s.zone == "after" and s.kind == "judge")
    assert judged > max(n for n, (zone, _) in enumerate(zones) if zone == "rotation")
    assert zones[-1][0] == "reporting"
    assert made.program[judged].servers == ("a", "b")


def test_m17_a_template_that_tells_covers_the_notification_item() -> None:
    made = both(deployment(*DURING, after=AFTER[1:]), STOP, START, BACK, TELL)
    assert titles(made)[-1] == "Tell"
    assert "Tell people" not in titles(made)
