"""The cost of reading is linear: counted in function calls, so that no clock decides."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rollbook.documents import read
from shapes import source_of

pytestmark = pytest.mark.slow


def calls(text: str) -> int:
    """Function calls, Python's and C's, that reading `text` makes."""
    count = 0

    def counted(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        read(source_of(text))
    finally:
        sys.setprofile(before)
    return count


def template(steps: int) -> str:
    body = "".join(
        f"### {n}. Step {n} [action]\n**Actions**:\n- do it (at most {n} s)\n- `x`\n"
        "**Success conditions**:\n- rate < 1%\n\n"
        for n in range(1, steps + 1)
    )
    return f"# T\n\n## Steps\n\n{body}## Rollback\n1. steps 1-{steps} → restore\n"


TEXTS = {
    "a template of many steps": template,
    "one step of many bullets": lambda n: "# T\n## Steps\n### 1. A [action]\n" + "- do it\n" * (6 * n),
    "a procedure of many sections": lambda n: "# T\n" + "## A\n- [ ] x\n1. y\n```sh\nls\n```\n" * n,
    "one long paragraph": lambda n: "# T\n## Steps\n### 1. A [action]\n- x\n\n" + "prose that goes on\n" * (6 * n),
    "a decision of many branches": lambda n: (
        "# T\n## Steps\n### 1. A [condition]\n**Decision logic**:\n```\nif x == 1: go to step 2\n"
        + "elif x == 2: note it\n" * (6 * n)
        + "```\n### 2. B [action]\n- y\n"
    ),
    "many parameters": lambda n: (
        "# T\n## Parameters\n```yaml\nparameters:\n"
        + "".join(f"  p{i}:\n    type: string\n    required: true\n" for i in range(2 * n))
        + "```\n## Steps\n### 1. A [action]\n- x\n"
    ),
}


@pytest.mark.parametrize("make", TEXTS.values(), ids=TEXTS.keys())
def test_twice_the_text_costs_twice_the_calls(make: object) -> None:
    calls(make(10))  # type: ignore[operator]
    small, large = calls(make(200)), calls(make(400))  # type: ignore[operator]
    assert large < 2.2 * small


def test_a_hundred_thousand_lines_are_read(examples: Path) -> None:
    text = template(15_000)
    assert text.count("\n") > 100_000
    document = read(source_of(text)).document
    assert len(document.steps) == 15_000
