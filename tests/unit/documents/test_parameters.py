"""Typed parameters from YAML, tables and bullets, under every usual name."""

from __future__ import annotations

import pytest

from rollbook.documents import read
from rollbook.model.workflow import Parameter
from shapes import source_of


def parameters_of(body: str) -> tuple[Parameter, ...]:
    reading = read(source_of(f"# T\n## Parameters\n{body}\n## Steps\n### 1. A [action]\n- x\n"))
    assert reading.problems == ()
    return reading.document.parameters


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("string", "string"), ("str", "string"), ("字符串", "string"), ("array", "array"), ("list", "array"),
        ("list[str]", "array"), ("数组", "array"), ("bool", "boolean"), ("布尔", "boolean"), ("int", "integer"),
        ("整数", "integer"), ("float", "number"), ("double", "number"), ("数字", "number"), ("map", "object"),
        ("dict", "object"), ("对象", "object"), ("String", "string"),
    ],
)  # fmt: skip
def test_types_have_other_names(word: str, kind: str) -> None:
    assert parameters_of(f"```yaml\nparameters:\n  a:\n    type: {word}\n```\n")[0].type == kind


FORMS = {
    "mapping": "```yaml\nparameters:\n  size:\n    type: int\n    required: true\n    min: 1\n    max: 5\n"
    "    description: How many\n```",
    "bare mapping": "```yaml\nsize:\n  类型: int\n  必填: 是\n  最小值: 1\n  最大值: 5\n  描述: How many\n```",
    "list": "```yaml\n- name: size\n  type: int\n  required: yes\n  min: 1\n  max: 5\n  description: How many\n```",
    "table": "| 参数 | 类型 | 必填 | 最小值 | 最大值 | 描述 |\n|-|-|-|-|-|-|\n| `size` | int | 是 | 1 | 5 | How many |",
    "bullets": "- `size` (int, required): How many\n  - min: 1\n  - max: 5",
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS.keys())
def test_the_same_parameter_may_be_written_in_many_forms(body: str) -> None:
    found = parameters_of(body)[0]
    assert (found.name, found.type, found.required, found.description) == ("size", "integer", True, "How many")
    assert (found.minimum, found.maximum) == (1.0, 5.0)


def test_a_version_stays_text() -> None:
    body = "```yaml\nparameters:\n  v:\n    type: string\n    default: 1.10\n    enum: [1.10, 2, yes]\n```"
    found = parameters_of(body)[0]
    assert (found.default, found.enum) == ("1.10", ("1.10", "2", "yes"))


def test_false_and_zero_are_defaults_and_nothing_is_none() -> None:
    body = (
        "```yaml\nparameters:\n  a:\n    type: bool\n    default: no\n  b:\n    type: int\n    default: 0\n"
        "  c:\n    type: int\n    default:\n```"
    )
    found = [(p.default, p.has_default) for p in parameters_of(body)]
    assert found == [(False, True), (0, True), (None, False)]


def test_a_type_alone_is_a_definition() -> None:
    assert [(p.name, p.type) for p in parameters_of("```yaml\nparameters:\n  a: int\n  b: list\n```")] == [
        ("a", "integer"),
        ("b", "array"),
    ]


def test_an_unknown_key_is_kept_and_said() -> None:
    head = "# T\n## Parameters\n```yaml\nparameters:\n  a:\n    type: int\n    colour: red\n```\n"
    text = head + "## Steps\n### 1. A [action]\n- x\n"
    reading = read(source_of(text))
    assert [(p.rule, p.at.line) for p in reading.problems] == [("unread", 7)]
    assert reading.document.unread[0].text == "colour: red"
