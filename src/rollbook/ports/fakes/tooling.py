"""What the tools of a simulated project answer when nothing is wrong: they write what the real ones would write.

A tool is found by its name among the words of a command; its results go to the scratch files that it is told to write.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import PurePath
from typing import NamedTuple, TypeAlias

from rollbook.ports import Completed


class ToolRun(NamedTuple):
    """What a tool does: its end, and the files it writes (scratch name → content)."""

    completed: Completed
    files: Mapping[str, str]


Tool: TypeAlias = Callable[[Sequence[str]], ToolRun]
PASSING = 20
CRITICAL = 6


@cache
def good_tools() -> Mapping[str, Tool]:
    """No finding, every test passes, everything builds. One value for all sites: rehearsals make thousands of them."""
    return {
        "ruff": writing("[]"),
        "bandit": writing(json.dumps({"results": []})),
        "pytest": writing(junit(PASSING, critical=CRITICAL)),
        "coverage": writing(json.dumps({"totals": {"percent_covered": 96.0}})),
        "-c": writing("{}"),
    }


def writing(text: str, code: int = 0, lines: Sequence[str] = ()) -> Tool:
    """A tool that writes `text` to the file its command names, if it names one."""

    def tool(argv: Sequence[str]) -> ToolRun:
        file = written_file(argv)
        return ToolRun(Completed(code, tuple(lines)), {file: text} if file else {})

    return tool


def written_file(argv: Sequence[str]) -> str:
    """The scratch name of the last argument that names an output file; "" when none does."""
    named = [word.rpartition("=")[2] for word in argv if PurePath(word).suffix in (".json", ".xml")]
    return PurePath(named[-1]).name if named else ""


def junit(passed: int, failed: int = 0, errors: int = 0, skipped: int = 0, critical: int = 0) -> str:
    """A JUnit file as pytest writes it; the first `critical` cases carry the mark of critical tests."""
    states = ["<failure/>"] * failed + ["<error/>"] * errors + ["<skipped/>"] * skipped
    bodies = states + [""] * passed
    mark = '<properties><property name="rollbook.critical" value="true"/></properties>'
    cases = (
        f'<testcase classname="shop" name="test_{i}">{mark if i < critical else ""}{body}</testcase>'
        for i, body in enumerate(bodies)
    )
    return f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"
