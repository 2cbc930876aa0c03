"""Problems as people and machines read them: text with the source line, JSON, SARIF, GitHub annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from rollbook.hiding import Hiding
from rollbook.problems import Problem, Severity, source_lines
from rollbook.values import At, Json, Words
from rollbook.views.excerpts import excerpt

COLOURS: dict[Severity, str] = {"error": "31;1", "warning": "33;1", "note": "36;1"}
SEVERITIES: dict[Severity, Words] = {
    "error": Words("error", "错误"),
    "warning": Words("warning", "警告"),
    "note": Words("note", "提示"),
}
COUNTS = {
    "error": (Words("{n} error", "{n} 个错误"), Words("{n} errors", "{n} 个错误")),
    "warning": (Words("{n} warning", "{n} 个警告"), Words("{n} warnings", "{n} 个警告")),
    "note": (Words("{n} note", "{n} 个提示"), Words("{n} notes", "{n} 个提示")),
}


class Checked(msgspec.Struct, frozen=True):
    """One document that was looked at. `kind`: template, procedure, deployment or, when it could not be read, ""."""

    path: str
    kind: str
    text: str = ""


class RuleNote(msgspec.Struct, frozen=True):
    """What a report says about a rule: its summary, and its page for those who open it."""

    name: str
    code: str
    severity: Severity
    summary: Words
    help: Words


class Findings(msgspec.Struct, frozen=True):
    """All that a report of problems shows. `rules` explains (at least) the rules that found something."""

    documents: tuple[Checked, ...]
    problems: tuple[Problem, ...]
    rules: tuple[RuleNote, ...] = ()
    fixed: tuple[Problem, ...] | None = None
    """What `--fix` settled; None when it was not asked for."""
    beside: tuple[Checked, ...] = ()
    """Files that problems are about and that are no documents: the project's step functions, the site file."""
    marks: dict[str, str] = {}
    """Secrets that stand in the documents in clear → what is shown for each (M5)."""

    def line(self, file: str, number: int) -> str:
        """One source line; "" when the document or the line is not there."""
        text = next((d.text for d in (*self.documents, *self.beside) if d.path == file), "")
        lines = source_lines(text)
        return lines[number - 1] if 0 < number <= len(lines) else ""


def render(findings: Findings, form: str, language: str, colour: bool = False) -> str:
    """The report as text | json | sarif | github, without a final line break."""
    forms: Mapping[str, Callable[[], str]] = {
        "text": lambda: as_text(findings, language, colour),
        "json": lambda: as_json(findings, language),
        "sarif": lambda: _sarif(findings, language),
        "github": lambda: as_github(findings, language),
    }
    return Hiding(findings.marks).text(forms[form]())


def as_text(findings: Findings, language: str, colour: bool = False) -> str:
    """A block per problem, each with its source lines, and a line that counts them."""
    blocks = [_block(problem, findings, language, colour) for problem in findings.problems]
    return "\n\n".join([*blocks, _summary(findings, language)])


def _block(problem: Problem, findings: Findings, language: str, colour: bool) -> str:
    kind = f"{SEVERITIES[problem.severity].said(language)}[{problem.code} {problem.rule}]"
    places = sorted({r.at.line for r in problem.related if r.at.line} | {problem.at.line})
    margin = len(str(places[-1]))
    lines = [
        f"{_painted(kind, COLOURS[problem.severity], colour)}: {_painted(problem.summary.said(language), '1', colour)}",
        f"{' ' * margin}{_painted('-->', '34', colour)} {_place(problem.file, problem.at)}",
        *_source(problem, findings, language, margin, colour),
    ]
    if hint := problem.hint.said(language):
        first, *rest = hint.splitlines()
        label = Words("help", "建议").said(language)
        lines += [f"{' ' * margin} = {label}: {first}", *(f"{' ' * margin}   {line}" for line in rest)]
    return "\n".join(lines)


def _place(file: str, at: At) -> str:
    return f"{file}:{at.line}:{at.column}" if at.line else file


def _source(problem: Problem, findings: Findings, language: str, margin: int, colour: bool) -> list[str]:
    """The line itself with carets, and the related ones with what stands there, in the order of the document."""
    marked = [(problem.at, "", COLOURS[problem.severity])]
    marked += [(r.at, r.words.said(language), "34") for r in problem.related]
    shown: list[str] = []
    last = 0
    for at, words, paint in sorted(marked, key=lambda m: (m[0].line, m[0].column)):
        source = findings.line(problem.file, at.line)
        if not source:
            continue
        text, carets = excerpt(source, at.column)
        under = carets if not words else f"{carets.replace('^', '-')} {words}"
        shown += ["..."] if last and at.line > last + 1 else []
        shown += [f"{at.line:>{margin}} | {text}", f"{' ' * margin} | {_painted(under, paint, colour)}"]
        last = at.line
    return [f"{' ' * margin} |", *shown] if shown else []


def _painted(text: str, codes: str, colour: bool) -> str:
    return f"\x1b[{codes}m{text}\x1b[0m" if colour else text


def _summary(findings: Findings, language: str) -> str:
    """ "2 documents: 1 error, 5 warnings" """
    documents = len(findings.documents)
    what = Words(f"{documents} document{'s' if documents != 1 else ''}", f"{documents} 个文档").said(language)
    counted = {severity: sum(p.severity == severity for p in findings.problems) for severity in COUNTS}
    said = [COUNTS[s][n != 1].format(n=n).said(language) for s, n in counted.items() if n]
    nothing = Words("no problems", "没有发现问题").said(language)
    counted_text = Words(", ", "，").said(language).join(said) or nothing
    return what + Words(": ", "：").said(language) + counted_text + _fixed(findings).said(language)


def _fixed(findings: Findings) -> Words:
    """What `--fix` did, or what it could do."""
    if findings.fixed is not None:
        done = len(findings.fixed)
        nothing = Words(" (nothing here has a fix without a question)", "（这里没有无需询问即可修正的问题）")
        return Words(f" ({done} fixed)", f"（已修正 {done} 个）") if done else nothing
    offered = sum(bool(problem.edits) for problem in findings.problems)
    return Words(f" ({offered} fixable with --fix)", f"（--fix 可修正 {offered} 个）") if offered else Words("", "")


def as_json(findings: Findings, language: str) -> str:
    """The object of the command-line contract (DESIGN §11)."""
    report: dict[str, Json] = {
        "documents": [{"path": d.path, "kind": d.kind} for d in findings.documents],
        "problems": [problem.json(language) for problem in findings.problems],
    }
    if findings.fixed is not None:
        report["fixed"] = [problem.json(language) for problem in findings.fixed]
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def as_github(findings: Findings, language: str) -> str:
    """One workflow command a problem: GitHub shows them beside the lines of a pull request."""
    return "\n".join(_annotation(problem, language) for problem in findings.problems)


def _annotation(problem: Problem, language: str) -> str:
    kind = "notice" if problem.severity == "note" else problem.severity
    place = {"file": problem.file, "title": f"{problem.code} {problem.rule}"}
    if problem.at.line:
        place |= {"line": str(problem.at.line), "col": str(max(1, problem.at.column))}
    properties = ",".join(f"{name}={_property(value)}" for name, value in place.items())
    said = [problem.summary.said(language), problem.hint.said(language)]
    return f"::{kind} {properties}::" + _data("\n".join(text for text in said if text))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _sarif(findings: Findings, language: str) -> str:
    from rollbook.views.sarif import as_sarif

    return as_sarif(findings, language)
