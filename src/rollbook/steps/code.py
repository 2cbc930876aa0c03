"""The source is looked at: analysis, style, security, dependencies. Findings are results; conditions judge (M12)."""

from __future__ import annotations

import re
from typing import Any

from rollbook.binding.markers import pure, step
from rollbook.ports import Project
from rollbook.steps.dependencies import conflicts_of, declared_of
from rollbook.steps.saying import said
from rollbook.steps.toolchain import findings, levels, python_of, require_sources, run_tool
from rollbook.values import Json, RunInfo

QUIET = ("--no-cache", "--extend-exclude=.rollbook")
"""Ruff leaves nothing behind and looks at nothing that Rollbook keeps."""

LISTING = """
import importlib.metadata, json, sys
found = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions() if d.metadata["Name"]}
with open(sys.argv[1], "w") as out:
    json.dump(found, out)
"""


@step(
    "运行代码静态分析工具",
    "运行静态代码分析",
    "运行代码静态分析",
    "代码静态分析",
    "静态代码检查",
    "执行静态代码分析",
    "run static code analysis",
    "run static code analysis tools",
    "run static analysis",
    "run static analysis tools",
    "run the linter",
    "static code analysis",
    effect=pure,
)
async def analyse(project: Project, run: RunInfo) -> dict[str, Json]:
    """Analyse the project with ruff under its own rules, and under those that find code which cannot work.

    Facts: lint.total, lint.serious."""
    require_sources(project)
    serious = tuple(levels()["ruff"]["serious"])
    select = ",".join(code for code in serious if code != "invalid-syntax")
    out = project.scratch("ruff.json")
    arguments = ["check", *QUIET, "--extend-select", select, "--output-format=json", f"--output-file={out}", "."]
    await run_tool(project, "ruff", arguments, results=(0, 1))
    found = findings(project, "ruff.json", "ruff")
    bad = sum(_code(f).startswith(serious) for f in found)
    detail = said(run, f"ruff: {len(found)} findings, {bad} serious", f"ruff：{len(found)} 个问题，{bad} 个严重")
    return {"lint.total": len(found), "lint.serious": bad, "detail": detail}


@step(
    "检查代码规范符合性",
    "检查代码规范",
    "代码规范检查",
    "检查代码风格",
    "check coding standard compliance",
    "check code style",
    effect=pure,
)
async def style(project: Project, run: RunInfo) -> dict[str, Json]:
    """Count style findings and files that ruff would format differently. Facts: style.total, style.unformatted."""
    require_sources(project)
    out = project.scratch("style.json")
    arguments = ["check", *QUIET, "--output-format=json", f"--output-file={out}", "."]
    await run_tool(project, "ruff", arguments, results=(0, 1))
    formatted = await run_tool(project, "ruff", ["format", *QUIET, "--check", "."], results=(0, 1))
    counted = re.search(r"(\d+) files? would be reformatted", "\n".join(formatted.lines))
    found, changed = len(findings(project, "style.json", "ruff")), int(counted[1]) if counted else 0
    detail = said(run, f"{found} findings, {changed} files unformatted", f"{found} 个问题，{changed} 个文件未格式化")
    return {"style.total": found, "style.unformatted": changed, "detail": detail}


@step(
    "扫描安全漏洞",
    "安全漏洞扫描",
    "执行安全扫描",
    "安全扫描",
    "运行安全扫描",
    "scan for security vulnerabilities",
    "scan for vulnerabilities",
    "run a security scan",
    "security scan",
    effect=pure,
)
async def scan(project: Project, run: RunInfo) -> dict[str, Json]:
    """Scan the source, tests left out, with bandit. Facts: security.total, security.high."""
    require_sources(project)
    out = project.scratch("bandit.json")
    left_out = "./.venv,./.git,./tests,./test,./build,./dist,./node_modules,./.rollbook"
    await run_tool(project, "bandit", ["-q", "-r", ".", "-x", left_out, "-f", "json", "-o", str(out)], results=(0, 1))
    found = findings(project, "bandit.json", "bandit").get("results", [])
    high = sum(f.get("issue_severity") in levels()["bandit"]["high"] for f in found)
    detail = said(run, f"bandit: {len(found)} findings, {high} high", f"bandit：{len(found)} 个问题，{high} 个高危")
    return {"security.total": len(found), "security.high": high, "detail": detail}


@step(
    "检查依赖版本",
    "检查依赖",
    "依赖版本检查",
    "检查依赖项版本",
    "check dependency versions",
    "check dependencies",
    effect=pure,
)
async def dependencies(project: Project, run: RunInfo) -> dict[str, Json]:
    """Compare what is installed with what the project declares, offline; no advisory service is asked.

    Facts: dependencies.total, dependencies.conflicts, and dependencies.listed, the conflicts in words."""
    require_sources(project)
    out = project.scratch("installed.json")
    done = await project.run([python_of(project), "-c", LISTING, str(out)], 60.0)
    installed = findings(project, "installed.json", "python") if done.code == 0 else {}
    declared = declared_of(project)
    conflicts = conflicts_of(declared, installed)
    detail = said(
        run,
        f"{len(declared)} declared, {len(conflicts)} conflicts; advisories not asked: offline",
        f"声明 {len(declared)} 个，{len(conflicts)} 个冲突；离线，未查询漏洞公告",
    )
    return {
        "dependencies.total": len(declared),
        "dependencies.conflicts": len(conflicts),
        "dependencies.listed": list(conflicts),
        "detail": detail,
    }


def _code(finding: dict[str, Any]) -> str:
    """Ruff's rule code; older versions give none for a syntax error."""
    return str(finding.get("code") or "invalid-syntax")
