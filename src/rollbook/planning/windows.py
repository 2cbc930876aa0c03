"""Reading a release window as people write it: `2026-01-10 22:00 – 24:00`, `Tue/Thu 10:00–16:00`, `每周四 05:00–07:00`.

Every word counts: text of which any part is not understood is no window, and stays a person's to judge. Words of both
languages are data (`windows.json`).
"""

from __future__ import annotations

import re

from rollbook.model.literals import normalised
from rollbook.model.windows import DAY_MIN, Span, Window, zone_of
from rollbook.planning.window_words import Token, tables, tokens_of, zone_said


def read_window(text: str, zone: str = "", source: str = "") -> Window | None:
    """The window that `text` says, in its own time zone where it names one, else in `zone`; None when any part of the
    text is not understood, or when it contradicts itself."""
    tokens = list(tokens_of(normalised(text)))
    if not tokens or any(t.kind == "unknown" for t in tokens):
        return None
    stated = {zone_said(t.text) for t in tokens if t.kind == "zone"}
    reading = Reading()
    understood = len(stated) <= 1 and all(reading.take(t) for t in tokens if t.kind != "zone") and reading.close()
    if not understood:
        return None
    named = next(iter(stated), zone)
    return Window(text.strip(), tuple(reading.spans), named, source) if is_zone(named) else None


def is_zone(name: str) -> bool:
    """Whether this machine knows the time zone; "" counts, as its own."""
    try:
        zone_of(name)
    except (LookupError, ValueError):
        return False
    return True


class Reading:
    """The spans read so far, and what the next one has of days, dates and times."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.days: list[int] = []
        self.dates: list[str] = []
        self.start: int | None = None
        self.end_date = ""
        self.joint = ""
        """"to" or "and" since the last day, date or time."""
        self.last = ""
        self.shift = ""
        self.evening = False
        """Whether the start was said with a word that its end may share: 晚上10点至11点."""
        self.told = False
        """Whether what `days` and `dates` say has made a span."""

    def take(self, token: Token) -> bool:
        """Take one token; False when it makes no sense here."""
        if token.kind == "filler":
            return True
        if token.kind in ("to", "and", "morning", "afternoon"):
            self.joint, self.shift = (
                (token.kind, self.shift) if token.kind in ("to", "and") else (self.joint, token.kind)
            )
            return True
        taken = bool(getattr(self, f"_{token.kind}")(token.text))
        self.joint, self.last = "", token.kind
        return taken

    def close(self) -> bool:
        """What is left over: days or dates without times are whole days; a start without an end is no window."""
        if self.start is not None or self.joint or self.shift or self.end_date:
            return False
        if not self.told and (self.days or self.dates):
            self._tell(0, DAY_MIN)
        return bool(self.spans)

    def _day(self, text: str) -> bool:
        return self._add(tables().days[text])

    def _short(self, text: str) -> bool:
        """`周一至五`: the second day without its word, directly behind another day."""
        return self.last in ("day", "short") and self._add(tables().short_days[text])

    def _add(self, days: tuple[int, ...]) -> bool:
        if self.start is not None:
            return False
        if self.dates and not self.told:
            return len(self.dates) == 1 and _weekday(self.dates[0]) in days
        if self.told:
            self.days, self.dates, self.told = [], [], False
        if self.joint == "to":
            if not self.days or len(days) != 1:
                return False
            days = tuple((self.days[-1] + n) % 7 for n in range(1, 1 + (days[0] - self.days[-1]) % 7))
        self.days += [d for d in days if d not in self.days]
        return True

    def _date(self, text: str) -> bool:
        day = _iso(text)
        if self.start is not None:
            self.end_date = day if self.joint == "to" else ""
            return bool(self.end_date) and len(self.dates) == 1 and day >= self.dates[0]
        if self.told:
            self.days, self.dates, self.told = [], [], False
        if not day or self.days or self.joint == "to":
            return False
        self.dates.append(day)
        return True

    def _next(self, _: str) -> bool:
        self.end_date = "next"
        return self.start is not None

    def _time(self, text: str) -> bool:
        minute, shift = _minutes(text, self.shift), self.shift
        self.shift = ""
        if minute is None:
            return False
        if self.start is None:
            self.start, self.evening = minute, shift == "afternoon"
            return not self.joint and minute < DAY_MIN
        if not self.joint_was_said():
            return False
        start, self.start = self.start, None
        evening = self.evening and minute <= start < minute + DAY_MIN // 2 and "m" not in text
        return self._span(start, minute + DAY_MIN // 2 if evening else minute)

    def joint_was_said(self) -> bool:
        """Whether "to" stood between the two times, maybe with the end's day behind it."""
        return bool(self.joint) or bool(self.end_date)

    def _span(self, start: int, end: int) -> bool:
        ending, self.end_date = self.end_date, ""
        if ending == "next":
            if end > start:
                return False
            ending = ""
        if ending:
            self.spans.append(Span(start, end, first=self.dates[0], last=ending))
            self.told = True
            return (self.dates[0], start) < (ending, end)
        if start == end:
            return False
        self._tell(start, end)
        return True

    def _tell(self, start: int, end: int) -> None:
        """One span a date, or one for the days; every day where neither is named."""
        self.spans += [Span(start, end, first=d, last=d) for d in self.dates]
        if not self.dates:
            self.spans.append(Span(start, end, tuple(sorted(self.days)) or tuple(range(7))))
        self.told = True


def _iso(text: str) -> str:
    """The date as `YYYY-MM-DD`; "" for one that no calendar has."""
    from datetime import date

    try:
        return date(*(int(n) for n in re.findall(r"\d+", text)[:3])).isoformat()
    except ValueError:
        return ""


def _weekday(day: str) -> int:
    from datetime import date

    return date.fromisoformat(day).weekday()


def _minutes(text: str, shift: str) -> int | None:
    """Minutes of the day, up to 24:00; None for what no clock shows."""
    hour, minute = ([int(n) for n in re.findall(r"\d+", text)] + [0])[:2]
    half = "afternoon" if text.endswith("pm") else "morning" if text.endswith("am") else shift
    if (text.endswith(("am", "pm")) and not 1 <= hour <= 12) or minute > 59:
        return None
    if half == "afternoon" and hour < 12:
        hour += 12
    if half == "morning" and hour == 12:
        hour = 0
    total = hour * 60 + minute
    return total if total <= DAY_MIN else None
