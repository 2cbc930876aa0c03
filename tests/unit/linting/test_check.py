"""`check` over files: all problems at once, of documents, of the project's step functions and of the site file."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.app.check import check
from rollbook.views.problems import render

GOOD = """\
# Release
## Steps
### 1. Build [action]
**Actions**:
- build the Docker image
"""
WARNED = GOOD + "- make tea\n- push the image to the registry\n"
TEA = """\
from rollbook import once, step

@step("make tea", effect=once)
async def tea() -> None: ...
"""
WRONG = GOOD + "- build the Docker image ${nothing}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory which the command works in, so that paths in problems are as they were given."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def found(*paths: str) -> list[tuple[str, str]]:
    return [(p.file, p.rule) for p in check(paths).problems]


def test_a_document_without_problems_passes(here: Path) -> None:
    result = check([written("good.md", GOOD)])
    assert (result.problems, result.exit_code) == ((), 0)
    assert [(d.path, d.kind) for d in result.documents] == [("good.md", "template")]


def test_warnings_pass_and_errors_do_not(here: Path) -> None:
    assert check([written("warned.md", WARNED)]).exit_code == 0
    assert check([written("wrong.md", WRONG)]).exit_code == 2


def test_strict_promotes_warnings_and_leaves_notes(here: Path) -> None:
    noted = GOOD.replace("## Steps", "## Parameters\n```yaml\nparameters:\n  unused: {type: string}\n```\n## Steps")
    assert check([written("noted.md", noted)], strict=True).exit_code == 0
    assert check([written("warned.md", WARNED)], strict=True).exit_code == 2


def test_all_documents_are_read_although_one_cannot_be(here: Path) -> None:
    paths = [written("wrong.md", WRONG), "missing.md", written("warned.md", WARNED)]
    assert {"wrong.md", "missing.md", "warned.md"} == {file for file, _ in found(*paths)}
    assert check(paths).exit_code == 2


def test_the_order_of_the_arguments_does_not_matter(here: Path) -> None:
    paths = [written("wrong.md", WRONG), written("warned.md", WARNED)]
    assert found(*paths) == found(*reversed(paths))


def test_a_document_named_twice_is_read_once(here: Path) -> None:
    path = written("warned.md", WARNED)
    assert found(path, path) == [("warned.md", "unbound")]


def test_a_project_s_own_step_binds_its_phrase(here: Path) -> None:
    path = written("warned.md", WARNED)
    written(
        "rollbook_steps.py",
        'from rollbook import once, step\n\n\n@step("make tea", effect=once)\nasync def tea(): ...\n',
    )
    assert found(path) == []


def test_a_project_s_steps_that_do_not_load_are_one_problem_among_the_others(here: Path) -> None:
    path = written("wrong.md", WRONG)
    written("rollbook_steps.py", "import nowhere_at_all\n")
    assert {"step-does-not-load", "unknown-name"} <= {rule for _, rule in found(path)}


def test_a_broken_site_file_is_one_problem_among_the_others(here: Path) -> None:
    path = written("wrong.md", WRONG)
    written("rollbook.toml", "name = [broken\n")
    assert {"site-file", "unknown-name"} <= {rule for _, rule in found(path)}
    assert "name = [broken" in render(check([path]), "text", "en")


def test_a_document_mostly_for_people_gets_one_finding_for_all_that_is_unbound(here: Path) -> None:
    bullets = "".join(f"- ask person number {n} in the corridor\n" for n in range(20))
    assert found(written("people.md", GOOD + bullets)) == [("people.md", "unbound")]


def test_procedures_are_read_and_not_asked_for_bindings(here: Path) -> None:
    result = check([written("sop.md", "# Nightly SOP\n\n1. log in\n2. look at the file\n")])
    assert ([d.kind for d in result.documents], result.problems) == (["procedure"], ())


def test_nothing_is_written_by_check(here: Path) -> None:
    check([written("wrong.md", WRONG)])
    assert [path.name for path in here.iterdir()] == ["wrong.md"]


def test_a_runbook_with_a_word_in_brackets_in_its_title_is_a_procedure(here: Path) -> None:
    result = check([written("alert.md", "# DiskFull [Deprecated]\n\n1. look at the disk\n")])
    assert ([d.kind for d in result.documents], result.problems) == (["procedure"], ())


def test_what_broken_parameters_hide_is_not_reported_as_unknown(here: Path) -> None:
    broken = "## Parameters\n```yaml\nparameters:\n  version: {type: string\n```\n"
    text = GOOD.replace("## Steps", broken + "## Steps") + "- build the Docker image ${version}\n"
    assert "broken-yaml" in {rule for _, rule in found(written("broken.md", text))}
    assert "unknown-name" not in {rule for _, rule in found("broken.md")}


def test_a_parameter_that_a_bound_function_takes_is_used(here: Path) -> None:
    declared = "## Parameters\n```yaml\nparameters:\n  sugar: {type: integer}\n```\n## Steps"
    path = written("tea.md", GOOD.replace("## Steps", declared) + "- make tea\n")
    written("rollbook_steps.py", TEA.replace("tea()", "tea(sugar: int)"))
    assert found(path) == []
    written("rollbook_steps.py", TEA)
    assert found(path) == [("tea.md", "unused-parameter")]


def test_a_word_for_false_is_a_booleans_default(tmp_path: Path) -> None:
    """A parameter table gives defaults as words: 否 of a boolean is no second kind of value."""
    document = tmp_path / "table.md"
    document.write_text(TABLE, encoding="utf-8")
    assert check([str(document)]).problems == ()


TABLE = """# 发布

## 参数

| 名称 | 类型 | 必填 | 默认值 |
|---|---|---|---|
| environment | 字符串 | 是 | |
| servers | 列表 | 是 | |
| version | 字符串 | 是 | |
| skip_tests | 布尔 | 否 | 否 |

## 步骤

### 1. 检查 [action]
**执行内容**:
- 运行代码静态分析工具

**跳过条件**:
- 参数 `skip_tests` 为 true
"""
