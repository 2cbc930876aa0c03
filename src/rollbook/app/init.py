"""Use case: a directory to start from: a template, a site file, step functions. Overwrites nothing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from rollbook.problems import Refused
from rollbook.values import Words

THERE = Words("there already: {names}", "已经存在：{names}")
THERE_HINT = Words("choose another directory", "请选择另一个目录")
NOT_YET = Words("this version has no starter for sites of kind {kind}", "本版本没有 {kind} 类站点的入门文件")
NOT_YET_HINT = Words("begin with --site embedded", "请先使用 --site embedded")


def init(directory: str, language: str, site: str = "embedded") -> tuple[Path, ...]:
    """Write the starter files in `language`; returns their paths. Raises Refused when any of them is there already."""
    if site != "embedded":
        raise Refused(NOT_YET.format(kind=site), NOT_YET_HINT)
    return write_new(Path(directory), starter_files(language))


def starter_files(language: str) -> Iterator[Traversable]:
    shelf = files("rollbook").joinpath("starter", language)
    yield from sorted((file for file in shelf.iterdir() if file.is_file()), key=lambda file: file.name)


def write_new(directory: Path, sources: Iterator[Traversable]) -> tuple[Path, ...]:
    """Copy `sources` into `directory`: all or none. Raises Refused when one is there, or cannot be written."""
    texts = {directory / source.name: source.read_bytes() for source in sources}
    if there := [path for path in texts if path.exists()]:
        raise Refused(THERE.format(names=", ".join(str(path) for path in there)), THERE_HINT)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.write_bytes(text)
    except OSError as error:
        raise Refused(Words(f"{directory}: {error.strerror}", f"{directory}：{error.strerror}")) from error
    return tuple(texts)
