"""What a command left running keeps the next one of its name waiting (F9)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from rollbook.adapters.project import ProjectDirectory
from rollbook.problems import Unreachable

LEAVES = """
setsid --fork bash -c 'echo up > ready; read -r _ < gate' > /dev/null 2>&1
read -r _ < ready
"""
"""Its child is out of the group when the command ends, and ends itself when somebody writes into the gate."""
KEPT = "output/migrate_up.log"
LIMIT_S = 60.0


@pytest.fixture
def project(tmp_path: Path) -> ProjectDirectory:
    os.mkfifo(tmp_path / "gate")
    os.mkfifo(tmp_path / "ready")
    return ProjectDirectory(tmp_path, tmp_path / "scratch")


async def test_f09_what_a_command_left_running_is_waited_for(project: ProjectDirectory) -> None:
    await project.shell(LEAVES, LIMIT_S, keep=KEPT)
    with pytest.raises(Unreachable, match=r"does not end within 0 s"):
        await project.outlast(KEPT, 0.0)
    waiting = asyncio.ensure_future(project.outlast(KEPT, LIMIT_S))
    with os.fdopen(os.open(project.root / "gate", os.O_RDWR), "w") as gate:
        gate.write("go\n")
        gate.flush()
        await waiting


async def test_where_nothing_was_left_nobody_waits(project: ProjectDirectory) -> None:
    await project.outlast(KEPT, 0.0)
    await project.shell("true", LIMIT_S, keep=KEPT)
    await project.outlast(KEPT, 0.0)


async def test_other_commands_are_not_waited_for(project: ProjectDirectory) -> None:
    await project.shell(LEAVES, LIMIT_S, keep="output/build.log")
    await project.outlast(KEPT, 0.0)
    with os.fdopen(os.open(project.root / "gate", os.O_RDWR), "w") as gate:
        gate.write("go\n")
        gate.flush()
        await project.outlast("output/build.log", LIMIT_S)
