"""A run as it goes: a live picture on a terminal, a line for each event elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from rollbook.values import Words
from rollbook.views.canary import canary_picture, is_canary, plain_lines
from rollbook.views.chart import sparklines
from rollbook.views.run import cause_lines, open_gate_lines
from rollbook.views.run_view import Moment, RunView, ServerView
from rollbook.views.wording import (
    MARKS,
    PROOF_MARKS,
    RUN_WORDS,
    SERVER_WORDS,
    WAVE_WORDS,
    aim,
    hour,
    length,
    percent,
    step_words,
    titled,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

REFRESH_PER_S = 4
RATE_S = 5.0
"""Requests per second are averaged over this many seconds."""
SAMPLE_S = 1.0
"""The client's record has a line this often."""
STORY_LINES = 6
BRIEF_LINES = 3
SERVER_LINES = 12
STYLES = {
    "succeeded": "green", "failed": "bold red", "running": "bold cyan", "waiting": "bold yellow", "partial": "red",
    "skipped": "dim", "pending": "dim", "updated": "green", "restored": "yellow", "out": "cyan", "changing": "cyan",
    "restoring": "yellow", "unknown": "bold red", "untouched": "dim", "rolling_back": "bold yellow", "paused": "yellow",
    "rolled_back": "bold red", "aborted": "bold red", "frozen": "bold red",
}  # fmt: skip

Look = Callable[[], RunView | None]


@contextmanager
def live(look: Look, out: TextIO, language: str, notice: Callable[[], str] = lambda: "") -> Iterator[None]:
    """While the body runs, show what `look` returns, several times a second, and `notice` below it; the last picture
    stays."""
    from rich.console import Console, Group
    from rich.live import Live
    from rich.text import Text

    def picture_now() -> RenderableType:
        view = look()
        said = notice()
        drawn = fitted(view, language, console.size.height) if view else ""
        return Group(drawn, *([Text(said, style="bold yellow")] if said else []))

    console = Console(file=out)
    with Live(console=console, get_renderable=picture_now, refresh_per_second=REFRESH_PER_S, transient=False):
        yield


def watch(views: Iterable[RunView], out: TextIO, chosen: str) -> None:
    """Follow a run that others carry, until `views` ends. `chosen` "" means the document's language."""
    if not out.isatty():
        told(views, out, chosen)
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(file=out)
    with Live(console=console, auto_refresh=False) as screen:
        for view in views:
            screen.update(fitted(view, chosen or view.language, console.size.height), refresh=True)


def told(views: Iterable[RunView], out: TextIO, chosen: str) -> None:
    """The same as lines: every event, and how far the tests of a canary have come."""
    seen = 0
    tests: dict[str, float] = {}
    for view in views:
        language = chosen or view.language
        lines = [line_of(moment, language) for moment in view.timeline if moment.seq > seen]
        for line in (*lines, *plain_lines(view, tests, language)):
            out.write(line + "\n")
        seen = view.seq
        out.flush()


def line_of(moment: Moment, language: str) -> str:
    """One event as a line: time, mark, what happened."""
    return f"{hour(moment.at)} {PROOF_MARKS[moment.mark]} {moment.text.said(language)}"


def fitted(view: RunView, language: str, height: int) -> RenderableType:
    """The picture for a terminal of so many lines: where it is too long, steps take one line, and servers and the older
    story go."""
    return picture(view, language, brief=_lines_of(view) > height)


def picture(view: RunView, language: str, brief: bool = False) -> RenderableType:
    """Everything at a glance: steps, wave, servers, traffic, the newest events, and what to type where a gate waits."""
    from rich.console import Group
    from rich.text import Text

    steps = _step_marks(view) if brief else _steps(view, language)
    parts: list[RenderableType] = [_head(view, language), Text(), steps]
    if is_canary(view):
        parts += [Text(), canary_picture(view, language)]
    elif view.servers:
        parts += [Text(), *_wave(view, language)]
    if view.servers and not brief:
        parts += [Text(), _servers(view, language)] if is_canary(view) else [_servers(view, language)]
    parts += [Text(), _traffic(view, language), Text(), _story(view, language, BRIEF_LINES if brief else STORY_LINES)]
    parts += [Text("\n".join(lines), style="yellow") for lines in _asking(view, language)]
    if lines := list(cause_lines(view, language)):
        parts += [Text(), Text("\n".join(lines), style="red")]
    return Group(*parts)


def _lines_of(view: RunView) -> int:
    """How many lines the whole picture takes, about."""
    tests = sum(3 * len(wave.watch) + 1 for wave in view.waves) if is_canary(view) else 0
    asked = 5 * len(view.open_gates) + (4 + len(view.cause.output) if view.cause else 0)
    return len(view.steps) + tests + min(len(view.servers), SERVER_LINES) + STORY_LINES + asked + 11


def _step_marks(view: RunView) -> RenderableType:
    """Every step's mark in a row, with the title of the last one that is under way, waits or failed."""
    from rich.text import Text

    row = Text()
    named_one = next((s for s in reversed(view.steps) if s.state in ("running", "waiting", "failed")), None)
    for step in view.steps:
        named = f" {step.title}" if step is named_one else ""
        row.append(f"{MARKS[step.state]} {step.number}{named}  ", style=STYLES[step.state])
    return row


def _head(view: RunView, language: str) -> RenderableType:
    from rich.text import Text

    state = RUN_WORDS[view.state].said(language)
    took = length((view.ended or view.looked) - view.created)
    return Text.assemble(
        (view.title, "bold"), f" · {titled(aim(view.version, view.environment), view.id)} · ",
        (state, STYLES.get(view.state, "")),
        f" · {took}",
    )  # fmt: skip


def _steps(view: RunView, language: str) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for step in view.steps:
        style = STYLES[step.state]
        state = step_words(step, language)
        took = length(step.seconds) if step.seconds is not None else ""
        table.add_row(
            Text(f"{MARKS[step.state]} {step.number:>2}. {step.title}", style=style), Text(state, style), took
        )
    return table


def _servers(view: RunView, language: str) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for server in _first(view.servers):
        change = server.before if server.before == server.after else f"{server.before or '-'} → {server.after or '-'}"
        table.add_row(server.name, change, Text(SERVER_WORDS[server.state].said(language), STYLES[server.state]))
    if (more := len(view.servers) - SERVER_LINES) > 0:
        table.add_row(Words(f"… and {more} more", f"…… 另有 {more} 台").said(language))
    return table


def _wave(view: RunView, language: str) -> Iterator[RenderableType]:
    """The wave that is under way, or the last one that was."""
    from rich.text import Text

    wave = next((wave for wave in reversed(view.waves) if wave.state != "pending"), None)
    if wave:
        title = Words(f"wave {wave.number} of {len(view.waves)}", f"第 {wave.number} 批，共 {len(view.waves)} 批")
        state = WAVE_WORDS[wave.state].said(language)
        yield Text(f"{title.said(language)} · {', '.join(wave.servers)} · {percent(wave.traffic)} · {state}")


def _first(servers: tuple[ServerView, ...]) -> tuple[ServerView, ...]:
    """As many as fit: those that are being worked on before those that are not."""
    busy = [server for server in servers if server.state not in ("untouched", "updated", "restored")]
    rest = [server for server in servers if server not in busy]
    shown = {server.name for server in (*busy, *rest)[:SERVER_LINES]}
    return tuple(server for server in servers if server.name in shown)


def _traffic(view: RunView, language: str) -> RenderableType:
    from rich.text import Text

    client = view.client
    if client is None:
        return Text("\n".join(sparklines(view.samples, language)))
    newest = client.samples[-1].at if client.samples else 0.0
    recent = sum(sample.requests for sample in client.samples if sample.at > newest - RATE_S + SAMPLE_S / 2)
    said = Words(
        f"{recent / RATE_S:.0f} requests/s · {client.sent} sent · {client.failed} failed",
        f"{recent / RATE_S:.0f} 请求/秒 · 已发出 {client.sent} · 失败 {client.failed}",
    ).said(language)
    lines = [
        (said, "bold red" if client.failed else ""),
        *((f"\n{row}", "dim") for row in sparklines(view.samples, language)),
    ]
    return Text.assemble(*lines)


def _story(view: RunView, language: str, lines: int) -> RenderableType:
    from rich.text import Text

    return Text("\n".join(line_of(moment, language) for moment in view.timeline[-lines:]), style="dim")


def _asking(view: RunView, language: str) -> Iterator[list[str]]:
    for gate in view.open_gates:
        yield ["", f"‖ {gate.title}", *open_gate_lines(view, gate, language)]
