"""Every rule of meaning about deployment documents has tests that bear its number and assert something."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
RULES = range(20, 38)
"""M20 to M37: two documents, commands, waves and judging."""
NAMED = re.compile(r"test_m(\d+)_")


def numbered() -> dict[int, list[ast.AsyncFunctionDef | ast.FunctionDef]]:
    found: dict[int, list[ast.AsyncFunctionDef | ast.FunctionDef]] = {}
    for test in _functions():
        if named := NAMED.match(test.name):
            found.setdefault(int(named[1]), []).append(test)
    return found


def _functions() -> Iterator[ast.AsyncFunctionDef | ast.FunctionDef]:
    for file in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                yield node


def asserts(test: ast.AST) -> bool:
    """Whether the body holds an assertion, or expects an error."""
    parts = list(ast.walk(test))
    raises = (p for p in parts if isinstance(p, ast.Attribute) and p.attr == "raises")
    return any(isinstance(part, ast.Assert) for part in parts) or any(True for _ in raises)


BY_RULE = numbered()


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_tests_that_bear_its_number_and_assert(rule: int) -> None:
    assert [test.name for test in BY_RULE.get(rule, []) if asserts(test)]


def test_an_assertion_is_told_from_a_call() -> None:
    assert asserts(ast.parse("def test():\n    assert 1"))
    assert asserts(ast.parse("def test():\n    with pytest.raises(KeyError):\n        act()"))
    assert not asserts(ast.parse("def test():\n    act()\n"))
