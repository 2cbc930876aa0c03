"""Requests in both languages, and what their overrides change."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.binding.library import Library
from rollbook.planning.requests import Override, Request, example_request, read_request
from rollbook.problems import ProblemsFound
from templates import RELEASE, plan_of, problems_of, read_template, rules_of


def plain(request: Request) -> list[tuple[str, int, str, str]]:
    return [(o.kind, o.step, o.text, o.reason) for o in request.overrides]


@pytest.mark.parametrize(
    "text",
    [
        "执行 ticket.md 模板\n参数:\n- environment: staging\n- servers: [a, b]\n- version: 1.10",
        "请执行 `ticket.md` 模板，参数：environment: staging，servers: [a, b]，version: 1.10",
        "Run ticket.md template\nparameters:\n  environment: staging\n  servers: [a, b]\n  version: 1.10",
        "run ticket.md template, parameters: environment=staging, servers=[a, b], version=1.10",
        "Run the template ticket.md with parameters:\n* environment = staging\n* servers = [a, b]\n* version = 1.10",
        "```\nexecute ticket.md template\nParameters:\n1. environment: staging\n2. servers: [a, b]\n"
        "3. version: 1.10\n```",
    ],
)
def test_parameters_are_read_in_either_language_and_shape(text: str) -> None:
    request = read_request(text, "r.txt")
    assert request.parameters == {"environment": "staging", "servers": "[a, b]", "version": "1.10"}
    assert request.template == "ticket.md"


@pytest.mark.parametrize(
    "text",
    [
        "基于 x.md 模板\n但修改:\n- 跳过步骤1（CI 已完成）\n- 步骤6增加核对库存",
        "基于 x.md 模板 但修改：跳过步骤1（CI 已完成），步骤6增加核对库存",
        "基于 x.md 模板\n但修改:\n- 跳过第一步(CI 已完成)\n- 在步骤6中添加：核对库存",
    ],
)
def test_chinese_overrides_skip_and_add(text: str) -> None:
    assert plain(read_request(text, "r")) == [("skip", 1, "", "CI 已完成"), ("add", 6, "核对库存", "")]


@pytest.mark.parametrize(
    "text",
    [
        "Based on x.md template\nbut change:\n- skip step 1 (done in CI)\n- step 6: add check the stock",
        "based on x.md template but change: skip step 1 (done in CI), add check the stock to step 6",
        "Based on the template x.md, with the following changes:\n- Skip step one (done in CI)\n"
        "- Add check the stock to step 6.",
    ],
)
def test_english_overrides_skip_and_add(text: str) -> None:
    assert plain(read_request(text, "r")) == [("skip", 1, "", "done in CI"), ("add", 6, "check the stock", "")]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("跳过步骤1、2（已完成）", [1, 2]),
        ("跳过步骤1和步骤3", [1, 3]),
        ("跳过步骤2到4", [2, 3, 4]),
        ("skip steps 1 and 2", [1, 2]),
        ("skip steps 1, 2 and 4 (done)", [1, 2, 4]),
        ("skip steps 2-4", [2, 3, 4]),
        ("Step 3 is skipped (done)", [3]),
    ],
)
def test_a_skip_may_name_several_steps(text: str, steps: list[int]) -> None:
    request = read_request(f"based on x.md template\nbut change:\n- {text}", "r")
    assert [o.step for o in request.overrides] == steps


def test_a_line_that_cannot_be_read_is_a_problem_with_its_line() -> None:
    with pytest.raises(ProblemsFound) as found:
        read_request("run x.md template\nparameters:\n- environment: staging\n- do what you like\n- and more", "r.txt")
    assert [(p.rule, p.file, p.at.line) for p in found.value.problems] == [
        ("request-unreadable", "r.txt", 4), ("request-unreadable", "r.txt", 5),
    ]  # fmt: skip


def test_a_skip_is_recorded_with_its_reason_and_shown_as_a_change() -> None:
    plan = plan_of(request="based on x.md template but change: skip step 1 (built yesterday)")
    assert plan.steps[0].decision == "skip"
    assert "built yesterday" in plan.steps[0].reason
    assert [(c.before, c.after) for c in plan.changes] == [("1. Build", "")]
    assert not any(stage.step == 1 for stage in plan.program)


def test_m09_an_added_item_takes_its_steps_scope() -> None:
    plan = plan_of(
        request="based on x template but change: step 6 add `curl -f http://x/`, step 4 add `sync`, step 1 add `ls`"
    )
    scopes = {i.text: i.scope for s in plan.steps for i in s.items if i.added}
    assert scopes == {"`curl -f http://x/`": "wave", "`sync`": "server", "`ls`": "run"}


def test_an_added_item_must_bind_and_the_problem_points_into_the_request() -> None:
    request = "based on x.md template\nbut change:\n- step 6 add verify the moon phase"
    (problem,) = problems_of(request=request)
    assert (problem.rule, problem.file, problem.at.line) == ("unbound", "request.txt", 3)


def test_an_added_item_that_does_not_bind_is_manual_when_asked_for() -> None:
    plan = plan_of(request="based on x.md template but change: step 6 add verify the moon phase", manual=True)
    (item,) = [i for i in plan.steps[5].items if i.added]
    assert (item.kind, item.binding, item.document) == ("manual", "manual", "request.txt")


def test_an_override_of_a_step_that_is_not_there_is_an_error_with_its_line() -> None:
    assert rules_of(request="based on x.md template\nbut change:\n- skip step 99") == [("override-step", 3)]


def test_typed_parameters_go_before_those_of_the_request() -> None:
    assert plan_of(request="run x.md template parameters: version=v9", version="v10").version == "v10"


EXAMPLES = """
## Usage examples

### Basic
```
Run tickets.md template
Parameters:
- environment: staging
- servers: [a, b]
- version: v2
```

### Without the build
```
Based on tickets.md template
but change:
- skip step 1 (built in CI)
- step 6 add verify the moon phase
```
"""


def test_a_usage_example_is_run_by_number_or_title() -> None:
    template = read_template(RELEASE + EXAMPLES)
    assert example_request(template, "1").parameters["version"] == "v2"
    assert example_request(template, "without the build").overrides[0].step == 1


def test_an_example_line_is_the_documents_line() -> None:
    template = read_template(RELEASE + EXAMPLES)
    lines = template.source.text.splitlines()
    add = example_request(template, "2").overrides[1]
    assert "moon phase" in lines[add.at.line - 1]


def test_an_unknown_example_names_those_there_are() -> None:
    with pytest.raises(ProblemsFound) as found:
        example_request(read_template(RELEASE + EXAMPLES), "3")
    assert "1 Basic" in found.value.hint.en


@given(st.text(max_size=200))
def test_any_text_is_a_request_or_problems(text: str) -> None:
    with contextlib.suppress(ProblemsFound):
        assert isinstance(read_request(text, "r"), Request)


@given(st.integers(1, 40), st.text(alphabet="abc 的检查", min_size=1, max_size=20))
def test_a_skip_survives_any_reason(step: int, reason: str) -> None:
    request = read_request(f"基于 x 模板\n但修改:\n- 跳过步骤{step}（{reason}）", "r")
    assert request.overrides == (Override("skip", step, reason=reason.strip(), at=request.overrides[0].at),)


def test_the_library_may_be_given() -> None:
    assert plan_of(library=Library.built_in()).steps
