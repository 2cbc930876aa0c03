"""Release windows: when a run may begin to change things (SEMANTICS M24, `发布窗口`). Wall-clock time, never scaled.

A window is a list of spans in one time zone: dated ones (`2026-01-10 22:00 – 24:00`) and weekly ones
(`Tue/Thu 10:00–16:00`). Several windows hold together: it is open when all of them are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo

DAY_MIN = 24 * 60
AHEAD_DAYS = 15
"""How far ahead weekly spans are looked at, at least."""
FARTHEST_DAYS = 400
Stretch = tuple[float, float]
"""From (included) to (excluded), in seconds since the Unix epoch."""


class Span(msgspec.Struct, frozen=True):
    """One opening. Dated: `first` and `last` are days, `YYYY-MM-DD`; weekly: `days` (0 is Monday). `start` and `end`
    are minutes of the day; an `end` beyond 1440, or not behind `start` on one day, lies on the next day."""

    start: int
    end: int
    days: tuple[int, ...] = ()
    first: str = ""
    last: str = ""

    @property
    def minutes(self) -> int:
        """How long it lasts by the wall clock."""
        from datetime import date

        days = (date.fromisoformat(self.last) - date.fromisoformat(self.first)).days if self.first else 0
        return days * DAY_MIN + _end_of(self, same_day=not days) - self.start


class Window(msgspec.Struct, frozen=True):
    """`text` as it was written, `source` where. `zone`: an IANA name or an offset such as `+08:00`; "" the local time
    of the machine that carries the run."""

    text: str
    spans: tuple[Span, ...]
    zone: str = ""
    source: str = ""


class Opening(NamedTuple):
    """How things stand at one moment: until when it is open, or when it opens next; both None: it never opens again."""

    open: bool
    opens: float | None = None
    closes: float | None = None

    @property
    def is_past(self) -> bool:
        return not self.open and self.opens is None


def opening(windows: Sequence[Window], now: float) -> Opening:
    """Whether all `windows` are open at `now`, in seconds since the Unix epoch. Raises LookupError for a time zone that
    this machine does not know."""
    days = _horizon(windows, now)
    common: list[Stretch] = [(float("-inf"), float("inf"))]
    for window in windows:
        common = list(_both(common, _merged(_stretches(window, now, days))))
    for start, end in common:
        if start <= now < end:
            return Opening(True, closes=end)
        if start > now:
            return Opening(False, opens=start)
    return Opening(False)


def zone_of(name: str) -> tzinfo | None:
    """The time zone of that name; None for the machine's own. Raises LookupError for one that nobody knows."""
    from datetime import timedelta, timezone

    if not name:
        return None
    if name[0] in "+-":
        hours, _, minutes = name[1:].partition(":")
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(offset if name[0] == "+" else -offset)
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise LookupError(name) from error


def _horizon(windows: Sequence[Window], now: float) -> int:
    """Days ahead of `now` in which weekly spans are looked at: beyond every dated one."""
    from datetime import UTC, date, datetime

    today = datetime.fromtimestamp(now, UTC).date()
    lasts = [(date.fromisoformat(s.last) - today).days for w in windows for s in w.spans if s.last]
    return min(max([AHEAD_DAYS, *(days + 2 for days in lasts)]), FARTHEST_DAYS)


def _stretches(window: Window, now: float, days: int) -> Iterator[Stretch]:
    from datetime import date, datetime, timedelta

    zone = zone_of(window.zone)
    today = datetime.fromtimestamp(now, zone).date()
    for span in window.spans:
        if span.first:
            first, last = date.fromisoformat(span.first), date.fromisoformat(span.last)
            yield _at(first, span.start, zone), _at(last, _end_of(span, same_day=first == last), zone)
            continue
        for offset in range(-2, days):
            day = today + timedelta(days=offset)
            if day.weekday() in span.days:
                yield _at(day, span.start, zone), _at(day, _end_of(span, same_day=True), zone)


def _end_of(span: Span, same_day: bool) -> int:
    """A span that would end before it begins ends on the next day: 22:00–02:00."""
    return span.end + DAY_MIN if same_day and span.end <= span.start else span.end


def _at(day: date, minutes: int, zone: tzinfo | None) -> float:
    """The moment at which the wall clock shows that minute of that day; a minute that summer time leaves out is the
    one before the change, counted on."""
    from datetime import datetime, time, timedelta

    shown: datetime = datetime.combine(day + timedelta(days=minutes // DAY_MIN), time())
    return (shown + timedelta(minutes=minutes % DAY_MIN)).replace(tzinfo=zone).timestamp()


def _merged(stretches: Iterator[Stretch]) -> list[Stretch]:
    """In order of time, those that touch as one."""
    found: list[Stretch] = []
    for start, end in sorted(s for s in stretches if s[0] < s[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _both(ours: Sequence[Stretch], theirs: Sequence[Stretch]) -> Iterator[Stretch]:
    """What lies in both, in order of time."""
    shared = ((max(a[0], b[0]), min(a[1], b[1])) for a in ours for b in theirs)
    yield from sorted(s for s in shared if s[0] < s[1])
