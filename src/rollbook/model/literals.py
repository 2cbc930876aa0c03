"""Typed values in prose: durations, percents, sizes, numbers, `code`, `${parameters}`.

Text is read after Unicode NFKC, so full-width digits, `％` and `（` count as their plain forms. Units come from
`model/words/units.toml`. A number glued to letters, a version (`1.2.3`), a date or an address is not a literal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from rollbook.model.conditions import TypedLiteral
from rollbook.model.words import units


class Found(NamedTuple):
    """A literal and where it stands in the normalised text."""

    start: int
    end: int
    literal: TypedLiteral


def normalised(text: str) -> str:
    """NFKC, typographic quotes and dashes made plain, white space as single blanks, no blanks at the ends."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    return " ".join(text.split())


def find_literals(text: str) -> tuple[Found, ...]:
    """Every literal of `text`, which must be `normalised`, from left to right, never overlapping."""
    return tuple(Found(m.start(), m.end(), _literal(m)) for m in _pattern().finditer(text))


def read_literal(text: str) -> TypedLiteral | None:
    """The literal which is the whole of `text`, or None."""
    plain = normalised(text)
    found = _pattern().fullmatch(plain)
    return _literal(found) if found else None


def duration(text: str) -> float | None:
    """Seconds of the first duration in `text` (`30分钟`, `1h30m`; `2 – 24 hr` gives its longer end), or None."""
    for found in find_literals(normalised(text)):
        if found.literal.kind == "duration":
            return float(found.literal.value)
    return None


def percent(text: str) -> float | None:
    """The first percentage in `text` as a fraction of 1."""
    values = (f.literal.value for f in find_literals(normalised(text)) if f.literal.kind == "percent")
    return next((float(v) for v in values), None)


def size(text: str) -> float | None:
    """The first size in `text` in bytes."""
    values = (f.literal.value for f in find_literals(normalised(text)) if f.literal.kind == "size")
    return next((float(v) for v in values), None)


_PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-"})
_NUMBER = r"\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,15})?|\d{1,18}(?:\.\d{1,15})?"
"""Longer digits are identifiers, not amounts."""


@cache
def _pattern() -> re.Pattern[str]:
    """One expression for all literals, built from the units; names of its groups are literal kinds."""
    time, memory, rate = (_alternatives(kind) for kind in ("duration", "size", "rate"))
    before = r"(?<![A-Za-z0-9_./:$-])"
    after = r"(?![A-Za-z0-9_/:]|[.-]\d)"
    one = rf"(?:{_NUMBER}) ?(?:{time})(?![A-Za-z])"
    part = rf"(?:{_NUMBER}) ?(?:{time})(?![A-Za-z_])"
    return re.compile(
        r"(?P<code>(?P<tick>`+)(?!`)(?P<inside>.*?)(?<!`)(?P=tick)(?!`))"
        r"|(?P<param>\$\{ ?(?P<name>[\w.\[\]-]+) ?\})"
        r"|(?P<text>\{ ?(?P<brace>[^\W\d]\w*) ?\})"
        rf"|(?P<span>{before}(?:{_NUMBER}) ?(?:{time})? ?[-~] ?{one})"
        rf"|(?P<duration>{before}(?:(?:{_NUMBER}) ?(?:{time}) ?(?=\d))*{part}(?:(?<=小时)半)?|(?<!\w)半个?小时)"
        rf"|(?P<percent>{before}(?:{_NUMBER}) ?(?:%|(?:percent|per cent|pct)(?![A-Za-z])))"
        rf"|(?P<permille>{before}(?:{_NUMBER}) ?‰|百分之(?:{_NUMBER}))"
        rf"|(?P<size>{before}(?:{_NUMBER}) ?(?:{memory})(?![A-Za-z]))"
        rf"|(?P<rate>{before}(?P<amount>{_NUMBER}) ?(?P<unit>{rate})(?![A-Za-z]))"
        rf"|(?P<number>{before}-?(?:{_NUMBER}){after})",
        re.IGNORECASE,
    )


def _alternatives(kind: str) -> str:
    return "|".join(re.escape(unit) for unit in sorted(units(kind), key=len, reverse=True))


def _literal(found: re.Match[str]) -> TypedLiteral:
    kind = next(kind for kind in _READERS if found[kind])
    return _READERS[kind](found, found.group())


_READERS: dict[str, Callable[[re.Match[str], str], TypedLiteral]] = {
    "code": lambda found, text: TypedLiteral("code", found["inside"].strip(), text),
    "param": lambda found, text: TypedLiteral("param", found["name"], text),
    "text": lambda found, text: TypedLiteral("text", found["brace"], text),
    "span": lambda _, text: TypedLiteral("duration", _seconds(text), text),
    "duration": lambda _, text: TypedLiteral("duration", _seconds(text), text),
    "percent": lambda _, text: TypedLiteral("percent", _share(text, 2), text),
    "permille": lambda _, text: TypedLiteral("percent", _share(text, 3 if "‰" in text else 2), text),
    "size": lambda _, text: TypedLiteral("size", _measured(text, "size"), text),
    "rate": lambda found, text: TypedLiteral("number", _digits(found["amount"]), text, found["unit"].lower()),
    "number": lambda _, text: TypedLiteral("number", _digits(text), text),
}


def _digits(text: str) -> float | int:
    """The number that `text` holds, whole where it is written whole."""
    found = re.search(rf"-?(?:{_NUMBER})", text)
    digits = found.group().replace(",", "") if found else "0"
    return float(digits) if "." in digits else int(digits)


def _share(text: str, places: int) -> float:
    """The number of `text` with its point moved left: exact, where dividing would not be."""
    return float(f"{_digits(text)}e-{places}")


def _measured(text: str, kind: str) -> float | int:
    found = re.fullmatch(rf"({_NUMBER}) ?(.+)", text)
    if not found:
        return _digits(text)
    amount = _digits(found.group(1)) * units(kind)[found.group(2).lower()]
    return int(amount) if amount == int(amount) else amount


def _seconds(text: str) -> float:
    """Seconds of one duration; of a span (`2-24 hr`) its longer end."""
    if "小时" in text and text.startswith("半"):
        return 1800.0
    last = re.split(r" ?[-~] ?", text)[-1]
    half = 1800.0 if last.endswith("半") else 0.0
    parts = re.findall(rf"({_NUMBER}) ?([^\d\s.,]+)", last.removesuffix("半"))
    return half + sum(float(_digits(n)) * units("duration")[unit.lower()] for n, unit in parts)
