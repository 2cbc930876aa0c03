"""The command line as a user meets it: words in, exit code and two streams out, in an empty directory."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from rollbook.cli import main


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Rollbook = Callable[..., Answer]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def rollbook(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rollbook:
    """Runs one command line in this process."""
    monkeypatch.setenv("ROLLBOOK_LANG", "en")

    def run(*words: str) -> Answer:
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return run


@pytest.fixture
def release(here: Path, examples: Path) -> str:
    """The example book's release template, in the working directory."""
    shutil.copy(examples / "release.en.md", here / "release.md")
    return "release.md"


@pytest.fixture
def given(release: str) -> tuple[str, ...]:
    """The release with every parameter it requires."""
    return (release, "-p", "environment=staging", "-p", "servers=[shop-1, shop-2, shop-3]", "-p", "version=v3.4.0")
