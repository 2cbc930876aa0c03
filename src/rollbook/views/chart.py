"""A small chart of response time and error rate over the run, as SVG made of numbers only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rollbook.values import Words
from rollbook.views.run_view import RunView, Sample
from rollbook.views.wording import length, sparkline

WIDTH, PANEL, LEFT, GAP = 720, 90, 64, 34
POINTS = 240
"""Most points drawn; longer runs are put together in equal stretches, keeping each stretch's worst."""
BARS = 60

Reading = Callable[[Sample], float | None]


class Happening(NamedTuple):
    """A moment that the chart points out: a wave's start, or the rollback."""

    at: float
    label: str
    bad: bool = False


def happenings_of(view: RunView, language: str) -> tuple[Happening, ...]:
    """The waves' starts and the rollback, as far as the run came."""
    waves = (Happening(wave.started, f"{wave.number}") for wave in view.waves if wave.started is not None)
    back = Words("rollback", "回滚").said(language)
    return (*waves, *([Happening(view.turned, back, True)] if view.turned is not None else []))


def chart(samples: Sequence[Sample], begun: float, language: str, happenings: Sequence[Happening] = ()) -> str:
    """Two panels over one time axis that starts at `begun`; "" when nothing was measured."""
    shown = condensed(samples, POINTS)
    if not shown:
        return ""
    end = max(shown[-1].at - begun, 1.0)
    height = 2 * PANEL + 2 * GAP + 20
    titles = (
        Words("response time p95 (ms)", "响应时间 p95（毫秒）").said(language),
        Words("error rate (%)", "错误率（%）").said(language),
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" class="chart">',
        *_panel(shown, response_ms, begun, end, GAP, "#2563ab", titles[0]),
        *_panel(shown, error_percent, begun, end, 2 * GAP + PANEL, "#b3261e", titles[1]),
        *(_happening(happening, begun, end, height - 18) for happening in happenings),
        f'<text x="{LEFT}" y="{height - 4}">0</text>',
        f'<text x="{WIDTH - 8}" y="{height - 4}" text-anchor="end">{length(end)}</text>',
        "</svg>",
    ]
    return "\n".join(lines)


def _happening(happening: Happening, begun: float, end: float, bottom: int) -> str:
    x = _across(happening.at - begun, end)
    colour = "#b3261e" if happening.bad else "#9aa4ae"
    return (
        f'<path d="M{x:.1f} 14V{bottom}" stroke="{colour}" stroke-dasharray="3 4" fill="none"/>'
        f'<text x="{x + 3:.1f}" y="11">{happening.label}</text>'
    )


def _across(seconds: float, end: float) -> float:
    """Place on the time axis."""
    return LEFT + (WIDTH - 8 - LEFT) * min(1.0, max(0.0, seconds / end))


def sparklines(samples: Sequence[Sample], language: str) -> tuple[str, ...]:
    """The same for a terminal: one line each, with the largest value; () when nothing was measured."""
    shown = condensed(samples, BARS)
    rows = (
        (Words("p95", "p95"), response_ms, "ms"),
        (Words("errors", "错误率"), error_percent, "%"),
    )
    return tuple(
        f"{title.said(language)} {sparkline(values)} ≤ {max(values):.4g} {unit}"
        for title, reading, unit in rows
        if (values := [value for sample in shown if (value := reading(sample)) is not None])
    )


def response_ms(sample: Sample) -> float | None:
    return None if sample.p95_s is None or (sample.p95_s == 0 and not sample.requests) else sample.p95_s * 1000


def error_percent(sample: Sample) -> float | None:
    if sample.error_rate is not None:
        return sample.error_rate * 100
    return sample.failed / sample.requests * 100 if sample.requests else None


def condensed(samples: Sequence[Sample], points: int) -> tuple[Sample, ...]:
    """At most `points` samples: neighbours are put together, requests added, the slowest kept."""
    size = -(-len(samples) // points) or 1
    return tuple(_together(samples[i : i + size]) for i in range(0, len(samples), size))


def _together(group: Sequence[Sample]) -> Sample:
    slow = [sample.p95_s for sample in group if sample.p95_s is not None]
    rates = [sample.error_rate for sample in group if sample.error_rate is not None]
    return Sample(
        group[-1].at,
        sum(sample.requests for sample in group),
        sum(sample.failed for sample in group),
        max(slow, default=None),
        max(rates, default=None),
    )


def _panel(
    samples: Sequence[Sample], reading: Reading, begun: float, end: float, top: int, colour: str, title: str
) -> Iterator[str]:
    """Frame, title, largest value and the line itself."""
    values = [(sample.at - begun, value) for sample in samples if (value := reading(sample)) is not None]
    highest = max((value for _, value in values), default=0.0) or 1.0
    bottom = top + PANEL
    yield f'<text x="{LEFT}" y="{top - 8}">{title}</text>'
    yield f'<path d="M{LEFT} {top}V{bottom}H{WIDTH - 8}" class="axis"/>'
    yield f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{highest:.4g}</text>'
    yield f'<text x="{LEFT - 6}" y="{bottom}" text-anchor="end">0</text>'
    places = [(_across(at, end), bottom - PANEL * value / highest) for at, value in values]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    if len(places) == 1:
        yield f'<circle cx="{places[0][0]:.1f}" cy="{places[0][1]:.1f}" r="3" fill="{colour}"/>'
    elif places:
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
