"""The project's tests: run once, counted from JUnit, critical ones by marker (M12)."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rollbook.binding.markers import pure, step
from rollbook.ports import Project
from rollbook.problems import StepFailed
from rollbook.steps.saying import count_of, said
from rollbook.steps.toolchain import findings, levels, own_command, python_of, require_sources, run_own, run_tool
from rollbook.values import Json, RunInfo, Words

PLUGINS = Path(__file__).with_name("plugins")
JUNIT = "junit.xml"
INTEGRATION = "integration-tests"
NO_INTEGRATION = Words("the project has no integration tests", "项目没有集成测试")
NO_INTEGRATION_HINT = Words(
    'put them into tests/integration, or name a command: [tool.rollbook] integration-tests = ["program", …]',
    '请放在 tests/integration 中，或写明命令：[tool.rollbook] integration-tests = ["程序", …]',
)
PASSED, FAILED, INTERRUPTED, NO_TESTS = 0, 1, 2, 5


class Outcome(NamedTuple):
    """One test: passed | failed | error | skipped."""

    name: str
    state: str
    critical: bool


@step(
    "执行 pytest 或相应测试框架",
    "执行 pytest",
    "运行 pytest",
    "执行单元测试",
    "运行单元测试",
    "运行所有单元测试",
    "运行测试",
    "run pytest",
    "run pytest or the corresponding test framework",
    "run unit tests",
    "run all unit tests",
    "run the tests",
    effect=pure,
)
async def run_tests(project: Project, run: RunInfo) -> dict[str, Json]:
    """Run pytest with coverage. Failing tests are a result, not a failure of the step; no tests is no data. Integration
    tests are left to a step of their own: they need the running service.

    Facts: tests.total, .passed, .failed, .errors, .skipped, .critical_total, .critical_passed, .failing (first ten)."""
    require_sources(project)
    apart = integration_directory(project.has)
    return _counted(await _pytest(project, [f"--ignore={apart}"] if apart else []), run)


@step(
    "执行集成测试",
    "运行集成测试",
    "执行接口测试",
    "运行接口测试",
    "run the integration tests",
    "run integration tests",
    effect=pure,
)
async def run_integration_tests(project: Project, run: RunInfo) -> dict[str, Json]:
    """Run the project's integration tests: its own `[tool.rollbook] integration-tests` command, which passes or fails,
    else pytest on the directory of that name. They find VERSION, ENVIRONMENT and SERVICE_URL in their environment.

    Facts: as for the unit tests."""
    require_sources(project)
    environment = {"VERSION": run.version, "ENVIRONMENT": run.environment}
    if own := own_command(project, INTEGRATION):
        await run_own(project, own, environment)
        return {**_facts([Outcome(INTEGRATION, "passed", critical=False)]), "detail": shlex.join(own)}
    directory = integration_directory(project.has)
    if not directory:
        raise StepFailed(NO_INTEGRATION, hint=NO_INTEGRATION_HINT)
    return _counted(await _pytest(project, [directory], environment, cover=False), run)


def integration_directory(has: Callable[[str], bool]) -> str:
    """Where a project keeps its integration tests, by the usual names; "" when it has none."""
    return next((d for d in levels()["pytest"]["integration"] if has(d)), "")


def has_integration_tests(root: Path) -> bool:
    """Whether the project in this directory has what `run_integration_tests` runs."""
    import tomllib

    file = root / "pyproject.toml"
    try:
        declared = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError):
        declared = {}
    own = declared.get("tool", {}).get("rollbook", {}).get(INTEGRATION)
    return bool(own) or bool(integration_directory(lambda name: (root / name).is_dir()))


async def _pytest(
    project: Project, chosen: Sequence[str], environment: Mapping[str, str] = {}, cover: bool = True
) -> list[Outcome]:
    """Every test that pytest ran. Failing tests are a result."""
    variables = {
        **environment,
        "PYTHONPATH": str(PLUGINS),
        "ROLLBOOK_CRITICAL": ",".join(levels()["pytest"]["critical"]),
        "COVERAGE_FILE": str(project.scratch("coverage.db")),
    }
    measured = cover and (await project.run([python_of(project), "-c", "import pytest_cov"], 60.0)).code == 0
    arguments = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "rollbook_critical",
        f"--junitxml={project.scratch(JUNIT)}",
        *(["--cov=.", "--cov-report="] if measured else []),
        *chosen,
    ]
    done = await run_tool(project, "pytest", arguments, (PASSED, FAILED, INTERRUPTED, NO_TESTS), variables)
    text = project.output(JUNIT)
    if text is None:
        raise StepFailed(Words("pytest wrote no result", "pytest 没有写出结果"), done.lines)
    return list(read_junit(text))


def _counted(outcomes: list[Outcome], run: RunInfo) -> dict[str, Json]:
    """The counts as facts, and in words."""
    facts = _facts(outcomes)
    passed, total, failing = facts["tests.passed"], facts["tests.total"], ", ".join(facts["tests.failing"][:3])
    detail = said(run, f"{passed} of {total} passed", f"{total} 个测试中 {passed} 个通过")
    return {**facts, "detail": f"{detail}: {failing}" if failing else detail}


@step(
    "生成测试覆盖率报告",
    "生成覆盖率报告",
    "统计测试覆盖率",
    "generate a test coverage report",
    "generate a coverage report",
    effect=pure,
)
async def coverage(project: Project, run: RunInfo) -> dict[str, Json]:
    """Turn what the test run recorded into a report. Facts: coverage.percent (0 to 100), coverage.report (a path)."""
    out = project.scratch("coverage.json")
    arguments = [f"--data-file={project.scratch('coverage.db')}", "-o", str(out)]
    if count_of(run, "tests.total") == 0:
        return {"coverage.report": ""}
    await run_tool(project, "coverage", ["json", "-q", *arguments], results=(0,))
    totals = findings(project, "coverage.json", "coverage")["totals"]
    percent = round(float(totals["percent_covered"]), 2)
    return {"coverage.percent": percent, "coverage.report": str(out), "detail": f"{percent:g} %"}


@step(
    "验证测试通过率",
    "检查测试通过率",
    "统计测试通过率",
    "verify the test pass rate",
    effect=pure,
)
async def pass_rate(run: RunInfo) -> str:
    """Say how many tests passed. It judges nothing (M12); the document's conditions do."""
    counted = [count_of(run, f"tests.{name}") for name in ("passed", "failed", "errors")]
    if None in counted:
        return said(run, "no test results", "没有测试结果")
    total = sum(c or 0 for c in counted)
    return said(run, f"{counted[0]} of {total} passed", f"{total} 个测试中 {counted[0]} 个通过")


def read_junit(text: str) -> Iterator[Outcome]:
    """Every test case of a JUnit file. A case with both a failure and an error counts once, as failed."""
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise StepFailed(Words(f"unreadable JUnit file: {error}", f"JUnit 文件无法读取：{error}")) from error
    for case in root.iter("testcase"):
        tags = {child.tag for child in case}
        states = (("failure", "failed"), ("error", "error"), ("skipped", "skipped"))
        state = next((state for tag, state in states if tag in tags), "passed")
        critical = any(p.get("name") == "rollbook.critical" for p in case.iter("property"))
        yield Outcome(f"{case.get('classname', '')}::{case.get('name', '')}", state, critical)


def _facts(outcomes: list[Outcome]) -> dict[str, Json]:
    def number(state: str) -> int:
        return sum(o.state == state for o in outcomes)

    critical = [o for o in outcomes if o.critical and o.state != "skipped"]
    return {
        "tests.total": len(outcomes),
        "tests.passed": number("passed"),
        "tests.failed": number("failed"),
        "tests.errors": number("error"),
        "tests.skipped": number("skipped"),
        "tests.critical_total": len(critical),
        "tests.critical_passed": sum(o.state == "passed" for o in critical),
        "tests.failing": [o.name for o in outcomes if o.state in ("failed", "error")][:10],
    }
