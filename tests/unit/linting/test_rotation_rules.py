"""Where servers leave and return, and what the rules about it say of templates that are not the usual one."""

from __future__ import annotations

import pytest

from rollbook import documents
from rollbook.linting import lint
from rollbook.linting.meanings import Meanings
from rollbook.linting.rotation import rotation_of
from rollbook.model.workflow import Source, Workflow

HEAD = "# Release\n## Parameters\n```yaml\nparameters:\n  servers: {type: array, required: true}\n```\n## Steps\n"
PROMISE = "## Rollback strategy\n- If step 1-3 fails → switch back, keep the service available\n"
OUT, BACK = "- Drain the node\n", "- Put the node back into rotation\n"


def template(*steps: str, tail: str = PROMISE) -> Workflow:
    """A template of steps given as "kind|body"."""
    bodies = [step.partition("|") for step in steps]
    text = "".join(f"### {n}. Step {n} [{kind}]\n**Actions**:\n{body}\n" for n, (kind, _, body) in enumerate(bodies, 1))
    document = documents.read(Source("doc.md", HEAD + text + tail, "")).document
    assert isinstance(document, Workflow)
    return document


def test_a_rollback_table_may_name_steps_by_bare_numbers() -> None:
    table = "## Rollback\n| Failed at | What to do |\n|---|---|\n| 1 | stop |\n| 2-3 | restore the old version |\n"
    ranges = template("action|- a\n", "action|- b\n", "action|- c\n", tail=table).rollback
    assert [(r.first, r.last, r.action) for r in ranges] == [(1, 1, "stop"), (2, 3, "restore")]


def test_a_rollback_line_that_cannot_be_read_is_not_reported_as_missing() -> None:
    tail = "## Rollback strategy\n- whenever the moon is full → restore\n"
    reading = documents.read(Source("doc.md", HEAD + f"### 1. Step [action]\n**Actions**:\n{OUT}{BACK}{tail}", ""))
    assert reading.document
    assert {p.rule for p in reading.problems} == {"unreadable-rollback-range"}
    assert not {p.rule for p in lint([reading.document], None, reading.problems)} & {"rollback-missing", "rollback-gap"}


def rules(workflow: Workflow) -> set[str]:
    return {problem.rule for problem in lint([workflow])}


def test_servers_that_are_back_before_the_next_leaves_are_no_outage() -> None:
    assert "outage" not in rules(template(f"action|For each server:\n{OUT}- Restart it\n{BACK}"))


def test_the_same_side_by_side_is_one() -> None:
    assert "outage" in rules(template(f"parallel|For each server:\n{OUT}- Restart it\n{BACK}"))


def test_in_turn_but_back_only_in_a_later_step_is_one() -> None:
    assert "outage" in rules(template(f"action|For each server:\n{OUT}", f"action|{BACK}"))


def test_without_a_promise_an_outage_is_the_author_s_choice() -> None:
    tail = PROMISE.replace(", keep the service available", "")
    assert "outage" not in rules(template(f"parallel|For each server:\n{OUT}", f"action|{BACK}", tail=tail))


def test_a_promise_of_zero_downtime_among_the_criteria_counts() -> None:
    tail = PROMISE.replace(", keep the service available", "") + "## Success criteria\n- released with zero downtime\n"
    assert "outage" in rules(template(f"parallel|For each server:\n{OUT}", f"action|{BACK}", tail=tail))


def test_rolling_back_is_no_rolling_release() -> None:
    tail = PROMISE + "\nRolling back is done by the operator.\n"
    assert "outage" in rules(template(f"parallel|For each server:\n{OUT}", f"action|{BACK}", tail=tail))


@pytest.mark.parametrize("place", [1, 2, 3])
def test_real_traffic_is_judged_too_early_only_before_the_servers_are_back(place: int) -> None:
    judged = "\n**Success conditions**:\n- error rate < 1%\n"
    steps = [f"action|{OUT}", "action|- Restart it\n", f"action|{BACK}"]
    steps[place - 1] += judged
    assert ("judged-without-traffic" in rules(template(*steps))) == (place < 3)


def test_nested_bullets_count() -> None:
    workflow = template(f"action|- Per node\n  {OUT}", f"action|- Then\n  {BACK}")
    rotation = rotation_of(workflow, Meanings())
    assert rotation
    assert rotation.back
    assert (rotation.out.step.number, rotation.back.step.number) == (1, 2)


def test_stopping_alone_is_no_rotation_that_must_be_closed() -> None:
    workflow = template("action|- Stop the old version\n", "action|- Start the new version\n")
    assert not rules(workflow) & {"rotation-open", "judged-without-traffic"}
