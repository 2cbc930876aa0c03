"""Bad input: each one clear error, exit code 2, nothing touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

GIVEN = ("-p", "environment=staging", "-p", "servers=[a, b]", "-p", "version=v1.2.3")


@pytest.fixture
def refused(rollbook, here: Path):
    """Runs a command that must be refused; returns what it said. Nothing may have been made."""

    def run(*words: str) -> str:
        before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
        answer = rollbook(*words)
        assert answer.code == 2, answer
        assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before
        assert not (here / ".rollbook").exists()
        assert "Traceback" not in answer.err
        said = answer.err + answer.out
        assert "error" in said
        return said

    return run


@pytest.mark.parametrize("verb", ["check", "plan", "rehearse", "run"])
def test_no_such_file(refused, verb: str) -> None:
    assert "nowhere.md" in refused(verb, "nowhere.md")


@pytest.mark.parametrize("verb", ["check", "plan", "run"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("# 部署流程\n\n步骤".encode("gbk"), "GBK"),
        (b"\xff\xfe\x00\x01" * 30, "UTF-16"),
        (b"", "empty"),
        (b"\x7fELF\x00\x00\x01", "binary"),
    ],
    ids=["gbk", "utf-16", "empty", "binary"],
)
def test_no_text_file(refused, here: Path, verb: str, content: bytes, said: str) -> None:
    (here / "doc.md").write_bytes(content)
    assert said.casefold() in refused(verb, "doc.md").casefold()


def test_fifty_megabytes(refused, here: Path) -> None:
    (here / "doc.md").write_bytes(b"# a\n" * 13_000_000)
    assert "MB" in refused("check", "doc.md")


def test_no_document(refused) -> None:
    assert "document" in refused("plan")


def test_a_template_without_steps(refused, here: Path, release: str) -> None:
    text = (here / release).read_text()
    (here / release).write_text(text[: text.index("## Steps")] + text[text.index("## Rollback") :])
    refused("plan", release, *GIVEN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("### 8. ", "### 7. "),
        ("skip step 5", "go to step 99"),
        ("skip step 5", "go to step 2"),
        ("skip step 5", "go to step 8"),
    ],
    ids=["duplicate step numbers", "jump to nowhere", "cycle", "jump across the border of the rotation"],
)
def test_steps_that_do_not_fit(refused, here: Path, release: str, old: str, new: str) -> None:
    text = (here / release).read_text()
    assert old in text
    (here / release).write_text(text.replace(old, new))
    assert "release.md:" in refused("check", release)
    assert "release.md:" in refused("plan", release, "-p", "environment=development", *GIVEN[2:])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("-p", "colour=blue"), "colour"),
        (("-p", "servers=5"), "servers"),
        (("-p", "environment=moon"), "moon"),
        (("-p", "skip_tests=perhaps"), "skip_tests"),
        (("-p", "version"), "NAME=VALUE"),
        (("--strategy", "sideways"), "sideways"),
        (("--example", "99"), "99"),
        (("--request", "no-such-request"), "no-such-request"),
        (("--site", "no-such-site.toml"), "no-such-site.toml"),
        (("--time-scale", "0"), "time-scale"),
        (("--time-scale", "nan"), "time-scale"),
    ],
)
def test_options_that_do_not_fit(refused, release: str, given: tuple[str, ...], said: str) -> None:
    assert said in refused("plan", release, *GIVEN, *given)


def test_a_missing_parameter(refused, release: str) -> None:
    assert "version" in refused("plan", release, *GIVEN[:4])


def test_an_override_that_names_step_99(refused, here: Path, release: str) -> None:
    (here / "wish.md").write_text("Based on the release.md template but change:\n- skip step 99\n")
    assert "99" in refused("plan", release, *GIVEN, "--request", "wish.md")


@pytest.mark.parametrize(
    "yaml",
    [
        "parameters:\n  version: [unclosed",
        "parameters: !!python/object/apply:os.system ['true']",
        "a: &a [x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nparameters: {version: {type: string, default: *b}}",
    ],
    ids=["broken", "tag", "bomb"],
)
def test_yaml_that_is_broken_or_hostile(refused, here: Path, yaml: str) -> None:
    steps = "## Steps\n\n### 1. Report [action]\n\n**Actions**:\n- Generate the deployment report\n"
    (here / "doc.md").write_text(f"# A template\n\n## Parameters\n\n```yaml\n{yaml}\n```\n\n{steps}")
    assert "doc.md:" in refused("plan", "doc.md", "-p", "version=v1")


def test_two_bindings_for_one_phrase(refused, here: Path, release: str) -> None:
    function = '@step("check the code twice")\nasync def {name}() -> None: ...\n\n'
    (here / "rollbook_steps.py").write_text(
        "from rollbook import step\n\n" + function.format(name="one") + function.format(name="other")
    )
    assert "check the code twice" in refused("plan", release, *GIVEN)


def test_a_plan_file_edited_by_hand(refused, rollbook, here: Path, release: str) -> None:
    rollbook("plan", release, *GIVEN, "--out", "the.plan")
    plan = here / "the.plan"
    plan.write_bytes(plan.read_bytes().replace(b"v1.2.3", b"v6.6.6"))
    assert "edited" in refused("run", "--plan", "the.plan")


def test_a_plan_file_whose_documents_changed(refused, rollbook, here: Path, release: str) -> None:
    rollbook("plan", release, *GIVEN, "--out", "the.plan")
    (here / release).write_text((here / release).read_text() + "\nOne more thing.\n")
    assert "release.md" in refused("run", "--plan", "the.plan")


def test_a_plan_file_that_is_none(refused, release: str) -> None:
    assert "plan file" in refused("run", "--plan", release)


@pytest.mark.parametrize("beside", [("release.md",), ("-p", "version=v2"), ("--manual",), ("--strategy", "canary")])
def test_what_a_plan_file_holds_already_is_not_ignored_silently(refused, release: str, beside: tuple[str, ...]) -> None:
    assert "--plan" in refused("run", *beside, "--plan", "the.plan")


def test_a_plan_for_another_site(refused, rollbook, here: Path, release: str) -> None:
    rollbook("plan", release, *GIVEN, "--out", "the.plan")
    (here / "rollbook.toml").write_text('name = "elsewhere"\nkind = "embedded"\n')
    assert "elsewhere" in refused("run", "--plan", "the.plan")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pln",), "plan"),
        (("plan", "doc.md", "--manul"), "--manual"),
        (("check", "doc.md", "--format", "xml"), "xml"),
        (("check",), "DOC"),
        (("explain", "outrage"), "outage"),
        (("steps", "extra"), "extra"),
    ],
)
def test_words_that_are_no_command_name_the_nearest(refused, words: tuple[str, ...], said: str) -> None:
    assert said in refused(*words)


@pytest.mark.parametrize(
    "verb", ["show", "report", "approve", "reject", "pause", "resume", "abort", "rollback", "retry"]
)
def test_verbs_about_a_run_where_there_is_none(refused, verb: str) -> None:
    assert "no run" in refused(verb, "last")


def test_init_overwrites_nothing(rollbook, here: Path) -> None:
    (here / "rollbook.toml").write_text("name = 'mine'\n")
    answer = rollbook("init")
    assert answer.code == 2
    assert sorted(path.name for path in here.iterdir()) == ["rollbook.toml"]
    assert (here / "rollbook.toml").read_text() == "name = 'mine'\n"


@pytest.mark.parametrize("site", ["ssh", "kubernetes"])
def test_init_for_sites_that_are_not_in_this_version(refused, site: str) -> None:
    assert "this version" in refused("init", "--site", site)


def test_a_site_that_this_version_cannot_reach(refused, here: Path, release: str) -> None:
    (here / "rollbook.toml").write_text('name = "shop"\nkind = "ssh"\n')
    assert "ssh" in refused("run", release, "-p", "environment=development", *GIVEN[2:])


def test_a_blocked_plan_is_shown_but_not_run(rollbook, here: Path, release: str) -> None:
    (here / "rollbook.toml").write_text('kind = "ssh"\n\n[servers]\na = "127.0.0.1"\nb = "127.0.0.1"\n')
    production = (release, "-p", "environment=production", *GIVEN[2:])
    shown = rollbook("plan", *production, "--format", "json")
    assert shown.code == 0
    blockers = json.loads(shown.out)["blockers"]
    assert blockers
    answer = rollbook("run", *production)
    assert answer.code == 2
    assert all(blocker["text"] in answer.err for blocker in blockers)
    assert not (here / ".rollbook").exists()


@pytest.mark.parametrize("state", ["nonsense://x", "sqlite:////proc/nowhere/journal.db"])
def test_a_state_database_that_cannot_be_opened(refused, here: Path, release: str, state: str) -> None:
    (here / "rollbook.toml").write_text(f'kind = "embedded"\nstate = "{state}"\n')
    assert "database" in refused("runs")
    assert "database" in refused("run", release, "-p", "environment=development", *GIVEN[2:])


def test_a_journal_that_is_no_database(rollbook, here: Path) -> None:
    (here / ".rollbook").mkdir()
    (here / ".rollbook" / "journal.db").write_text("this is a letter to my grandmother, not a database")
    answer = rollbook("show", "last")
    assert answer.code == 2
    assert "journal.db" in answer.err
