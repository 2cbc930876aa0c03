"""From a path to text, or one clear refusal: missing, a directory, unreadable, too large, not UTF-8, empty, binary."""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from pathlib import Path

from rollbook.documents.faults import fault
from rollbook.model.workflow import Source
from rollbook.problems import ProblemsFound
from rollbook.values import At, Words

LARGEST = 8 * 1024 * 1024
"""Bytes. A hundred thousand lines of prose are under 5 MB."""


def load(path: str | os.PathLike[str]) -> Source:
    """The document at `path`, of any extension.

    Raises ProblemsFound with one problem when the file cannot be a document.
    """
    name = os.fspath(path)
    data = _bytes_of(name)
    text = _decoded(name, data)
    if not text.strip():
        raise _refused("empty-file", name)
    return Source(name, text, hashlib.sha256(data).hexdigest())


def _bytes_of(name: str) -> bytes:
    """The file's bytes; never more than `LARGEST` of them are read."""
    try:
        mode = os.stat(name).st_mode
        if stat.S_ISDIR(mode):
            raise _refused("is-a-directory", name)
        if not stat.S_ISREG(mode):
            raise _refused("not-a-file", name)
        with Path(name).open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise _refused("no-such-file", name) from None
    except (OSError, ValueError) as error:
        raise _refused("unreadable-file", name, reason=getattr(error, "strerror", None) or str(error)) from error
    if len(data) > LARGEST:
        raise _refused("too-large", name, limit=LARGEST // 2**20)
    return data


def _decoded(name: str, data: bytes) -> str:
    """The text of `data` without a byte-order mark."""
    for mark, encoding in (
        (codecs.BOM_UTF32_LE, "UTF-32"),
        (codecs.BOM_UTF16_LE, "UTF-16"),
        (codecs.BOM_UTF16_BE, "UTF-16"),
    ):
        if data.startswith(mark):
            raise _refused("not-utf-8", name, guess=_looks_like(encoding, name))
    if b"\0" in data:
        raise _refused("binary-file", name, At(data.count(b"\n", 0, data.index(b"\0")) + 1, 1))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refused("not-utf-8", name, At(line, _column(data, error.start)), guess=_guess(name, data)) from None


def _column(data: bytes, start: int) -> int:
    begin = data.rfind(b"\n", 0, start) + 1
    return len(data[begin:start].decode("utf-8", "replace")) + 1


def _guess(name: str, data: bytes) -> Words:
    """What encoding the bytes are probably in: GB18030 when they decode to mostly Chinese text, else not known."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return Words("Save the file as UTF-8.", "请将文件另存为 UTF-8。")
    foreign = [c for c in text if not c.isascii()]
    chinese = sum("\u4e00" <= c <= "\u9fff" or c in "，。：；、（）“”？！《》" for c in foreign)
    if chinese * 10 >= len(foreign) * 9:
        return _looks_like("GB18030", name, "GBK/GB18030")
    return Words("Save the file as UTF-8.", "请将文件另存为 UTF-8。")


def _looks_like(encoding: str, name: str, said: str = "") -> Words:
    command = f"iconv -f {encoding} -t UTF-8 {name!r} > {Path(name).stem + '.utf8.md'!r}"
    return Words(
        f"It looks like {said or encoding}; convert it: {command}",
        f"看起来是 {said or encoding} 编码，请转换：{command}",
    )


def _refused(rule: str, name: str, at: At | None = None, **values: object) -> ProblemsFound:
    return ProblemsFound([fault(rule, name, at or At(), **values)])
