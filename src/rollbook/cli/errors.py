"""Errors as a user reads them: what is wrong, then what to do or write instead."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rollbook.cli.terminal import Terminal
from rollbook.problems import ProblemsFound, Refused, RollbookError, StepFailed
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.views.problems import Checked

ERROR = Words("error: {said}", "错误：{said}")
HINT = Words("  hint: {said}", "  提示：{said}")
SHOWN_BYTES = 10_000_000


def say_error(error: RollbookError, terminal: Terminal, as_json: bool = False) -> None:
    """Text to standard error; with `--format json`, problems also as JSON to standard output."""
    if isinstance(error, ProblemsFound):
        _say_problems(error, terminal, as_json)
        return
    language = terminal.language
    lines = [ERROR.format(said=error.words.said(language)).said(language)]
    if isinstance(error, StepFailed):
        lines += [f"  │ {line}" for line in error.output]
    if hint := error.hint.said(language):
        lines.append(HINT.format(said=hint).said(language))
    terminal.complain("\n".join(lines))


def _say_problems(error: ProblemsFound, terminal: Terminal, as_json: bool) -> None:
    from rollbook.views.problems import Findings, render

    findings = Findings(_documents(error), error.problems, marks=_marks(error))
    if as_json:
        terminal.print(render(findings, "json", terminal.language))
    terminal.complain(render(findings, "text", terminal.language, colour=terminal.colours(terminal.err)))


def _documents(error: ProblemsFound) -> tuple[Checked, ...]:
    """The files that the problems are about, with their text where it can be shown."""
    from rollbook.views.problems import Checked

    return tuple(Checked(name, "", _text(Path(name))) for name in dict.fromkeys(p.file for p in error.problems) if name)


def _marks(error: ProblemsFound) -> dict[str, str]:
    """What is shown for secrets that stand in these files in clear."""
    from rollbook.app.check import marks_in
    from rollbook.documents import load, read

    found: dict[str, str] = {}
    for name in dict.fromkeys(p.file for p in error.problems if p.file and p.at.line):
        with suppress(ProblemsFound, Refused):
            document = read(load(name)).document
            found |= marks_in([document] if document else [])
    return found


def _text(path: Path) -> str:
    """A document's text; "" when it cannot be shown: what is wrong with it is said by the problem itself."""
    try:
        return path.read_text(encoding="utf-8") if path.stat().st_size <= SHOWN_BYTES else ""
    except (OSError, ValueError):
        return ""
