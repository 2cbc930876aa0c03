"""Running the project's tools: its own Python, its own commands where it names some, findings as files (M12)."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from rollbook.ports import Completed, Project
from rollbook.problems import StepFailed
from rollbook.values import Json, Words

TOOL_LIMIT_S = 540.0
LEVELS = Path(__file__).with_name("levels.toml")


@cache
def levels() -> Mapping[str, Any]:
    """Which findings of which tool count as serious, high, critical: data, not code."""
    import tomllib

    return tomllib.loads(LEVELS.read_text("utf-8"))


def python_of(project: Project) -> str:
    """The project's own interpreter where it has a virtual environment, else the one Rollbook runs on."""
    own = next((p for p in (".venv/bin/python", ".venv/Scripts/python.exe") if project.has(p)), None)
    return str(project.root / own) if own else sys.executable


def own_command(project: Project, name: str) -> list[str] | None:
    """`[tool.rollbook] NAME = ["program", …]` of the project's pyproject.toml, where it says how it wants that done."""
    declared = pyproject(project).get("tool", {}).get("rollbook", {}).get(name)
    return [str(word) for word in declared] if declared else None


def pyproject(project: Project) -> Mapping[str, Any]:
    """The project's pyproject.toml; empty where it has none. Raises StepFailed when it cannot be read."""
    import tomllib

    file = project.root / "pyproject.toml"
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StepFailed(Words(f"pyproject.toml: {error}", f"pyproject.toml 无法解析：{error}")) from error


def require_sources(project: Project) -> None:
    """An empty project is an error (M12): a clean bill for nothing would be a lie."""
    marks = levels()["project"]["marks"]
    if not any(project.has(mark) for mark in marks) and not any(project.root.glob("**/*.py")):
        raise StepFailed(
            Words(f"no project in {project.root}", f"{project.root} 中没有项目"),
            Words('name its directory in the site file: project = "…"', '请在站点文件中指定目录：project = "…"'),
        )


async def run_tool(
    project: Project, module: str, arguments: Sequence[str], results: Sequence[int], environment: Mapping[str, str] = {}
) -> Completed:
    """Run `python -m module`. Exit codes in `results` are results; any other is a failure of the tool itself."""
    argv = [python_of(project), "-m", module, *arguments]
    done = await project.run(argv, TOOL_LIMIT_S, {"PYTHONDONTWRITEBYTECODE": "1", **environment})
    if done.code not in results or _is_missing(done, module):
        raise _tool_failed(module, done)
    return done


async def run_own(project: Project, argv: Sequence[str], environment: Mapping[str, str] = {}) -> Completed:
    """Run a command that the project itself declares; anything but exit code 0 fails."""
    done = await project.run(argv, TOOL_LIMIT_S, environment or None)
    if done.code != 0:
        raise _tool_failed(argv[0], done)
    return done


def findings(project: Project, name: str, tool: str) -> Json:
    """The JSON that `tool` wrote to scratch file `name`; StepFailed when it wrote none."""
    import json

    text = project.output(name)
    if text is None:
        raise StepFailed(Words(f"{tool} wrote no result", f"{tool} 没有写出结果"))
    try:
        return json.loads(text)
    except ValueError as error:
        raise StepFailed(Words(f"{tool}: unreadable result: {error}", f"{tool}：结果无法读取：{error}")) from error


def _is_missing(done: Completed, module: str) -> bool:
    return done.code == 1 and any(f"No module named {module}" in line for line in done.lines)


def _tool_failed(tool: str, done: Completed) -> StepFailed:
    hint = Words("", "")
    if any("No module named" in line for line in done.lines):
        hint = Words(
            f"install {tool} in the project's environment, or: pip install 'rollbook[demo]'",
            f"请在项目环境中安装 {tool}，或：pip install 'rollbook[demo]'",
        )
    return StepFailed(
        Words(f"{tool} ended with exit code {done.code}", f"{tool} 以退出码 {done.code} 结束"), done.lines, hint
    )
