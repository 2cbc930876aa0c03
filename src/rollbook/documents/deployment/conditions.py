"""Conditions in cells: several may stand in one, parted by `/`, `、`, `,`, `；` or a line break, and something may have
to last before it counts (`持续 5 分钟`)."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from rollbook.documents.blocks import Line
from rollbook.documents.conditions import read_condition, read_expr
from rollbook.documents.deployment.cells import cell_of, untagged
from rollbook.documents.notes import Notes
from rollbook.documents.vocabulary.patterns import matched, patterns
from rollbook.model.conditions import And, Compare, Condition, Expr, Opaque, Or, Says
from rollbook.model.literals import duration, normalised
from rollbook.values import At


class Sustained(NamedTuple):
    """A condition, and how long it must last before it counts; None where the text does not say."""

    condition: Condition | None
    seconds: float | None


def condition_of(line: Line, notes: Notes, comma: Literal["and", "or"]) -> Sustained:
    """The condition of a cell; None when it is blank. `comma`: what a separator means in this column."""
    cell = cell_of(line)
    if cell.blank:
        return Sustained(None, None)
    text = re.sub(r"\s*<br\s*/?>\s*", "；", untagged(line.text), flags=re.IGNORECASE)
    expr, seconds = _timed(normalised(_bare(text)), comma)
    if isinstance(expr, Opaque):
        notes.problem("opaque-condition", line.at, text=cell.text)
    return Sustained(Condition(cell.text, expr, line.at), seconds)


def sustained_of(text: str, at: At, notes: Notes, *, compares: bool = False) -> Sustained:
    """An alert's condition without the time that it must last. `compares`: it is a measure and its limit, and a
    statement would be no reading of it."""
    plain = normalised(_bare(untagged(text)))
    if not plain:
        return Sustained(None, None)
    expr, seconds = _timed(plain, "or")
    expr = Opaque(plain) if compares and isinstance(expr, Says) else expr
    if isinstance(expr, Opaque):
        notes.problem("opaque-condition", at, text=plain)
    return Sustained(Condition(plain, expr, at), seconds)


def _bare(text: str) -> str:
    """A cell's text without the code marks around the whole of it, or around each of several conditions."""
    text = text.strip()
    return re.sub(r"(`+)(?!`)([^`]*)\1", lambda f: f[2] if _OPERATOR.search(f[2]) else f[0], text)


_OPERATOR = re.compile(r"[<>=≤≥]")


def _expr(text: str, comma: Literal["and", "or"]) -> Expr:
    """The whole as one condition, unless its parts are conditions each."""
    parts = [part for part in (_joinless(p) for p in _SEPARATOR.split(text)) if part]
    if len(parts) > 1:
        read = [read_expr(part, frozenset(), comma) for part in parts]
        if all(_compares(expr) for expr in read) or (comma == "or" and _are_statements(read)):
            return _joined(read, comma)
    return read_condition(text, comma=comma).expr


_SEPARATOR = re.compile(r"\s*[；;、，]\s*|\s*,\s+|\s+/\s+|(?<=[\d%a-z])/(?=[^\W\d_a-zA-Z])|(?<=[%])/|\s*\|\|\s*")


def _timed(text: str, comma: Literal["and", "or"]) -> tuple[Expr, float | None]:
    """The condition and how long it must last. What only looks like a time is the limit: `p99 over 3 s` compares."""
    rest, seconds = _without_time(text)
    expr = _expr(rest, comma)
    if seconds is not None and not _all_compare(expr):
        whole = _expr(text, comma)
        if _all_compare(whole):
            return whole, None
    return expr, seconds


def _all_compare(expr: Expr) -> bool:
    return all(_all_compare(term) for term in expr.terms) if isinstance(expr, And | Or) else isinstance(expr, Compare)


def _joinless(part: str) -> str:
    """A part without the number, bullet or connective that it begins with."""
    return re.sub(r"^(?:[(（]?\d+[.)）]\s+|[-•]\s+|或者?|或是|or\s)\s*", "", part.strip(), flags=re.IGNORECASE).strip()


def _compares(expr: Expr) -> bool:
    return isinstance(expr, Compare | And | Or)


def _are_statements(read: list[Expr]) -> bool:
    return all(_compares(expr) or isinstance(expr, Says) for expr in read)


def _joined(read: list[Expr], comma: Literal["and", "or"]) -> Expr:
    kind: type[And] | type[Or] = Or if comma == "or" else And
    terms: list[Expr] = []
    for expr in read:
        terms += expr.terms if isinstance(expr, kind) else [expr]
    return kind(tuple(terms))


def _without_time(text: str) -> tuple[str, float | None]:
    """`error_rate > 1% 持续 5 分钟` → the comparison, 300 s."""
    words = (p.word.replace("{x}", "").strip() for p in patterns("deployment", "sustained") if p.meaning == "behind")
    for start in sorted({text.casefold().rfind(word) for word in words}, reverse=True):
        if start > 0 and (found := matched("deployment", "sustained", text[start:])):
            seconds = duration(found.slots["x"])
            if seconds is not None:
                return re.sub(r"\s*(?:且|并且|and)?[\s,，(（]*$", "", text[:start]), seconds
    ahead = _AHEAD.match(text)
    if ahead and (seconds := duration(ahead.group(1) or ahead.group(2))) is not None:
        return text[ahead.end() :], seconds
    return text, None


_AHEAD = re.compile(
    r"(?:连续|持续)\s*(\d[\d.]* ?(?:秒|分钟?|小时|[smh]\b))内?[,，]?\s*|(\d[\d.]* ?[^\W\d_]+?)内[,，]?\s*"
)
