"""Parameters: typed by the document, every problem at once, at the parameter's line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.model.workflow import Parameter, ParameterType
from rollbook.planning.findings import Findings
from rollbook.planning.parameters import resolve
from rollbook.values import At, Json
from templates import RELEASE, line_of, plan_of, problems_of, rules_of


def read(kind: ParameterType, raw: Json, **more: Any) -> tuple[Json, list[str]]:
    """The value and the rules that were broken."""
    findings = Findings("t.md")
    values = resolve([Parameter("x", kind, at=At(7, 3), **more)], {"x": raw}, {}, {}, findings)
    return values.get("x"), [p.rule for p in findings.problems]


@pytest.mark.parametrize("text", ["1.10", "0.1", "yes", "no", "null", "2024-01-15", "007", "1e3", "~", "v1: beta"])
def test_a_plain_scalar_for_a_string_parameter_stays_as_typed(text: str) -> None:
    assert read("string", text) == (text, [])


def test_quotes_around_a_string_are_taken_off() -> None:
    assert read("string", '"1.10"') == ("1.10", [])


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("array", "[a, b]", ["a", "b"]),
        ("array", "- a\n- b", ["a", "b"]),
        ("array", "［a，b］", ["a", "b"]),
        ("boolean", "true", True),
        ("boolean", "否", False),
        ("boolean", "yes", True),
        ("integer", "3", 3),
        ("number", "2.5", 2.5),
        ("number", "3", 3),
        ("object", "{a: 1}", {"a": 1}),
    ],
)
def test_other_types_are_read_as_yaml(kind: ParameterType, text: str, value: Json) -> None:
    assert read(kind, text) == (value, [])


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("array", "server1"),
        ("array", "a,b"),
        ("array", "3"),
        ("boolean", "perhaps"),
        ("boolean", "1"),
        ("integer", "3.5"),
        ("integer", "true"),
        ("integer", "three"),
        ("number", "much"),
        ("number", ".nan"),
        ("object", "[a]"),
        ("string", "[a, b]"),
        ("string", "{a: 1}"),
    ],
)
def test_a_value_of_another_type_is_refused(kind: ParameterType, text: str) -> None:
    assert read(kind, text) == (None, ["parameter-type"])


@pytest.mark.parametrize(
    "text", ["&a [1]", "[*a]", "!!python/object:os.system {}", "!x y", "[a", "a: b: c", "x" * 200_000]
)
def test_tags_anchors_and_broken_yaml_are_one_clear_problem(text: str) -> None:
    assert read("object", text) == (None, ["parameter-type"])


def test_an_alias_bomb_is_refused_before_it_is_expanded() -> None:
    bomb = "{a: &a [x,x], b: &b [*a,*a], c: &c [*b,*b]}"
    assert read("object", bomb) == (None, ["parameter-type"])


def test_enum_pattern_minimum_and_maximum_hold() -> None:
    assert read("string", "blue", enum=("red", "green"))[1] == ["parameter-enum"]
    assert read("string", "green", enum=("red", "green")) == ("green", [])
    assert read("integer", "2", enum=(1, 2)) == (2, [])
    assert read("string", "x1", pattern=r"^v\d+$")[1] == ["parameter-range"]
    assert read("integer", "0", minimum=1)[1] == ["parameter-range"]
    assert read("number", "1.5", maximum=1)[1] == ["parameter-range"]
    assert read("array", "[a]", minimum=2)[1] == ["parameter-range"]


def test_a_required_parameter_that_is_blank_is_missing() -> None:
    assert read("array", "[]", required=True)[1] == ["parameter-missing"]
    assert read("string", "", required=True)[1] == ["parameter-missing"]


def test_defaults_of_the_document_come_before_those_of_the_site() -> None:
    declared = [Parameter("a", "string", default="doc", has_default=True), Parameter("b", "string")]
    assert resolve(declared, {}, {"a": "site", "b": "site"}, {}, Findings()) == {"a": "doc", "b": "site"}


def test_a_default_of_the_wrong_type_is_a_problem() -> None:
    findings = Findings()
    resolve([Parameter("a", "integer", default="many", has_default=True)], {}, {}, {}, findings)
    assert [p.rule for p in findings.problems] == ["parameter-type"]


def test_every_problem_is_reported_at_once_with_the_parameters_line() -> None:
    found = rules_of(environment="moon", servers=[], skip_tests="maybe", vresion="v1", version="")
    assert found == [
        ("parameter-unknown", line_of(RELEASE, "environment:")),
        ("parameter-enum", line_of(RELEASE, "environment:")),
        ("parameter-missing", line_of(RELEASE, "servers:")),
        ("parameter-missing", line_of(RELEASE, "version:")),
        ("parameter-type", line_of(RELEASE, "skip_tests:")),
    ]


def test_an_unknown_parameter_names_the_nearest_one() -> None:
    (problem,) = problems_of(vresion="v1")
    assert "version" in problem.hint.en
    assert "version" in problem.hint.zh


def test_a_server_named_twice_is_refused() -> None:
    assert rules_of(servers=["desk-1", "desk-1"]) == [("parameter-type", line_of(RELEASE, "servers:"))]


def test_lists_are_printed_joined_by_a_comma() -> None:
    assert plan_of(servers=("a", "b")).steps[-1].notices[0].startswith("v3 on a, b:")


@given(st.text(max_size=60))
def test_any_text_for_a_string_parameter_is_a_value_or_a_problem(text: str) -> None:
    value, rules = read("string", text)
    assert (value is None) == bool(rules)


@given(
    st.sampled_from(("array", "boolean", "integer", "number", "object")),
    st.text(alphabet="[]{},:&*!-'\"ab1.# \n", max_size=40),
)
def test_any_text_for_any_type_is_a_value_of_that_type_or_a_problem(kind: ParameterType, text: str) -> None:
    value, rules = read(kind, text)
    types: dict[str, tuple[type, ...]] = {
        "array": (list,), "boolean": (bool,), "integer": (int,), "number": (int, float), "object": (dict,),
    }  # fmt: skip
    assert (value is None and rules) or (isinstance(value, types[kind]) and not rules)
