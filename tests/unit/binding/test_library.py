"""The library: look-up order, doubles, hashes, and what the built-in part promises."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest

from rollbook.binding.library import Library, bindings_of, library_for
from rollbook.binding.validation import validate
from rollbook.model.phrases import phrase_of
from rollbook.model.site import StepBinding
from rollbook.problems import ProblemsFound, Refused
from templates import plan_of

HEAD = """\
from rollbook.binding.markers import check, idempotent, measure, once, pure, step
from rollbook.values import Counts, Duration, Server, Verdict

"""
BELL = HEAD + '@step("ring the bell", effect=pure)\nasync def ring() -> None: ...\n'


def project(directory: Path, text: str, name: str = "rollbook_steps.py") -> Path:
    (directory / name).write_text(text, encoding="utf-8")
    return directory


def find(library: Library, text: str) -> str:
    found = library.find(phrase_of(text)[0])
    return found.binding.partition("@")[0] if found else ""


def test_every_built_in_function_is_valid_and_declares_both_languages() -> None:
    library = Library.built_in()
    functions = {f.binding: f for f in library.all()}
    assert len(functions) > 30
    for binding, found in functions.items():
        loaded = next(s.functions[binding.partition("@")[0]] for s in library._sources)
        assert list(validate(loaded)) == []
        phrases = found.mark.phrases
        assert any("一" <= c <= "鿿" for p in phrases for c in p), binding
        assert any(p.isascii() for p in phrases), binding


def test_m19_every_built_in_step_is_pure_or_idempotent() -> None:
    effects = {f.mark.effect for f in Library.built_in().all() if f.kind == "step"}
    assert effects <= {"pure", "idempotent"}


def test_a_projects_steps_come_before_the_sites_and_those_before_the_built_in_ones(tmp_path: Path) -> None:
    project(tmp_path, HEAD + '@step("build the image", effect=pure)\nasync def ours() -> None: ...\n')
    project(tmp_path, HEAD + "async def theirs() -> None: ...\n", "shop.py")
    built_in = Library.built_in()
    site = built_in.with_site([StepBinding("build the image", "shop:theirs", line=4)], tmp_path, "rollbook.toml")
    assert find(built_in, "Build the image") == "rollbook.steps.image:build"
    assert find(site, "Build the image") == "shop:theirs"
    assert find(site.with_project(tmp_path), "Build the image") == "rollbook_steps:ours"
    assert find(built_in.with_project(tmp_path).with_site([StepBinding("x", shell="y")]), "build the image") == (
        "rollbook_steps:ours"
    )


def test_a_sites_shell_command_is_a_step(tmp_path: Path) -> None:
    library = Library.built_in().with_site([StepBinding("ring {count} times", shell="bell $COUNT")], tmp_path)
    found = library.find(phrase_of("Ring 3 times")[0], ("step",))
    assert found is not None
    assert (found.kind, found.shell, found.binding) == ("shell", "bell $COUNT", "shell")


def test_a_sites_shell_command_gets_its_values_quoted(tmp_path: Path) -> None:
    from templates import BUILD
    from templates import HEAD as TEMPLATE

    library = Library.built_in().with_site([StepBinding("build {name} twice", shell="make $NAME")], tmp_path)
    text = (TEMPLATE + BUILD).replace("Build the Docker image", "Build `a b; rm` twice")
    item = plan_of(text, library=library).steps[0].items[0]
    assert (item.kind, item.code) == ("shell", "NAME='a b; rm'\nmake $NAME")


def test_two_shell_commands_for_one_phrase_are_an_error_too(tmp_path: Path) -> None:
    steps = [StepBinding("ring twice", shell="bell", line=3), StepBinding("Ring  TWICE", shell="gong", line=4)]
    with pytest.raises(ProblemsFound) as found:
        Library.built_in().with_site(steps, tmp_path, "rollbook.toml")
    assert [(p.rule, p.at.line) for p in found.value.problems] == [("two-bindings", 4)]


def test_two_bindings_for_one_phrase_in_one_source_are_an_error_naming_both(tmp_path: Path) -> None:
    project(tmp_path, BELL + '\n@step("Ring  the bell。")\nasync def again() -> None: ...\n')
    with pytest.raises(ProblemsFound) as found:
        Library.built_in().with_project(tmp_path)
    (problem,) = found.value.problems
    assert problem.rule == "two-bindings"
    assert "ring" in problem.summary.en
    assert "again" in problem.summary.zh


def test_a_step_and_a_check_may_share_a_phrase(tmp_path: Path) -> None:
    project(tmp_path, BELL + '\n@check("ring the bell")\nasync def rang() -> Verdict: ...\n')
    library = Library.built_in().with_project(tmp_path)
    step, check = library.find("ring bell", ("step",)), library.find("ring bell", ("check",))
    assert step is not None
    assert check is not None
    assert (step.kind, check.kind) == ("step", "check")


def test_a_binding_names_the_hash_of_its_file_so_that_a_changed_helper_counts(tmp_path: Path) -> None:
    text = BELL + "\ndef helper() -> int:\n    return 1\n"
    old = Library.built_in().with_project(project(tmp_path, text))
    binding = find_binding(old)
    assert old.current_hash(binding) == binding.partition("@")[2]
    assert old.changed([binding, "manual", "shell"]) == ()
    new = Library.built_in().with_project(project(tmp_path, text.replace("return 1", "return 2")))
    assert new.changed([binding]) == (binding,)
    assert Library.built_in().changed([binding]) == (binding,)


def find_binding(library: Library) -> str:
    found = library.find("ring bell")
    assert found is not None
    return found.binding


def test_a_binding_loads_the_plain_function_and_its_mark(tmp_path: Path) -> None:
    library = Library.built_in().with_project(project(tmp_path, BELL))
    binding = find_binding(library)
    assert inspect.iscoroutinefunction(library.load(binding))
    assert library.mark(binding).effect == "pure"
    with pytest.raises(Refused):
        library.load("rollbook_steps:gone@00000000")


def test_a_plans_bindings_are_listed_with_their_hashes() -> None:
    hashes = bindings_of(plan_of().items().values())
    assert len(hashes["rollbook.steps.traffic:leave"]) == 8
    assert "manual" not in hashes


def test_the_nearest_phrases_are_named_best_first() -> None:
    assert Library.built_in().nearest("build docker images", ("step",))[0].casefold() == "build the docker image"
    assert Library.built_in().nearest("qqqq") == ()


def test_the_project_is_beside_the_document_else_beside_the_site_else_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("docs", "site", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    args = ([str(tmp_path / "docs" / "a.md")], (), str(tmp_path / "site"), "")
    assert find(library_for(*args), "ring the bell") == ""
    for name in ("here", "site", "docs"):
        project(tmp_path / name, BELL.replace("ring()", f"ring_{name}()"))
        assert find(library_for(*args), "ring the bell") == f"rollbook_steps:ring_{name}"


def test_libraries_below_the_project_directory_stay_imported(tmp_path: Path) -> None:
    place = tmp_path / ".venv" / "lib"
    place.mkdir(parents=True)
    (place / "bell_library.py").write_text("VALUE = 7\n")
    project(tmp_path, f"import sys\nsys.path.append({str(place)!r})\nimport bell_library\n" + BELL)
    try:
        Library.built_in().with_project(tmp_path)
        assert "bell_library" in sys.modules
    finally:
        sys.path.remove(str(place))
        del sys.modules["bell_library"]


def test_a_changed_helper_file_beside_the_steps_changes_their_hash(tmp_path: Path) -> None:
    project(tmp_path, BELL + "import bell_helpers\n")
    hashes = set()
    for value in (7, 8):
        project(tmp_path, f"VALUE = {value}\n", "bell_helpers.py")
        hashes.add(find_binding(Library.built_in().with_project(tmp_path)))
    assert len(hashes) == 2


def test_user_files_do_not_stay_importable(tmp_path: Path) -> None:
    project(tmp_path, "VALUE = 7\n", "bell_helpers.py")
    project(tmp_path, BELL + "import bell_helpers\nassert bell_helpers.VALUE == 7\n")
    before, path = set(sys.modules), list(sys.path)
    Library.built_in().with_project(tmp_path)
    left = {n for n in set(sys.modules) - before if "bell" in n or "rollbook_steps" in n or "rollbook_user" in n}
    assert left == set()
    assert sys.path == path
