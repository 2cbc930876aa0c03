"""What `Project` promises, asked of the simulated project and of a real directory."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rollbook.adapters.project import ProjectDirectory
from rollbook.ports import Completed, Project
from rollbook.ports.fakes import FakeSite
from rollbook.ports.fakes.tooling import ToolRun

WRITING = "import sys; open(sys.argv[1], 'w').write('[1]'); print('first'); print('last'); sys.exit(int(sys.argv[2]))"


def real(tmp_path: Path) -> Project:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "pyproject.toml").touch()
    return ProjectDirectory(tmp_path / "root", tmp_path / "scratch")


def simulated(_: Path) -> Project:
    project = FakeSite.of(["app-1"]).project
    project.tools["-c"] = lambda argv: ToolRun(
        Completed(int(argv[-1]), ("first", "last")), {Path(argv[-2]).name: "[1]"}
    )
    return project


@pytest.fixture(params=[real, simulated])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    make: Callable[[Path], Project] = request.param
    return make(tmp_path)


async def write(project: Project, name: str, code: int) -> Completed:
    return await project.run([sys.executable, "-c", WRITING, str(project.scratch(name)), str(code)], 60.0)


@pytest.mark.parametrize("code", [0, 1, 5])
async def test_a_tool_ends_with_its_code_and_last_lines(project: Project, code: int) -> None:
    done = await write(project, "out.json", code)
    assert done == Completed(code, ("first", "last"))


async def test_what_a_tool_wrote_is_read_back_by_its_scratch_name(project: Project) -> None:
    assert project.output("out.json") is None
    await write(project, "out.json", 0)
    assert project.output("out.json") == "[1]"


async def test_scratch_files_are_outside_the_sources(project: Project) -> None:
    assert project.scratch("a.json") != project.scratch("b.json")
    assert not project.has("a.json")


async def test_a_project_knows_its_files(project: Project) -> None:
    assert project.has("pyproject.toml")
    assert not project.has("no-such-file")
