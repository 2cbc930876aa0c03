"""Cells of tables as values: blank or not (M3), secret (M5), shares of traffic, lengths of time, dates, yes and no."""

from __future__ import annotations

import re
from functools import cache

from rollbook.documents.blocks import Line
from rollbook.documents.vocabulary import table
from rollbook.model.deployment import Cell
from rollbook.model.literals import duration, normalised, percent
from rollbook.model.phrases import plain_text, unspaced
from rollbook.model.words import boolean, number, units


def cell_of(line: Line) -> Cell:
    """The cell at a place. Its text is without emphasis and code marks; a blank one keeps what it says."""
    text = said(line.text)
    secret = is_secret(text)
    return Cell(text, not secret and is_blank(text), secret, line.at)


def said(text: str) -> str:
    """A cell's text without emphasis, code marks, comments and line breaks."""
    if _PLAIN.fullmatch(text) or _MARK.fullmatch(text):
        return text.strip()
    plain = re.sub(r"\s*<br\s*/?>\s*", " ", untagged(uncommented(text)), flags=re.IGNORECASE)
    link = re.fullmatch(r"\s*<(https?://[^>\s]+)>\s*", plain)
    plain = link.group(1) if link else plain
    bare = unescaped(plain_text(plain))
    code = re.fullmatch(r"(`+)\s?(.*?)\s?\1", bare)
    return (code.group(2) if code and "`" not in code.group(2) else re.sub(r"`([^`]*)`", r"\1", bare)).strip()


def unescaped(text: str) -> str:
    """A text whose punctuation was escaped, as an export from a wiki escapes it; code keeps its backslashes."""
    if "\\" not in text:
        return text
    return "".join(part if i % 2 else _ESCAPED.sub(r"\1", part) for i, part in enumerate(_CODE.split(text)))


def uncommented(text: str) -> str:
    """A text without the comments of HTML in it."""
    return _COMMENT.sub("", text).strip() if "<!--" in text else text


def untagged(text: str) -> str:
    """A text without tags that only emphasise or set apart; items of a list are lines. Code keeps what it says."""
    if "<" not in text or "`" in text:
        return text
    lines = re.sub(r"\s*<li(?:\s[^<>]*)?>\s*", "<br>", text, flags=re.IGNORECASE)
    bare = _EMPHASIS.sub("", lines)
    return bare.removeprefix("<br>") if lines != text else bare


def other_tag(text: str) -> str:
    """The first tag of HTML in a text that is neither emphasis nor a line break, outside of code; "" for none."""
    found = _OTHER_TAG.search(untagged(re.sub(r"(`+).*?\1", "", text)))
    return found.group() if found else ""


_EMPHASIS = re.compile(
    r"</?(?:b|i|u|s|em|strong|del|ins|code|kbd|samp|span|font|sub|sup|small|big|mark|nobr|center|ul|ol|p|div)"
    r"(?:\s[^<>]*)?>|</li>",
    re.IGNORECASE,
)
_OTHER_TAG = re.compile(
    r"</?(?:a|img|script|style|iframe|table|tr|td|th|details|summary|input|button|form|h[1-6]|hr|pre|svg|video|object"
    r"|embed|link|meta|blockquote)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_CODE = re.compile(r"(`+[^`]*`+)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_PLAIN = re.compile(r"[\w\s.,:/%-]*")
_MARK = re.compile(r"\s*[✅❌☑☐☒✔✓✗✘❎√×]\ufe0f?\s*")
"""A cell that is only a mark says yes or no (M7)."""


def is_blank(text: str) -> bool:
    """Whether a text says nothing (M3): empty, a dash, `YYYY-MM-DD`, `[链接]`, `TBD` …"""
    if not text:
        return True
    if re.fullmatch(r"[\[<{【(（][^\[\]<>]{0,40}[\]>}】)）]", text) and not re.search(r"[:/.@\d]", text):
        return not is_secret(text)
    return _key(text) in _words("blank")


def is_secret(text: str) -> bool:
    """Whether a text says that a secret belongs here (M5)."""
    return _key(text) in _words("secret")


def is_unbounded(text: str) -> bool:
    """Whether a duration says that it has no end."""
    return _key(text) in _words("unbounded")


def is_done(text: str) -> bool:
    """Whether the cell of a checklist says that its item is done."""
    return _key(text) in _words("done") or truth_of(text) is True


def is_open(text: str) -> bool:
    """Whether the cell of a checklist says that its item is not done yet."""
    return _key(text) in _words("open") or truth_of(text) is False


def share_of(text: str, *, in_percent: bool = False) -> float | None:
    """A share as a fraction of 1: `5%`, `5 %`, `0.05`, `全量`; of a range its end. `in_percent`: bare numbers are
    percent, by the column's head or by what stands in its other cells. None when unreadable."""
    plain = normalised(text)
    if _key(plain) in _words("all"):
        return 1.0
    shares = re.findall(r"-?\d+(?:\.\d+)?(?= ?%)", plain)
    if part := re.fullmatch(r"(\d{1,6}) ?/ ?(\d{1,6})", plain):
        return int(part.group(1)) / int(part.group(2)) if int(part.group(2)) else None
    if shares:
        return float(f"{shares[-1]}e-2")
    if (found := percent(plain)) is not None:
        return found
    bare = re.fullmatch(r"(?:[<>=~≈约]+ ?)?(-?\d+(?:\.\d+)?)", plain)
    if not bare:
        return None
    return float(f"{bare.group(1)}e-2") if in_percent or abs(float(bare.group(1))) > 1 else float(bare.group(1))


def seconds_of(text: str, unit: str = "") -> float | None:
    """A length of time in seconds, of a range its longer end. `unit`: of a bare number, from the column's head."""
    plain = normalised(text)
    if (found := duration(_in_digits(plain))) is not None:
        return found
    bare = re.fullmatch(r"(?:[<>=~≈约≥]+ ?)?(?:\d+(?:\.\d+)? ?[-~] ?)?(\d+(?:\.\d+)?)", plain)
    size = units("duration").get(unit.casefold().strip())
    return float(bare.group(1)) * size if bare and size else None


def unit_of(head: str) -> str:
    """`分钟` of `持续时间(分钟)`, `min` of `Duration (min)`; "" for a head without one."""
    found = re.findall(r"[(\[]([^()\[\]]+)[)\]]", normalised(head))
    return next((unit for unit in found if unit.casefold().strip() in units("duration")), "")


def truth_of(text: str) -> bool | None:
    """Yes or no, in words or signs."""
    found = boolean(text)
    if found is None:
        first = re.split(r"[\s(（,，;；:：。.]", text.strip(), maxsplit=1)[0]
        found = boolean(first)
    if found is None:
        word = _key(text)
        found = True if word in _words("true") else False if word in _words("false") else None
    return found


def looks_like_a_date(text: str) -> bool:
    """Whether a text is a date, or a date and time, in one of the usual forms; the day need not exist."""
    return bool(_DATE.search(normalised(text)))


_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    r"\d{4} ?[-/.年] ?\d{1,2} ?[-/.月] ?\d{1,2}|\b\d{8}\b|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}月\d{1,2}日"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? \d{{4}}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}",
    re.IGNORECASE,
)


def _in_digits(text: str) -> str:
    """`一小时` and `one hour` as `1小时` and `1 hour`."""

    def digits(found: re.Match[str]) -> str:
        amount = number(found.group(1))
        return found.group() if amount is None else f"{amount}{found.group(2)}"

    return _SPELLED.sub(digits, text)


_SPELLED = re.compile(
    r"([一二三四五六七八九十两]+|\b(?:one|two|three|four|five|six|seven|eight|nine|ten))"
    r"( ?(?:个?小时|分钟|秒|天|hours?|minutes?|seconds?|days?))",
    re.IGNORECASE,
)


@cache
def _words(topic: str) -> frozenset[str]:
    return frozenset(_key(word) for word in table("deployment", "cell")[topic])


def _key(text: str) -> str:
    return unspaced(normalised(text).casefold())
