"""Problems as SARIF 2.1.0 (OASIS): what code-scanning services take in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from rollbook.problems import Edit, Problem
from rollbook.values import At, Json

if TYPE_CHECKING:
    from rollbook.views.problems import Findings, RuleNote

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_sarif(findings: Findings, language: str) -> str:
    """One run of one tool. Columns count Unicode characters; paths are relative where the given ones were."""
    from rollbook import __version__

    run = {
        "tool": {
            "driver": {
                "name": "rollbook",
                "semanticVersion": __version__,
                "rules": [_rule(note, language) for note in findings.rules],
            }
        },
        "language": "zh-CN" if language.startswith("zh") else "en-US",
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": _uri(d.path)}} for d in findings.documents],
        "results": [_result(problem, findings, language) for problem in findings.problems],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode()


def _rule(note: RuleNote, language: str) -> Json:
    return {
        "id": note.code,
        "name": note.name,
        "shortDescription": {"text": note.summary.said(language)},
        "help": {"text": note.help.said(language)},
        "defaultConfiguration": {"level": note.severity},
    }


def _result(problem: Problem, findings: Findings, language: str) -> Json:
    hint = problem.hint.said(language)
    index = next((i for i, note in enumerate(findings.rules) if note.code == problem.code), -1)
    return {
        "ruleId": problem.code,
        **({"ruleIndex": index} if index >= 0 else {}),
        "level": problem.severity,
        "message": {"text": problem.summary.said(language) + (f"\n{hint}" if hint else "")},
        "locations": [{"physicalLocation": _location(problem.file, problem.at)}],
        "relatedLocations": [
            {
                "id": number,
                "physicalLocation": _location(problem.file, related.at),
                "message": {"text": related.words.said(language)},
            }
            for number, related in enumerate(problem.related, start=1)
        ],
        **({"fixes": [_fix(problem, hint)]} if problem.edits else {}),
    }


def _fix(problem: Problem, hint: str) -> Json:
    replacements = [{"deletedRegion": _region(edit), "insertedContent": {"text": edit.new}} for edit in problem.edits]
    change = {"artifactLocation": {"uri": _uri(problem.file)}, "replacements": replacements}
    return {"description": {"text": hint}, "artifactChanges": [change]}


def _region(edit: Edit) -> Json:
    """Edits stay within a line."""
    end = edit.at.column + len(edit.old)
    return {"startLine": edit.at.line, "startColumn": edit.at.column, "endColumn": end}


def _location(file: str, at: At) -> Json:
    region = {"region": {"startLine": at.line, "startColumn": max(1, at.column)}} if at.line else {}
    return {"artifactLocation": {"uri": _uri(file)}, **region}


def _uri(path: str) -> str:
    """A relative reference, or a file URI for an absolute path."""
    quoted = quote(path.replace("\\", "/"), safe="/~")
    return f"file://{quoted}" if path.startswith("/") else quoted
