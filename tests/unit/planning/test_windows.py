"""Release windows as people write them, and when they are open (M24)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.model.windows import Span, Window, opening
from rollbook.planning.sites import read_site
from rollbook.planning.windows import read_window
from rollbook.problems import ProblemsFound

EVERY = tuple(range(7))


def span(start: str, end: str, days: tuple[int, ...] = (), first: str = "", last: str = "") -> Span:
    minutes = [int(h) * 60 + int(m) for h, m in (start.split(":"), end.split(":"))]
    return Span(minutes[0], minutes[1], days, first, last or first)


READ = {
    "2026-01-10 22:00 – 24:00": span("22:00", "24:00", first="2026-01-10"),
    "2026年1月10日 22:00至23:30": span("22:00", "23:30", first="2026-01-10"),
    "2025-07-20 04:00 to 05:30": span("4:00", "5:30", first="2025-07-20"),
    "2026-01-10 (Sat) 22:00-23:00": span("22:00", "23:00", first="2026-01-10"),
    "2026-01-10 22:00 – 2026-01-11 02:00": span("22:00", "2:00", first="2026-01-10", last="2026-01-11"),
    "2026-01-10": span("0:00", "24:00", first="2026-01-10"),
    "Tue/Thu 10:00–16:00": span("10:00", "16:00", (1, 3)),
    "Tue and Thu between 10am and 4pm": span("10:00", "16:00", (1, 3)),
    "Mon-Thu 9:00-17:00": span("9:00", "17:00", (0, 1, 2, 3)),
    "Fri to Mon 10:00-11:00": span("10:00", "11:00", (0, 4, 5, 6)),
    "weekdays 20:00 until 22:30": span("20:00", "22:30", (0, 1, 2, 3, 4)),
    "每周四 05:00–07:00": span("5:00", "7:00", (3,)),
    "周二、四 10:00-16:00": span("10:00", "16:00", (1, 3)),
    "周一至五 20点-23点30分": span("20:00", "23:30", (0, 1, 2, 3, 4)),
    "周一至周五 22:00-次日02:00": span("22:00", "2:00", (0, 1, 2, 3, 4)),
    "周二 晚上10点至11点": span("22:00", "23:00", (1,)),
    "每天 下午2点到4点": span("14:00", "16:00", EVERY),
    "22:00－24:00": span("22:00", "24:00", EVERY),
}
UNREADABLE = (
    "", "TBD", "待定", "after lunch", "when the shop is quiet", "2025-09-01 02:00", "weekdays 10:00", "25:00-26:00",
    "2026-02-30 10:00-11:00", "2026-01-10 (Sun) 22:00-23:00", "10:00-10:00", "10:00 11:00",
    "2026-01-10 - 2026-01-12 22:00-23:00", "Tue 10:00-16:00 unless it rains", "Asia/Nowhere 10:00-11:00",
    "Tue 10:00-16:00 UTC Asia/Shanghai", "22:00-24:00 -05:00", "13pm-2pm", "2026-01-11 22:00 - 2026-01-10 23:00",
)  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), READ.items(), ids=list(READ))
def test_m24_a_window_is_read_as_people_write_it(text: str, wanted: Span) -> None:
    found = read_window(text, "+08:00", "plan.md:7")
    assert found == Window(text, (wanted,), "+08:00", "plan.md:7")


@pytest.mark.parametrize("text", UNREADABLE)
def test_m24_a_window_of_which_any_part_is_not_understood_is_none(text: str) -> None:
    assert read_window(text) is None


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Tue 10:00-16:00 (UTC+8)", "+08:00"),
        ("Tue 10:00-16:00 gmt-03:30", "-03:30"),
        ("周二 10:00-16:00 北京时间", "Asia/Shanghai"),
        ("Tue 10:00-16:00 Europe/Berlin", "Europe/Berlin"),
        ("2026-01-10T22:00-23:00Z", "UTC"),
        ("Tue 10:00-16:00", "Asia/Tokyo"),
    ],
)
def test_m24_a_zone_in_the_text_goes_before_the_sites(text: str, zone: str) -> None:
    found = read_window(text, "Asia/Tokyo")
    assert found is not None
    assert found.zone == zone


def test_m24_several_spans_are_one_window() -> None:
    found = read_window("Tue 10:00-12:00; Thu 14:00-16:00, 18:00-19:00")
    assert found is not None
    assert [(s.start // 60, s.days) for s in found.spans] == [(10, (1,)), (14, (3,)), (18, (3,))]


@given(st.text(alphabet="0123456789:-–/ ,;()周一二五日至次TueThumonamp上午晚点.年月", max_size=40))
def test_reading_a_window_never_raises_and_what_it_reads_can_be_asked(text: str) -> None:
    found = read_window(text)
    if found is not None:
        assert opening([found], 1_800_000_000.0) is not None


def at(text: str, hours: float = 8) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=timezone(timedelta(hours=hours))).timestamp()


def window(text: str, zone: str = "Asia/Shanghai") -> Window:
    found = read_window(text, zone)
    assert found is not None
    return found


def test_m24_a_dated_window_opens_once_in_its_time_zone_and_is_past_then() -> None:
    night = [window("2026-01-10 22:00 – 24:00")]
    assert opening(night, at("2026-01-10 21:59")) == (False, at("2026-01-10 22:00"), None)
    assert opening(night, at("2026-01-10 22:00")) == (True, None, at("2026-01-11 00:00"))
    assert not opening(night, at("2026-01-10 14:30", hours=0) + 3600 * 8).open
    over = opening(night, at("2026-01-11 00:00"))
    assert over.is_past
    assert not over.open


def test_m24_a_weekly_window_opens_again_and_may_cross_midnight() -> None:
    nights = [window("Fri 22:00-02:00")]
    assert opening(nights, at("2026-01-10 01:00")).open
    assert opening(nights, at("2026-01-10 02:00")) == (False, at("2026-01-16 22:00"), None)


def test_m24_two_windows_are_open_where_they_overlap() -> None:
    both = [window("2026-06-02 09:00 – 2026-06-05 18:00"), window("Thu 16:00-20:00")]
    assert opening(both, at("2026-01-01 00:00")) == (False, at("2026-06-04 16:00"), None)
    assert opening(both, at("2026-06-04 17:00")) == (True, None, at("2026-06-04 20:00"))
    assert opening([window("2026-01-10"), window("2026-01-12")], at("2026-01-01 00:00")).is_past


def test_m24_summer_time_moves_the_moment_not_the_wall_clock() -> None:
    noon = [window("Sun 12:00-13:00", "Europe/Berlin")]
    winter, summer = at("2026-03-22 11:00", 0), at("2026-03-29 10:00", 0)
    assert opening(noon, winter - 60).opens == winter
    assert opening(noon, summer - 60).opens == summer


@given(st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)), st.sampled_from(["UTC", "Asia/Kolkata", "+08:00"]))
def test_m24_what_opens_next_is_open_then_and_closed_just_before(now: datetime, zone: str) -> None:
    windows = [window("weekdays 09:30-11:00; Sat 22:00-03:00", zone)]
    moment = now.replace(tzinfo=UTC).timestamp()
    found = opening(windows, moment)
    if found.open:
        assert found.closes is not None
        assert not opening(windows, found.closes).open
    else:
        assert found.opens is not None
        assert opening(windows, found.opens).open
        assert not opening(windows, found.opens - 1).open


def test_the_site_file_has_a_time_zone_and_windows(tmp_path: Path) -> None:
    file = tmp_path / "rollbook.toml"
    file.write_text('time_zone = "Asia/Shanghai"\n[windows]\nproduction = ["Tue 10:00-16:00", "Thu 10:00-12:00"]\n')
    site = read_site(str(file))
    assert (site.time_zone, site.windows) == ("Asia/Shanghai", {"production": "Tue 10:00-16:00; Thu 10:00-12:00"})


def test_an_unreadable_window_or_zone_of_the_site_is_an_error_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "rollbook.toml"
    file.write_text('name = "here"\ntime_zone = "Mars/Olympus"\n\n[windows]\nproduction = "at night"\n')
    with pytest.raises(ProblemsFound) as caught:
        read_site(str(file))
    assert [(p.rule, p.at.line) for p in caught.value.problems] == [("site-file", 2), ("site-file", 5)]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("Tue 10:00-10:10", 10), ("Fri 22:00-02:00", 240), ("2026-01-10 22:00 – 2026-01-12 02:00", 1680), ("Sat", 1440)],
)
def test_a_span_knows_how_long_it_lasts(text: str, minutes: int) -> None:
    assert [s.minutes for s in window(text).spans] == [minutes]
