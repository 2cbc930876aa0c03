"""A phrase is what a bullet says without its values: the identity by which it is bound."""

from __future__ import annotations

import pytest

from rollbook.model.phrases import brace_names, phrase_of, plain_text

SAME = [
    ("等待现有请求完成（最多30秒）", "等待现有请求完成(最多 45 秒)"),
    ("等待现有请求完成（最多30秒）", "等待现有请求完成（最多{limit}）"),
    ("验证 API 健康端点", "验证API健康端点"),
    ("Remove from the load balancer", "remove from load balancer."),
    ("wait for in-flight requests (at most 30 s)", "Wait for the in-flight requests(at most {limit})"),
    ("✅ **错误率**低于阈值", "错误率低于阈值"),
    ("see [the page](https://example.org/a_(b))", "see the page"),
    ("镜像标签：`a`", "镜像标签: {tag}"),
    ("`x` is `y`", "`longer code` is ${z}"),
]
DIFFERENT = [
    ("停止应用服务", "启动应用服务"),
    ("retry 3 times", "retry three times"),
    ("检查 p95", "检查 p99"),
    ("run v1.2.3", "run v1.2.4"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_thing_share_a_phrase(one: str, other: str) -> None:
    assert phrase_of(one)[0] == phrase_of(other)[0]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_things_do_not(one: str, other: str) -> None:
    assert phrase_of(one)[0] != phrase_of(other)[0]


def test_literals_come_in_the_order_of_their_places() -> None:
    phrase, literals = phrase_of("重试3次，间隔5s")
    assert phrase.count("{}") == len(literals) == 2
    assert [(x.kind, x.value) for x in literals] == [("number", 3), ("duration", 5.0)]


def test_braces_of_a_pattern_have_names() -> None:
    assert brace_names("等待{first}，再等{second}") == ("first", "second")
    assert brace_names("run `${x}`") == ()


@pytest.mark.parametrize(
    "text", ["**a *b* c**", "****a****", "`**a**` and **b**", "✅ ✅ x", "a\\*b\\*", "~~old~~ new"]
)
def test_plain_text_of_plain_text_is_the_same(text: str) -> None:
    assert plain_text(plain_text(text)) == plain_text(text)


def test_code_keeps_its_marks() -> None:
    assert plain_text("**run** `rm -rf **`") == "run `rm -rf **`"
