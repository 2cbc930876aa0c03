"""What scripts for PostgreSQL lock, by squawk, where it is installed: the wheel `squawk-cli` brings its program."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from shutil import which

import msgspec

from rollbook.problems import StepFailed
from rollbook.values import Words

LIMIT_S = 20.0
"""It reads a script in milliseconds."""


class Found(msgspec.Struct, frozen=True):
    """One finding: squawk counts lines from 0."""

    file: str
    line: int
    rule_name: str


def program() -> str | None:
    """Where squawk is: beside this Python, else on the path; None where it is not."""
    beside = Path(sys.executable).with_name("squawk")
    return str(beside) if beside.is_file() else which("squawk")


def findings(scripts: Sequence[str], directory: Path, rules: Iterable[str]) -> tuple[Found, ...]:
    """What it finds by these of its rules in the scripts, whose paths start at `directory`, where its own settings are
    looked for too. Raises StepFailed when it is not installed, or its answer is none."""
    found = program()
    if found is None:
        raise StepFailed(ABSENT)
    argv = [found, "--reporter", "json", "--", *scripts]
    try:
        ended = subprocess.run(
            argv, cwd=directory, capture_output=True, check=False, timeout=LIMIT_S, stdin=subprocess.DEVNULL
        )
        told = msgspec.json.decode(ended.stdout, type=tuple[Found, ...])
    except (OSError, subprocess.TimeoutExpired, msgspec.DecodeError) as error:
        raise StepFailed(UNREADABLE.format(why=str(error).splitlines()[0])) from error
    wanted = frozenset(rules)
    return tuple(each for each in told if each.rule_name in wanted)


ABSENT = Words("squawk is not installed", "未安装 squawk")
UNREADABLE = Words("squawk does not answer: {why}", "squawk 没有应答：{why}")
