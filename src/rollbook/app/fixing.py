"""`rollbook check --fix`: carry out the edits that problems offer. Only what has one meaning is ever offered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rollbook.problems import Edit, Problem, Refused
from rollbook.values import At, Words

BOM = "\ufeff"


def fix(problems: Sequence[Problem], texts: dict[str, str]) -> tuple[Problem, ...]:
    """Write the edits of `problems` into their files; returns those that were settled.

    `texts` are the documents by path as they were read. Byte-order mark and line breaks of a file stay as they are.
    Raises Refused when a file is no longer what was read; files before it are written.
    """
    settled = tuple(problem for problem in problems if problem.edits)
    for file in dict.fromkeys(problem.file for problem in settled):
        _write(file, texts[file], [edit for problem in settled if problem.file == file for edit in problem.edits])
    return settled


def edited(text: str, edits: Sequence[Edit]) -> str:
    """`text` with all edits done, the last one first so that places stay true. Raises ValueError for text that is not
    where an edit says it is."""
    newline = "\r\n" if "\r\n" in text else "\n"
    starts = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]
    for edit in sorted(edits, key=lambda e: (e.at.line, e.at.column), reverse=True):
        offset = _offset(edit.at, starts)
        if not text.startswith(edit.old, offset):
            raise ValueError(f"{edit.old!r} is not at {edit.at.line}:{edit.at.column}")
        text = text[:offset] + edit.new.replace("\n", newline) + text[offset + len(edit.old) :]
    return text


def _offset(at: At, starts: Sequence[int]) -> int:
    return starts[at.line - 1] + at.column - 1


def _write(file: str, read: str, edits: Sequence[Edit]) -> None:
    path = Path(file)
    now = path.read_bytes().decode("utf-8", errors="replace")
    if now.removeprefix(BOM) != read.removeprefix(BOM):
        raise Refused(
            Words(f"{file} was changed while it was being checked", f"{file} 在检查期间被修改"),
            Words("run `rollbook check --fix` again", "请重新运行 `rollbook check --fix`"),
        )
    mark = BOM if now.startswith(BOM) else ""
    path.write_bytes((mark + edited(now.removeprefix(BOM), edits)).encode("utf-8"))
