"""Real tools on real projects: findings are results, a tool that could not look is a failure (M12)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from rollbook.adapters.project import ProjectDirectory
from rollbook.ports.fakes.tooling import junit, writing
from rollbook.problems import StepFailed
from rollbook.steps import checks, code, figures, image, source, tests

pytestmark = pytest.mark.slow

BROKEN = "import os\nimport pickle\n\n\ndef load(data):\n    print(undefined_name)\n    return pickle.loads(data)\n"
SHELL = "import subprocess\n\nsubprocess.call('ls ' + input(), shell=True)\n"


@pytest.fixture
def shop(example_project: Path, tmp_path: Path) -> ProjectDirectory:
    """A copy of the example project, where the embedded site keeps it."""
    root = tmp_path / ".rollbook" / "project"
    shutil.copytree(example_project, root, ignore=shutil.ignore_patterns("__pycache__"))
    return ProjectDirectory(root, tmp_path / ".rollbook" / "runs" / "r1" / "scratch")


@pytest.fixture
def at(scene, shop):
    """The scene with a real project behind its port."""
    scene.site.project = shop
    return scene


async def learn(scene, *functions):
    for function in functions:
        answer = await scene.do(function)
        if isinstance(answer, dict):
            scene.knowing(answer)
    return scene.run.facts


async def test_m12_the_example_project_is_clean_under_every_tool(at) -> None:
    facts = await learn(at, code.analyse, code.style, code.scan, code.dependencies)
    names = ("lint.total", "lint.serious", "style.total", "style.unformatted", "security.total", "security.high",
             "dependencies.conflicts")  # fmt: skip
    assert {name: facts[name] for name in names} == dict.fromkeys(names, 0)
    assert facts["dependencies.total"] >= 1
    for condition in (
        checks.no_serious_findings,
        checks.no_high_vulnerabilities,
        checks.no_conflicts,
        checks.style_clean,
    ):
        assert (await at.do(condition)).state == "pass"


async def test_m12_serious_findings_and_high_risks_are_counted_by_the_named_levels(at, shop) -> None:
    (shop.root / "shop" / "broken.py").write_text(BROKEN)
    (shop.root / "shop" / "shell.py").write_text(SHELL)
    facts = await learn(at, code.analyse, code.scan)
    assert facts["lint.serious"] == 1
    assert facts["lint.total"] > facts["lint.serious"]
    assert facts["security.high"] == 1
    assert facts["security.total"] > facts["security.high"]
    assert (await at.do(checks.no_serious_findings)).state == "fail"
    assert (await at.do(checks.no_high_vulnerabilities)).state == "fail"


async def test_m12_a_syntax_error_is_serious(at, shop) -> None:
    (shop.root / "shop" / "half.py").write_text("def half(:\n")
    assert (await learn(at, code.analyse))["lint.serious"] >= 1


async def test_style_counts_what_the_formatter_would_change(at, shop) -> None:
    (shop.root / "shop" / "ugly.py").write_text("x  =  1\n")
    assert (await learn(at, code.style))["style.unformatted"] == 1
    assert (await at.do(checks.style_clean)).state == "fail"


async def test_m12_dependencies_are_compared_with_what_is_installed(at, shop) -> None:
    (shop.root / "requirements.txt").write_text("msgspec>=999  # not yet\nno-such-package\npytest\n-r other.txt\n")
    facts = await learn(at, code.dependencies)
    assert facts["dependencies.conflicts"] == 2
    assert any("msgspec>=999" in line and "is installed" in line for line in facts["dependencies.listed"])
    assert any("no-such-package: not installed" in line for line in facts["dependencies.listed"])


async def test_m12_advisories_that_nobody_asked_for_are_no_data(at) -> None:
    assert (await at.do(checks.no_advisories)).state == "no_data"


@pytest.mark.parametrize(
    "function", [code.analyse, code.scan, code.dependencies, tests.run_tests, image.compile_sources]
)
async def test_m12_an_empty_project_is_refused(at, tmp_path, function) -> None:
    (tmp_path / "empty").mkdir()
    at.site.project = ProjectDirectory(tmp_path / "empty", tmp_path / "scratch")
    with pytest.raises(StepFailed, match="no project in"):
        await at.do(function)


async def test_m12_the_tests_of_the_example_project_pass_with_critical_ones_and_coverage(at) -> None:
    facts = await learn(at, tests.run_tests, tests.coverage, tests.pass_rate)
    assert facts["tests.total"] == facts["tests.passed"] > 20
    assert facts["tests.critical_total"] == facts["tests.critical_passed"] >= 5
    assert facts["coverage.percent"] > 80
    counts = await at.do(figures.test_pass_rate)
    assert (counts.n, counts.events) == (facts["tests.total"], facts["tests.total"])
    assert (await at.do(checks.critical_tests)).state == "pass"


async def test_m12_failing_tests_are_a_result_and_not_a_failure_of_the_step(at, shop) -> None:
    failing = "import pytest\n\n@pytest.mark.critical\ndef test_a():\n    assert False\n\n\ndef test_b():\n    1 / 0\n"
    skipped = "\n\n@pytest.mark.skip\ndef test_c():\n    pass\n\n\n@pytest.fixture\ndef bad():\n    raise OSError\n"
    (shop.root / "tests" / "test_more.py").write_text(failing + skipped + "\n\ndef test_d(bad):\n    pass\n")
    facts = await learn(at, tests.run_tests)
    assert (facts["tests.failed"], facts["tests.errors"], facts["tests.skipped"]) == (2, 1, 1)
    assert facts["tests.critical_total"] - facts["tests.critical_passed"] == 1
    assert "tests.test_more::test_a" in facts["tests.failing"]
    assert (await at.do(checks.critical_tests)).state == "fail"
    assert (await at.do(checks.all_tests_pass)).state == "fail"


async def test_m12_no_tests_are_no_data(at, shop) -> None:
    shutil.rmtree(shop.root / "tests")
    facts = await learn(at, tests.run_tests, tests.coverage)
    assert facts["tests.total"] == 0
    assert (await at.do(figures.test_pass_rate)).n == 0
    for condition in (checks.critical_tests, checks.all_tests_pass):
        assert (await at.do(condition)).state == "no_data"


async def test_m12_no_test_marked_critical_is_no_data_for_the_critical_ones(at, shop) -> None:
    for file in (shop.root / "tests").glob("test_*.py"):
        file.write_text(file.read_text().replace("@pytest.mark.critical\n", ""))
    facts = await learn(at, tests.run_tests)
    assert facts["tests.passed"] > 0
    assert (await at.do(checks.critical_tests)).state == "no_data"


async def test_tests_that_cannot_be_collected_count_as_errors(at, shop) -> None:
    (shop.root / "tests" / "test_half.py").write_text("import no_such_module\n")
    facts = await learn(at, tests.run_tests)
    assert facts["tests.errors"] == 1


async def test_m12_pytest_that_cannot_run_at_all_fails_with_its_last_lines(at, shop) -> None:
    (shop.root / "tests" / "conftest.py").write_text("raise SystemError('no database')\n")
    with pytest.raises(StepFailed, match="pytest ended with exit code 4") as failed:
        await at.do(tests.run_tests)
    assert any("no database" in line for line in failed.value.output)


@pytest.mark.parametrize(
    ("function", "tool"), [(code.analyse, "ruff"), (code.scan, "bandit"), (tests.run_tests, "pytest")]
)
async def test_m12_a_tool_that_is_not_installed_fails_and_says_how_to_get_it(scene, function, tool) -> None:
    scene.site.project.tools[tool] = writing("", 1, [f"python: No module named {tool}"])
    scene.site.project.tools["-c"] = writing("", 1)
    with pytest.raises(StepFailed) as failed:
        await scene.do(function)
    assert f"install {tool}" in failed.value.hint.en


async def test_a_tool_that_wrote_nothing_or_nonsense_is_no_clean_bill(scene) -> None:
    scene.site.project.tools["ruff"] = writing("{half", 0)
    with pytest.raises(StepFailed, match="unreadable"):
        await scene.do(code.analyse)
    scene.site.project.outputs.clear()
    scene.site.project.tools["ruff"] = lambda _: writing("")(["no file named"])
    with pytest.raises(StepFailed, match="wrote no result"):
        await scene.do(code.analyse)


async def test_a_share_below_the_asked_one_fails(scene) -> None:
    from rollbook.values import Percent

    scene.site.project.tools["pytest"] = writing(junit(9, failed=1, critical=4), 1)
    await learn(scene, tests.run_tests)
    assert (await scene.do(checks.critical_tests, share=Percent(0.75))).state == "pass"
    assert (await scene.do(checks.critical_tests)).state == "fail"


async def test_sources_compile_and_broken_ones_do_not(at, shop) -> None:
    before = sorted(p.relative_to(shop.root) for p in shop.root.rglob("*"))
    assert "byte code" in await at.do(image.compile_sources)
    assert sorted(p.relative_to(shop.root) for p in shop.root.rglob("*")) == before
    (shop.root / "shop" / "half.py").write_text("def half(:\n")
    with pytest.raises(StepFailed, match="compileall"):
        await at.do(image.compile_sources)


async def test_the_package_holds_the_application_without_its_tests(at) -> None:
    import tarfile

    facts = await learn(at, image.package)
    with tarfile.open(facts["package.path"]) as archive:
        names = archive.getnames()
    assert "shop/checkout.py" in names
    assert not any(name.startswith("tests") for name in names)


async def test_a_projects_own_commands_come_first(at, shop) -> None:
    file = shop.root / "pyproject.toml"
    file.write_text(file.read_text() + '\n[tool.rollbook]\ncompile = ["touch", "compiled"]\npackage = ["false"]\n')
    assert "own command" in await at.do(image.compile_sources)
    assert shop.has("compiled")
    with pytest.raises(StepFailed, match="exit code 1"):
        await at.do(image.package)


async def test_what_rollbook_keeps_inside_a_project_is_not_the_projects(at, shop) -> None:
    (shop.root / ".rollbook" / "old").mkdir(parents=True)
    (shop.root / ".rollbook" / "old" / "test_broken.py").write_text("def half(:\n")
    facts = await learn(at, code.analyse, code.style, code.scan, tests.run_tests, image.compile_sources)
    assert (facts["lint.total"], facts["style.unformatted"], facts["tests.errors"]) == (0, 0, 0)


async def test_running_the_tools_leaves_the_project_as_it_was(at, shop) -> None:
    before = {p.relative_to(shop.root): p.read_bytes() for p in shop.root.rglob("*") if p.is_file()}
    await learn(at, code.analyse, code.style, code.scan, code.dependencies, tests.run_tests, tests.coverage,
                image.compile_sources, image.package)  # fmt: skip
    assert {p.relative_to(shop.root): p.read_bytes() for p in shop.root.rglob("*") if p.is_file()} == before


async def test_m12_integration_tests_are_not_counted_among_the_unit_tests(at, shop) -> None:
    facts = await learn(at, tests.run_tests)
    alone = facts["tests.total"], facts["tests.skipped"]
    shutil.rmtree(shop.root / "tests" / "integration")
    facts = await learn(at, tests.run_tests)
    assert (facts["tests.total"], facts["tests.skipped"]) == alone


async def test_m13_integration_tests_without_a_service_are_no_data(at) -> None:
    await learn(at, tests.run_integration_tests)
    assert (await at.do(checks.all_tests_pass)).state == "no_data"


async def test_integration_tests_are_the_projects_own(at, shop) -> None:
    directory = shop.root / "tests" / "integration"
    (directory / "test_service.py").write_text(
        "import os\n\n\ndef test_it():\n    assert os.environ['VERSION'] == 'v2.0.0'\n"
    )
    facts = await learn(at, tests.run_integration_tests)
    assert (facts["tests.total"], facts["tests.passed"]) == (1, 1)
    (directory / "test_service.py").write_text("def test_it():\n    assert False\n")
    await learn(at, tests.run_integration_tests)
    assert (await at.do(checks.all_tests_pass)).state == "fail"
    shutil.rmtree(directory)
    with pytest.raises(StepFailed, match="no integration tests"):
        await at.do(tests.run_integration_tests)


async def test_the_commit_that_is_checked_out_is_known_and_must_be_the_one_asked_for(at, shop) -> None:
    facts = await learn(at, source.committed)
    assert facts["source.commit"] == ""
    git(shop.root, "init", "--quiet")
    git(shop.root, "add", "shop")
    git(shop.root, "-c", "user.name=n", "-c", "user.email=e", "commit", "--quiet", "-m", "first")
    commit = (await learn(at, source.committed))["source.commit"]
    assert len(commit) == 40
    at.knowing(parameters={"commit": commit[:12]})
    assert (await at.do(source.committed))["source.changed"] == 0
    (shop.root / "shop" / "money.py").write_text("changed = True\n")
    with pytest.raises(StepFailed, match="with 1 files changed"):
        await at.do(source.committed)
    at.knowing(parameters={"commit": "0" * 40})
    with pytest.raises(StepFailed, match="checked out is"):
        await at.do(source.committed)


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True)
