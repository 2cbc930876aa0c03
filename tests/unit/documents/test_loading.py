"""Files that cannot be documents: one clear error each, exit code 2."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rollbook.documents import load, read
from rollbook.documents.loading import LARGEST
from rollbook.problems import Problem, ProblemsFound


def refused(path: Path) -> Problem:
    with pytest.raises(ProblemsFound) as caught:
        load(path)
    assert caught.value.exit_code == 2
    assert len(caught.value.problems) == 1
    return caught.value.problems[0]


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "document.md"
    path.write_bytes(data)
    return path


def test_no_such_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "nothing.md").rule == "no-such-file"


def test_a_directory(tmp_path: Path) -> None:
    assert refused(tmp_path).rule == "is-a-directory"


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe").rule == "not-a-file"


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    assert refused(Path(f"{tmp_path}/a\0b")).rule == "unreadable-file"


@pytest.mark.parametrize("data", [b"", b"\n \t\n", b"\xef\xbb\xbf\n"])
def test_empty(tmp_path: Path, data: bytes) -> None:
    assert refused(written(tmp_path, data)).rule == "empty-file"


def test_binary(tmp_path: Path) -> None:
    problem = refused(written(tmp_path, b"line\n\x7fELF\0\0\1"))
    assert (problem.rule, problem.at.line) == ("binary-file", 2)


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_gbk_is_detected_and_said(tmp_path: Path, encoding: str) -> None:
    problem = refused(written(tmp_path, "# Release\n\n部署文档，请先检查环境。\n".encode(encoding)))
    assert (problem.rule, problem.at.line) == ("not-utf-8", 3)
    assert "GBK" in problem.hint.en
    assert "iconv -f GB18030 -t UTF-8" in problem.hint.zh


def test_utf_16_is_detected_and_said(tmp_path: Path) -> None:
    problem = refused(written(tmp_path, "# 部署".encode("utf-16")))
    assert problem.rule == "not-utf-8"
    assert "UTF-16" in problem.hint.en


def test_other_bytes_are_no_text(tmp_path: Path) -> None:
    problem = refused(written(tmp_path, b"# ok\ncaf\xe9 \xff\n"))
    assert (problem.rule, problem.at.line, problem.at.column) == ("not-utf-8", 2, 4)
    assert "GBK" not in problem.hint.en


def test_a_huge_file_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.md"
    with path.open("wb") as file:
        file.truncate(50 * 2**20)
    assert refused(path).rule == "too-large"
    assert LARGEST < 50 * 2**20


def test_a_byte_order_mark_does_not_move_columns(tmp_path: Path) -> None:
    source = load(written(tmp_path, b"\xef\xbb\xbf# T\n\n- x\n"))
    assert source.text.startswith("# T")
    assert read(source).document.title == "T"


def test_any_extension_will_do(tmp_path: Path) -> None:
    path = tmp_path / "runbook.anything"
    path.write_text("# T\n- x\n", encoding="utf-8")
    assert read(load(path)).kind == "procedure"
