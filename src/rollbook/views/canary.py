"""A canary as it is judged, drawn: where the traffic goes, both sides' errors, each stage's test and what is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rollbook.values import Words
from rollbook.views.run_view import RunView, Side, WatchView, WaveView
from rollbook.views.wording import (
    MARKS,
    PROOF_MARKS,
    WATCH_WORDS,
    WAVE_WORDS,
    capital,
    hour,
    length,
    percent,
    percent_exact,
)

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

BAR = 24
FULL, EMPTY = "█", "░"
SOAKED = Words("soak is over", "观察期已满")
PLAIN_S = 10.0
"""Without a terminal a test under way is told again after so many seconds."""
WAVE_MARKS = {"pending": "pending", "running": "running", "done": "succeeded", "stopped": "failed"}
WATCH_STYLES = {"tripped": "bold red", "no_data": "yellow", "standing": "bold yellow", "running": "cyan",
                "passed": "green", "pending": "dim"}  # fmt: skip


def is_canary(view: RunView) -> bool:
    return view.weight is not None and any(wave.watch for wave in view.waves)


def canary_picture(view: RunView, language: str) -> RenderableType:
    """Two bars of traffic, a line for each stage, and below the stage under way its tests."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [Text(_title(view).said(language), style="bold"), _sides(view, language)]
    for wave in view.waves:
        parts.append(Text(_stage_line(wave, language), style=_stage_style(wave)))
        if wave is current(view):
            parts += [part for watch in wave.watch if watch.state != "pending" for part in _test(watch, language)]
    return Group(*parts)


def current(view: RunView) -> WaveView | None:
    """The stage that is under way, else the one that the run broke in."""
    begun = [wave for wave in view.waves if wave.state in ("running", "stopped")]
    return begun[-1] if begun else None


def plain_lines(view: RunView, told: dict[str, float], language: str) -> Iterator[str]:
    """A line for each test whose figures are new: at once when its state changes, else every `PLAIN_S` seconds. `told`
    remembers what was said."""
    for wave in view.waves:
        for watch in (w for w in wave.watch if w.at is not None and not w.seq):
            key = f"{wave.number}/{watch.text}/{watch.state}"
            if watch.at is not None and watch.at - told.get(key, 0.0) >= PLAIN_S:
                told[key] = watch.at
                yield f"{hour(watch.at)} {PROOF_MARKS['running']} {test_words(wave, watch).said(language)}"


def test_words(wave: WaveView, watch: WatchView) -> Words:
    """One test on one line."""
    new, old = _counted(watch.canary), _counted(watch.stable)
    evidence = f"{capital(watch.evidence or 0)}/{capital(watch.threshold or 0)}"
    left = wave.left_s
    ends = (f" · {length(left)} left", f" · 剩余 {length(left)}") if left else ("", "")
    state, share = WATCH_WORDS[watch.state], percent(wave.traffic)
    return Words(
        f"stage {wave.number} · {share} · {watch.text}: {state.en} · new {new.en} · prior {old.en} · "
        f"evidence {evidence} · requests {watch.canary.requests}/{watch.needed}{ends[0]}",
        f"阶段 {wave.number} · {share} · {watch.text}：{state.zh} · 新版本 {new.zh} · 旧版本 {old.zh} · "
        f"证据 {evidence} · 请求 {watch.canary.requests}/{watch.needed}{ends[1]}",
    )


def _title(view: RunView) -> Words:
    """What the balancer is told, and what really came."""
    weight, wave = percent(view.weight or 0.0), current(view)
    share = percent(wave.share) if wave and wave.share is not None else ""
    measured = (f" · measured {share}", f" · 实测 {share}") if share else ("", "")
    return Words(f"canary · weight {weight}{measured[0]}", f"灰度 · 权重 {weight}{measured[1]}")


def _sides(view: RunView, language: str) -> Table:
    """Each release with its weight and its failed requests."""
    table = _grid()
    wave, weight = current(view), view.weight or 0.0
    watch = max(wave.watch, key=lambda w: w.canary.requests, default=None) if wave else None
    old = next((server.before for server in view.servers if server.before), "")
    rows = (
        (Words("new", "新版本"), view.version, weight, watch.canary if watch else Side()),
        (Words("prior", "旧版本"), old, 1 - weight, watch.stable if watch else Side()),
    )
    for name, release, part, side in rows:
        table.add_row(
            f"  {name.said(language)}", release, bar(part), percent(part), _failures(side, watch, language)
        )  # fmt: skip
    return table


def _failures(side: Side, watch: WatchView | None, language: str) -> RenderableType:
    from rich.text import Text

    over = side.rate is not None and watch is not None and watch.limit is not None and side.rate > watch.limit
    said = Words("{n} failed", "失败 {n}").format(n=_counted(side).said(language))
    return Text(said.said(language) if side.requests else "", style="bold red" if over else "")


def _test(watch: WatchView, language: str) -> Iterator[RenderableType]:
    """The condition, the evidence on its way to the threshold, the requests on their way to enough."""
    from rich.text import Text

    said = WATCH_WORDS[watch.state].said(language)
    yield Text.assemble("     ", watch.text, "  ", (said, WATCH_STYLES[watch.state]))
    table = _grid()
    if watch.threshold:
        words = Words("trips at {at}", "达到 {at} 即回滚").format(at=capital(watch.threshold))
        drawn = Text(bar(watch.progress, BAR // 2), "red" if watch.progress > 0.5 else "")
        figures = f"{capital(watch.evidence or 0)} · {words.said(language)}"
        table.add_row("     ", Words("evidence", "证据").said(language), drawn, figures)
    if watch.needed:
        enough = watch.canary.requests / watch.needed
        figures = f"{watch.canary.requests} / {watch.needed}"
        table.add_row("     ", Words("requests", "请求").said(language), bar(enough, BAR // 2), figures)
    yield table


def _stage_line(wave: WaveView, language: str) -> str:
    mark = MARKS[WAVE_MARKS[wave.state]]
    name = Words(f"stage {wave.number}", f"阶段 {wave.number}").said(language)
    return f" {mark} {name}  {percent(wave.traffic):>5}  {_stage_state(wave, language)}"


def _stage_state(wave: WaveView, language: str) -> str:
    state = WAVE_WORDS[wave.state].said(language)
    if wave.left_s is not None:
        gone = f"{length(wave.seconds)} · " if wave.seconds is not None else ""
        left = Words(f"{length(wave.left_s)} left", f"剩余 {length(wave.left_s)}") if wave.left_s else SOAKED
        return f"{state} · {gone}{left.said(language)}"
    return f"{state}  {length(wave.seconds)}" if wave.seconds is not None else state


def _stage_style(wave: WaveView) -> str:
    return {"pending": "dim", "running": "bold cyan", "done": "green", "stopped": "bold red"}[wave.state]


def _counted(side: Side) -> Words:
    if side.rate is None:
        return Words("-", "-")
    rate = percent_exact(side.rate)
    return Words(f"{side.failed} of {side.requests} ({rate})", f"{side.failed} / {side.requests}（{rate}）")


def bar(share: float, cells: int = BAR) -> str:
    """A share of 1 as a bar; the least that there is shows."""
    filled = min(cells, round(share * cells)) if share > 0 else 0
    filled = max(1, filled) if share > 0 else 0
    return FULL * filled + EMPTY * (cells - filled)


def _grid() -> Table:
    from rich.table import Table

    return Table.grid(padding=(0, 2, 0, 0))
