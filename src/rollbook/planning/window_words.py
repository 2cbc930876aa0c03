"""The words of a release window, as data (`windows.json`), and its text taken apart into them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

DATE: Final = r"\d{4} ?[-/.年] ?\d{1,2} ?[-/.月] ?\d{1,2}(?!\d)日?t?"
TIME: Final = r"\d{1,2}(?::\d{2}(?::\d{2})?(?!\d)|[点时](?:\d{1,2}分?)?) ?(?:am|pm)?|\d{1,2} ?(?:am|pm)"
OFFSET: Final = r"(?:utc|gmt) ?[+-] ?\d{1,2}(?::?\d{2})?(?!\d)|\+\d{2}:\d{2}(?!\d)"
NAMED_ZONE: Final = r"[a-z]{3,}(?:/[a-z_+-]{3,})+"


class Tables(msgspec.Struct, frozen=True):
    """`windows.json`."""

    days: dict[str, tuple[int, ...]]
    short_days: dict[str, tuple[int, ...]]
    next_day: tuple[str, ...]
    to: tuple[str, ...]
    and_: tuple[str, ...] = msgspec.field(name="and")
    afternoon: tuple[str, ...]
    morning: tuple[str, ...]
    fillers: tuple[str, ...]
    zones: dict[str, str]


class Token(NamedTuple):
    kind: str
    text: str


def tokens_of(text: str) -> Iterator[Token]:
    """The words of a `normalised` text; "unknown" for the first thing that is none of them, and nothing behind it."""
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        found = _pattern().match(text, at)
        if found is None:
            yield Token("unknown", text[at])
            return
        kind = str(found.lastgroup).replace("iana", "zone")
        said = found.group()
        yield Token(kind, said if kind == "zone" else said.casefold())
        at = found.end()


@cache
def _pattern() -> re.Pattern[str]:
    known = tables()
    kinds = {
        "date": DATE, "zone": f"{OFFSET}|{_words(known.zones)}", "time": TIME, "day": _words(known.days),
        "next": _words(known.next_day), "afternoon": _words(known.afternoon), "morning": _words(known.morning),
        "to": _words(known.to), "and": _words(known.and_), "filler": _words(known.fillers),
        "short": _words(known.short_days),
    }  # fmt: skip
    named = rf"|(?P<iana>{NAMED_ZONE})"
    return re.compile("|".join(f"(?P<{k}>{p})" for k, p in kinds.items()) + named, re.IGNORECASE)


def _words(listed: object) -> str:
    """One expression for all, the longest first; those of letters stand alone."""
    ordered = sorted(listed, key=len, reverse=True)  # type: ignore[call-overload]
    return "|".join(rf"(?<![a-z]){w}(?![a-z])" if w[0].isascii() and w[0].isalpha() else re.escape(w) for w in ordered)


@cache
def tables() -> Tables:
    return msgspec.json.decode((Path(__file__).parent / "windows.json").read_bytes(), type=Tables)


def zone_said(text: str) -> str:
    """The name or offset of a time zone as `zone_of` wants it."""
    known = tables().zones.get(text.casefold())
    if known:
        return known
    found = re.search(r"([+-]) ?(\d{1,2}):?(\d{2})?$", text)
    if found is None:
        return text
    return f"{found[1]}{int(found[2]):02}:{found[3] or '00'}"
