"""M26: a failure quotes the runbook's row that is about it, says so when only words are alike, and quotes no other."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from journals import view_of
from plans import release_plan
from rollbook.model import events as ev
from rollbook.model.deployment import Environment, RunbookRow
from rollbook.model.facts import DeploymentFacts
from rollbook.model.symptoms import Failure, rows_like
from rollbook.model.words import topic
from rollbook.values import At
from rollbook.views.run import render
from walking import Walk

ROWS = (
    RunbookRow("OOM", "容器重启", ("查看日志", "增加内存限制"), At(12, 1)),
    RunbookRow("连接池耗尽", "请求超时", ("检查连接数", "重启服务"), At(13, 1)),
    RunbookRow("Slow answers", "high latency", ("look at slow queries",), At(14, 1)),
    RunbookRow("Bad release", "error rate rises", ("roll back",), At(15, 1)),
)


def quoted(failure: Failure) -> dict[str, bool]:
    return {like.row.problem: like.sure for like in rows_like(failure, ROWS)}


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure(error="exit", output=("State: OOMKilled",)), {"OOM": True}),
        (Failure(error="app-1：CrashLoopBackOff"), {"OOM": True}),
        (Failure(error="app-1: v2 did not start", output=("MemoryError",)), {"OOM": False}),
        (Failure(error="GET /cart: request timed out"), {"连接池耗尽": False}),
        (Failure(error="调用失败：请求超时"), {"连接池耗尽": False}),
        (Failure(output=("sqlalchemy: QueuePool limit of size 5 reached",)), {"连接池耗尽": True}),
        (Failure(("rollbook.steps.figures:response_time",), "12 of 100 slower than 500 ms"), {"Slow answers": True}),
        (Failure(("rollbook.steps.figures:error_rate",), "9 of 100 (9%), limit <= 1%"), {"Bad release": True}),
    ],
)
def test_m26_what_failed_chooses_the_row(failure: Failure, expected: dict[str, bool]) -> None:
    assert quoted(failure) == expected


@pytest.mark.parametrize(
    "failure",
    [
        Failure(),
        Failure(("rollbook.steps.image:build",), "exit code 1", ("no space left in the margin",)),
        Failure(("rollbook.steps.tests:run_tests",), "3 of 40 failed", ("assert cart.total == 3",)),
        Failure(error="no end within 600 s"),
        Failure(("rollbook.steps.migrate:up",), "V003 is not the script that the document states"),
        Failure(error="the latencyless timeoutable roomkilledx"),
    ],
)
def test_m26_a_failure_of_another_kind_quotes_nothing(failure: Failure) -> None:
    assert quoted(failure) == {}


def test_m26_a_row_without_steps_is_not_quoted() -> None:
    assert rows_like(Failure(error="OOMKilled"), (RunbookRow("OOM", "", ()),)) == ()


def test_m26_sure_rows_come_first() -> None:
    failure = Failure(("rollbook.steps.figures:error_rate",), "9 of 100", ("ReadTimeout",))
    assert list(quoted(failure)) == ["Bad release", "连接池耗尽"]


def test_every_kind_that_a_failure_can_have_is_one_that_runbooks_can_name() -> None:
    said = set(topic("symptoms", "said"))
    assert all(set(topic("symptoms", name)) <= said for name in ("seen", "certain", "about"))


@pytest.mark.parametrize(("language", "said"), [("en", "runbook, may match: OOM"), ("zh", "运维手册（可能匹配）：OOM")])
def test_m26_show_quotes_the_numbered_steps(language: str, said: str) -> None:
    facts = DeploymentFacts("deploy.md", Environment("QA"), runbook=ROWS)
    plan = replace(release_plan(2), deployment=facts)
    failed = ev.Failed("w1.s7/app-1/7.3", "exit", ("MemoryError",))
    view = view_of(Walk(plan, lambda c: failed if getattr(c, "task", "") == failed.task else None).on())
    text = render(view, "text", language)
    assert said in text
    assert "  1. 查看日志\n  2. 增加内存限制" in text
    assert "请求超时" not in text
