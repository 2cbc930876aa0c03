"""The example book's release, filled in: every bullet of its steps has a mark, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from journals import view_of
from rollbook.app.plan import PlanRequest, plan_documents
from rollbook.app.report import templates_of
from rollbook.model import events as ev
from rollbook.views.filled import filled_documents
from walking import Outcome, Walk

MARKED = re.compile(r"  [✓✗?▶–·]( |$)")


def walk_of(examples: Path, language: str, environment: str, outcome: Outcome = lambda _: None) -> Walk:
    given = (f"environment={environment}", "servers=[a, b]", "version=v3.4.1")
    return Walk(plan_documents(PlanRequest((str(examples / f"release.{language}.md"),), given)).plan, outcome)


def filled(walk: Walk) -> list[str]:
    plan = walk.program.plan
    return filled_documents(plan, view_of(walk), plan.language, templates_of(plan))[0].text.split("\n")


def bullets(lines: list[str]) -> list[str]:
    """Bullets from the first step on, outside fences and before the usage examples."""
    start = next(i for i, line in enumerate(lines) if line.startswith("### 1."))
    fenced, found = False, []
    for line in lines[start:]:
        if line.startswith("```"):
            fenced = not fenced
        if re.match(r"^(?:-|\d+\.) ", line) and not fenced:
            found.append(line)
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_bullet_of_a_finished_release_has_its_mark(examples: Path, language: str) -> None:
    walk = walk_of(examples, language, "development").on()
    assert view_of(walk).state == "succeeded"
    shown = bullets(filled(walk))
    unmarked = [line for line in shown if not MARKED.search(line)]
    assert len(shown) > 40
    assert all(line.startswith("- ") and ("Slack" in line) for line in unmarked)
    assert not [line for line in shown if "✗" in line]


def test_the_approvers_line_of_this_environment_names_who_approved(examples: Path) -> None:
    walk = walk_of(examples, "en", "production").on()
    for role in ("lead on duty", "shop owner"):
        walk.say(ev.GateAnswered("approval.5", "approve", role, (role,), "go"))
    lines = filled(walk.on())
    assert re.search(r"- production: .*✓ lead on duty approved .*“go”; shop owner approved", "\n".join(lines))
    assert next(line for line in lines if line.startswith("- staging:")).endswith("– another environment")
    assert next(line for line in lines if "`skip_tests` is true" in line).endswith("– not the case")


def test_a_rollback_marks_the_range_that_was_applied(examples: Path) -> None:
    def broken(command: object) -> ev.Event | None:
        task = getattr(command, "task", "")
        return ev.Failed(task, "no") if task == "w1.s7/a/7.3" else None

    lines = filled(walk_of(examples, "en", "development", broken).on())
    ranges = [line for line in lines if re.match(r"^\d\. (Before|Steps|Step) ", line)]
    assert [("✓ a" in line, "not needed" in line) for line in ranges] == [(False, True), (True, False), (False, True)]
    assert next(line for line in lines if "`deployment.rollback_count`" in line).endswith("✓ 1")
