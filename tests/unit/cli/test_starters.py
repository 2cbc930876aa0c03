"""What `init` and `demo` begin with."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_starter_checks_and_plans_without_a_single_problem(rollbook, here: Path, language: str) -> None:
    assert rollbook("init", ".", "--lang", language).code == 0
    checked = rollbook("check", "--strict", "release.md", "--format", "json")
    assert (checked.code, json.loads(checked.out)["problems"]) == (0, [])
    plan = json.loads(rollbook("plan", "release.md", "--example", "1", "--format", "json").out)
    bindings = [item["binding"] for step in plan["steps"] for item in step["items"]]
    assert any(binding.startswith("rollbook_steps:no_freeze@") for binding in bindings)
    assert plan["blockers"] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_starter_rehearses_without_a_broken_invariant(rollbook, here: Path, language: str) -> None:
    rollbook("init", ".", "--lang", language)
    assert rollbook("rehearse", "release.md", "--example", "1").code == 0


def test_init_speaks_the_users_language_where_none_is_named(rollbook, here: Path, monkeypatch) -> None:
    monkeypatch.setenv("ROLLBOOK_LANG", "zh")
    rollbook("init", "new")
    assert "步骤" in (here / "new" / "release.md").read_text()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_demo_is_the_example_books_release(examples: Path, language: str) -> None:
    packaged = files("rollbook").joinpath("starter", "book", language, "release.md").read_bytes()
    assert packaged == (examples / f"release.{language}.md").read_bytes()
