"""What can be wrong with the structure of a document: stable rule names and codes (RB1xx), in both languages."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from rollbook.problems import Problem, Severity
from rollbook.values import At, Words


class Fault(NamedTuple):
    code: str
    severity: Severity
    summary: Words
    hint: Words


def fault(rule: str, file: str, at: At, **values: object) -> Problem:
    """The problem `rule` at a place, its texts filled in with `values`; Words among them speak their own language."""
    found = faults()[rule]
    summary, hint = (_filled(words, values) for words in (found.summary, found.hint))
    return Problem(rule, found.code, found.severity, file, at, summary, hint)


@cache
def faults() -> dict[str, Fault]:
    """Every structural rule by name."""
    files = sorted(Path(__file__).parent.glob("*faults.toml"))
    data = {k: v for file in files for k, v in tomllib.loads(file.read_text(encoding="utf-8")).items()}
    return {
        rule: Fault(entry["code"], entry.get("severity", "error"), Words(*entry["summary"]), Words(*entry["hint"]))
        for rule, entry in data.items()
    }


def _filled(words: Words, values: dict[str, object]) -> Words:
    return Words(words.en.format(**_in("en", values)), words.zh.format(**_in("zh", values)))


def _in(language: Literal["en", "zh"], values: dict[str, object]) -> dict[str, object]:
    return {name: value.said(language) if isinstance(value, Words) else value for name, value in values.items()}
