"""Typed values in prose, in both languages and widths."""

from __future__ import annotations

import pytest

from rollbook.model.literals import duration, find_literals, normalised, percent, read_literal, size
from rollbook.model.words import boolean, environment_identity, is_empty_word, number


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30秒", 30),
        ("30 秒", 30),
        ("审批超时: 24小时", 86400),
        ("1h30m", 5400),
        ("1小时30分钟", 5400),
        ("30 min", 1800),
        ("2 – 24 hr", 86400),
        ("500ms", 0.5),
        ("半小时", 1800),
        ("1小时半", 5400),
        ("两天", None),
        ("３０秒", 30),
        ("1.5 hours", 5400),
        ("3个工作日", 3 * 86400),
        ("-", None),
        ("", None),
        ("v1.2m", None),
    ],
)
def test_durations_are_seconds(text: str, seconds: float | None) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "fraction"), [("1%", 0.01), ("１％", 0.01), ("99.9 %", 0.999), ("5‰", 0.005), ("x", None)]
)
def test_percents_are_fractions(text: str, fraction: float | None) -> None:
    assert percent(text) == fraction


@pytest.mark.parametrize(
    ("text", "amount"), [("512Mi", 2**29), ("1Gi", 2**30), ("10 MB", 10**7), ("0.5GiB", 2**29), ("5", None)]
)
def test_sizes_are_bytes(text: str, amount: float | None) -> None:
    assert size(text) == amount


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("等待（最多30秒）", ["duration"]),
        ("retry 3 times every 5s", ["number", "duration"]),
        ("`a b` and ${c} and {d}", ["code", "param", "text"]),
        ("v1.2.3 on 10.0.0.1:8080 since 2024-01-15", []),
        ("HTTP2 p95 V001", []),
        ("100 req/s", ["number"]),
        ("1,000,000 rows", ["number"]),
        ("`` a ` b ``", ["code"]),
    ],
)
def test_literals_are_found_where_they_are_values(text: str, kinds: list[str]) -> None:
    assert [found.literal.kind for found in find_literals(normalised(text))] == kinds


def test_a_literal_may_be_the_whole_text() -> None:
    literal = read_literal(" 95 % ")
    assert literal is not None
    assert (literal.kind, literal.value) == ("percent", 0.95)
    assert read_literal("about 95%") is None


@pytest.mark.parametrize(
    ("word", "truth"),
    [("是", True), ("否", False), ("Yes", True), ("✅", True), ("❌", False), ("true", True), ("optional", None)],
)
def test_booleans_are_words_of_both_languages(word: str, truth: bool | None) -> None:
    assert boolean(word) is truth


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("PROD", "production"),
        ("生产", "production"),
        ("生产环境", "production"),
        ("Staging", "staging"),
        ("预发", "staging"),
        ("DEV", "development"),
        ("QA", "qa"),
        ("测试", "qa"),
        ("moon-base", "moon-base"),
    ],
)
def test_m01_an_environment_has_one_identity(name: str, identity: str) -> None:
    assert environment_identity(name) == identity


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ("三", 3), ("十二", 12), ("二十", 20), ("two", 2), ("many", None), ("", None)]
)
def test_whole_numbers_may_be_words(text: str, value: int | None) -> None:
    assert number(text) == value


def test_empty_is_a_word_too() -> None:
    assert is_empty_word("空")
    assert is_empty_word("None")
    assert not is_empty_word("zero")
