"""Every code block of the documents is run, in order, in a directory for each document, with the real command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from docs.blocks import Block, blocks_of, commands_of, missing

ROOT = Path(__file__).parents[2]
SECTIONS = ROOT / "docs" / "deployment"
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(SECTIONS.glob("*.md")),
]
LIMIT_S = 300


def with_blocks() -> list[Path]:
    return [path for path in DOCUMENTS if any(b.runs or "file" in b.options for b in blocks_of(path))]


@pytest.mark.site
@pytest.mark.parametrize("document", with_blocks(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_block_of_the_document_does_what_it_shows(document: Path, tmp_path: Path) -> None:
    try:
        if document.parent == SECTIONS:
            write_files(SECTIONS / "README.md", tmp_path)
        for block in blocks_of(document):
            follow(block, tmp_path, f"{document.relative_to(ROOT)}:{block.line}")
    finally:
        run("rollbook site down", tmp_path)


def write_files(document: Path, directory: Path) -> None:
    """The files that a document shows: what its chapters begin with."""
    for block in blocks_of(document):
        write(block, directory)


def write(block: Block, directory: Path) -> None:
    if name := block.options.get("file"):
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(block.lines) + "\n", encoding="utf-8")


def follow(block: Block, directory: Path, place: str) -> None:
    """Write the block's file, or run its commands and compare."""
    write(block, directory)
    if not block.runs:
        return
    commands = list(commands_of(block))
    assert commands, f"{place}: a console block without a command"
    for number, command in enumerate(commands, 1):
        done = run(command.text, directory)
        wanted = int(block.options.get("exit", 0)) if number == len(commands) else 0
        printed = done.stdout + done.stderr
        assert done.returncode == wanted, f"{place}: $ {command.text}\nexited {done.returncode}:\n{printed}"
        line = missing(command.shown, printed)
        assert line is None, f"{place}: $ {command.text}\ndid not print “{line}” (in this order):\n{printed}"


def run(command: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """One shell command as a reader types it, without a terminal; `rollbook` and `python` are this environment's."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    home = {"PATH": path, "HOME": str(directory), "ROLLBOOK_LANG": "en", "ROLLBOOK_SOURCE": str(ROOT)}
    return subprocess.run(
        ["bash", "-c", command], cwd=directory, env=os.environ | home, capture_output=True, text=True, check=False,
        timeout=LIMIT_S, stdin=subprocess.DEVNULL,
    )  # fmt: skip
