"""Errors as a user reads them: what is wrong, then what to do or write instead."""

from __future__ import annotations

from rollbook.cli.terminal import Terminal
from rollbook.problems import ProblemsFound, RollbookError, StepFailed
from rollbook.values import Words

ERROR = Words("error", "错误")
HINT = Words("hint", "提示")


def say_error(error: RollbookError, terminal: Terminal, as_json: bool = False) -> None:
    """Text to standard error; with `--format json`, problems also as JSON to standard output."""
    if isinstance(error, ProblemsFound):
        _say_problems(error, terminal, as_json)
        return
    language = terminal.language
    lines = [f"{ERROR.said(language)}: {error.words.said(language)}"]
    if isinstance(error, StepFailed):
        lines += [f"  │ {line}" for line in error.output]
    if hint := error.hint.said(language):
        lines.append(f"  {HINT.said(language)}: {hint}")
    terminal.warn(Words("\n".join(lines), "\n".join(lines)))


def _say_problems(error: ProblemsFound, terminal: Terminal, as_json: bool) -> None:
    from rollbook.views.problems import text_of

    if as_json:
        terminal.json({"problems": [problem.json(terminal.language) for problem in error.problems]})
    text = text_of(error.problems, terminal.language)
    terminal.warn(Words(text, text))
