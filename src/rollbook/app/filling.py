"""Use case: a run's deployment document filled in, and put beside the original: never over it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from rollbook.app.fixing import BOM, edited
from rollbook.model.deployment import Deployment
from rollbook.model.plan import Plan
from rollbook.model.workflow import Source
from rollbook.problems import Refused
from rollbook.values import Words
from rollbook.views.filled import FilledPaper
from rollbook.views.run_view import RunView


def filled_papers(plan: Plan, view: RunView) -> tuple[FilledPaper, ...]:
    """The plan's deployment documents, filled in from the texts that it holds."""
    return tuple(filled_paper(plan, view, document) for document in _deployments(plan))


def filled_paper(plan: Plan, view: RunView, document: Deployment) -> FilledPaper:
    from msgspec.structs import replace

    from rollbook.documents.deployment.filling import edits_of
    from rollbook.views.record.filling import filling_of
    from rollbook.views.report_texts import record_lines

    filling = filling_of(plan, view, document, record_lines(plan, view, document.language))
    body = edited(document.source.text, edits_of(document, replace(filling, record=())))
    text = edited(document.source.text, edits_of(document, filling))
    return FilledPaper(document.source.path, text, body, filling)


def _deployments(plan: Plan) -> Iterator[Deployment]:
    if plan.deployment is None:
        return
    from rollbook.documents import read

    for source in plan.documents:
        document = read(source).document
        if isinstance(document, Deployment) and source.path == plan.deployment.document:
            yield document


def place_beside(path: str, run: str) -> Path:
    """`deployment.md` of run k2m9 → `deployment.k2m9.md`."""
    original = Path(path)
    return original.with_name(f"{original.stem}.{run}{original.suffix}")


def refuse_beside(paper: FilledPaper, source: Source, run: str) -> None:
    """Raise Refused where another text stands in the place, or there is no such directory."""
    target = place_beside(paper.path, run)
    if not target.parent.is_dir():
        raise Refused(NO_DIRECTORY.format(path=target.parent))
    if target.exists() and (not target.is_file() or target.read_bytes() != bytes_of(paper, source)):
        raise Refused(THERE.format(path=target), THERE_HINT)


def write_beside(paper: FilledPaper, source: Source, run: str) -> Path:
    """Put the filled-in document beside its original, whole or not at all. Raises Refused like `refuse_beside`."""
    refuse_beside(paper, source, run)
    target = place_beside(paper.path, run)
    if not target.exists():
        fresh = target.with_name(f".{target.name}.fresh")
        fresh.write_bytes(bytes_of(paper, source))
        # A link, unlike a rename, never replaces what somebody put there meanwhile.
        try:
            target.hardlink_to(fresh)
        except FileExistsError:
            raise Refused(THERE.format(path=target), THERE_HINT) from None
        finally:
            fresh.unlink()
    return target


def bytes_of(paper: FilledPaper, source: Source) -> bytes:
    """With the byte-order mark that the original had."""
    marked = hashlib.sha256((BOM + source.text).encode()).hexdigest() == source.sha256
    return ((BOM if marked else "") + paper.text).encode()


NO_DIRECTORY = Words("there is no directory {path} any more", "目录 {path} 已不存在")
THERE = Words("{path} is there already, and is another text", "{path} 已存在，且内容不同")
THERE_HINT = Words(
    "move it away, or print the report with `rollbook report RUN`",
    "请先移走它，或用 `rollbook report 运行编号` 打印报告",
)
