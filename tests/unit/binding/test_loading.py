"""Loading a user's step functions: what is wrong with them is said with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.binding.library import Library
from rollbook.model.site import StepBinding
from rollbook.problems import Problem, ProblemsFound

HEAD = """\
from rollbook.binding.markers import check, measure, once, pure, step
from rollbook.ports import Balancer, Host
from rollbook.values import Counts, Duration, RunInfo, Sampling, Server, Verdict
"""


def problems(directory: Path, text: str, head: str = HEAD) -> tuple[Problem, ...]:
    (directory / "rollbook_steps.py").write_text(head + text, encoding="utf-8")
    try:
        Library.built_in().with_project(directory)
    except ProblemsFound as found:
        return found.problems
    return ()


@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"])
def test_arguments_from_braces_ports_and_parameters_are_all_fine(tmp_path: Path, future: str) -> None:
    text = (
        '@step("wait (at most {limit})", "等待（最多{limit}）", effect=pure)\n'
        "async def wait(server: Server, host: Host, limit: Duration, servers: list[Server], region: str, run: RunInfo,"
        "                maybe: Duration | None = None, names: list[str] = []) -> None: ...\n"
        '@measure("queue")\nasync def queue(balancer: Balancer, sampling: Sampling) -> Counts: ...\n'
        '@check("queue is empty")\nasync def empty() -> Verdict: ...\n'
    )
    assert problems(tmp_path, text, future + HEAD) == ()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('@step("wait {limit}")\nasync def f() -> None: ...\n', "limit"),
        ('@step("wait {limit}")\nasync def f(limit: Server) -> None: ...\n', "Server"),
        ('@step("wait")\nasync def f(thing) -> None: ...\n', "thing"),
        ('@step("wait")\nasync def f(thing: Path) -> None: ...\n', "Path"),
        ('@check("fine")\nasync def f() -> bool: ...\n', "Verdict"),
        ('@measure("queue")\nasync def f() -> int: ...\n', "Counts"),
        ('@check("fine")\nasync def f(): ...\n', "Verdict"),
        ('@step("wait")\ndef f() -> None: ...\n', "async"),
        ('@step("wait", effect="maybe")\nasync def f() -> None: ...\n', "maybe"),
    ],
)
def test_a_signature_that_cannot_be_served_is_an_error_with_its_line(tmp_path: Path, text: str, word: str) -> None:
    (problem,) = problems(tmp_path, text, "from pathlib import Path\n" + HEAD)
    assert problem.rule == "step-signature"
    assert problem.file == str(tmp_path / "rollbook_steps.py")
    assert problem.at.line == 5
    assert word in problem.summary.en
    assert word in problem.summary.zh


def test_every_wrong_signature_is_reported_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, '@step("a")\ndef f(x) -> None: ...\n@check("b")\nasync def g() -> None: ...\n')
    assert len(found) == 3


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("x = (\n", 1, "never closed"),
        ("x = 1\nimport no_such_module_anywhere\n", 2, "no_such_module_anywhere"),
        ("x = 1\n\ny = 1 / 0\n", 3, "ZeroDivisionError"),
        ('@step("a", effect="sometimes", colour=3)\nasync def f() -> None: ...\n', 1, "colour"),
    ],
)
def test_a_file_that_does_not_load_is_an_error_with_its_line(tmp_path: Path, text: str, line: int, word: str) -> None:
    head = "from rollbook.binding.markers import step; "
    (problem,) = problems(tmp_path, text, head if text.startswith("x") else head + "\n")
    assert problem.rule == "step-does-not-load"
    assert problem.at.line == line + (0 if text.startswith("x") else 1)
    assert word in problem.summary.en


def test_a_site_target_that_does_not_load_is_an_error_with_the_site_files_line(tmp_path: Path) -> None:
    (tmp_path / "money.py").write_text("async def count() -> None: ...\n")
    for target in ("money:spend", "honey:count"):
        with pytest.raises(ProblemsFound) as found:
            Library.built_in().with_site([StepBinding("count", target, line=12)], tmp_path, "rollbook.toml")
        (problem,) = found.value.problems
        assert (problem.rule, problem.file, problem.at.line) == ("step-does-not-load", "rollbook.toml", 12)


def test_a_site_target_needs_no_mark_and_its_phrases_braces_are_checked(tmp_path: Path) -> None:
    (tmp_path / "money.py").write_text("async def count(share: float) -> None: ...\n")
    library = Library.built_in().with_site([StepBinding("count {share} of it", "money:count")], tmp_path)
    found = library.find("count {} of it")
    assert found is not None
    assert found.mark.effect == "once"
    with pytest.raises(ProblemsFound):
        Library.built_in().with_site([StepBinding("count {part} of it", "money:count")], tmp_path)


def test_an_unmarked_target_is_what_it_returns(tmp_path: Path) -> None:
    (tmp_path / "money.py").write_text(
        "from rollbook.values import Counts, Verdict\n"
        "async def enough() -> Verdict: ...\nasync def count() -> Counts: ...\nasync def spend() -> None: ...\n"
    )
    steps = [StepBinding(f"{name} money", f"money:{name}") for name in ("enough", "count", "spend")]
    library = Library.built_in().with_site(steps, tmp_path)
    kinds = [f.kind for f in library.all() if f.origin == "site"]
    assert kinds == ["check", "measure", "step"]


def test_two_functions_of_one_name_are_an_error_instead_of_a_phrase_lost(tmp_path: Path) -> None:
    text = '@step("warm the cache")\nasync def f() -> None: ...\n@step("cool it down")\nasync def f() -> None: ...\n'
    (problem,) = problems(tmp_path, text)
    assert (problem.rule, problem.at.line) == ("two-bindings", 6)
    assert "f" in problem.summary.en
    assert "f" in problem.summary.zh


def test_branches_that_define_a_function_either_way_are_fine(tmp_path: Path) -> None:
    one = '    @step("warm the cache")\n    async def f() -> None: ...\n'
    assert problems(tmp_path, f"if True:\n{one}else:\n{one}") == ()
