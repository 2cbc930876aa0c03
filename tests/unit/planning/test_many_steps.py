"""Planning stays linear: twice the steps, about twice the work."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import msgspec

from rollbook.binding.library import Library
from rollbook.model.site import Site
from rollbook.model.workflow import Workflow
from rollbook.planning.plan import make_plan
from templates import BUILD, HEAD, read_template


def calls_to_plan(count: int, library: Library) -> int:
    """Function calls that planning `count` steps makes: work counted without a clock."""
    base = read_template(HEAD + BUILD)
    steps = tuple(msgspec.structs.replace(base.steps[0], number=n) for n in range(1, count + 1))
    document: Workflow = msgspec.structs.replace(base, steps=steps)
    counted = 0

    def count_call(_: FrameType, event: str, __: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count_call)
    try:
        make_plan(
            [document], {"environment": "dev", "servers": ["a"], "version": "v"}, Site.embedded(), library=library
        )
    finally:
        sys.setprofile(None)
    return counted


def test_planning_is_linear_in_the_number_of_steps() -> None:
    library = Library.built_in()
    few, many = calls_to_plan(200, library), calls_to_plan(2000, library)
    assert many < 12 * few
