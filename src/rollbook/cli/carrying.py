"""Carrying a run in this process, seen as it goes: live on a terminal, line by line elsewhere, JSON at the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from rollbook.app.following import Following
from rollbook.app.places import Place, find_run, situation
from rollbook.app.report import report_path
from rollbook.app.run import carry, exit_code, promotion_of
from rollbook.cli.terminal import Terminal
from rollbook.values import Words
from rollbook.views.live import line_of, live
from rollbook.views.run import advice_lines, cause_lines, failure_lines, open_gate_lines, render
from rollbook.views.run_view import RunView
from rollbook.views.schema import schema_lines
from rollbook.views.wording import RUN_WORDS

if TYPE_CHECKING:
    from rollbook.drivers.carrying import Outcome
    from rollbook.model.events import Entry

PARKED = 3
GOES_ON = Words(
    "promotion {promotion} goes on in the background; look at it with `rollbook show {promotion}`",
    "流水线 {promotion} 在后台继续；用 `rollbook show {promotion}` 查看",
)
STOPPING = Words("stopping: the run is being parked …", "正在停下：运行将被挂起……")
UNWATCHED = Words(
    "! the new release serves part of the traffic and nobody judges it until: rollbook resume {run}",
    "! 新版本正承担部分流量，在继续之前无人判定：rollbook resume {run}",
)
WATCHED = Words("  the new release is judged on in the background", "  后台继续判定新版本")


def carry_here(run: str, place: Place, terminal: Terminal, form: str = "text") -> int:
    """Carry `run` until it ends or parks; returns the exit code of the contract. On a terminal gates are waited for."""
    now = situation(place.journal, find_run(place.journal, run))
    language = terminal.chosen or now.plan.language
    following = Following(place, now.plan)
    drawn = form == "text" and terminal.interactive
    notices: list[str] = []
    screen: AbstractContextManager[None] = nullcontext()
    if drawn:
        screen = live(following.view, terminal.out, language, lambda: "\n".join(notices))
    told = (form == "text" and not drawn) and terminal
    with screen:
        outcome = carry(
            run,
            place,
            on_entry=_teller(following, told or None, language, now.seq if now.seq > 1 else 0),
            on_stop=lambda: notices.append(STOPPING.said(language)),
            wait=drawn,
        )
    view = following.view()
    assert view is not None, "a run that was carried has entries"
    if form == "json":
        terminal.print(render(view, "json", language))
        for line in cause_lines(view, language):
            terminal.complain(line)
    else:
        terminal.print("\n".join(closing(view, outcome, language, drawn, report_of(view, place, terminal.directory))))
        for line in () if drawn else advice_lines(view, language):
            terminal.complain(line)
    if outcome.kind == "ended" and (promotion := promotion_of(run, place)):
        terminal.complain(GOES_ON.format(promotion=promotion).said(language))
    return PARKED if outcome.kind in ("parked", "stopped", "lost") and view.state != "frozen" else exit_code(view.state)


def closing(view: RunView, outcome: Outcome, language: str, drawn: bool, report: str) -> list[str]:
    """The last lines of a command: how it ended, why, where the record is, what to type next."""
    state = RUN_WORDS[view.state]
    lines = ["", Words(f"{view.id}: {state.en}", f"{view.id}：{state.zh}").said(language)]
    if not drawn:
        lines += (*failure_lines(view, language), *schema_lines(view.schema, language))
    for gate in view.open_gates:
        lines += [f"‖ {gate.title}", *open_gate_lines(view, gate, language)]
    if outcome.to_be_judged:
        lines.append((UNWATCHED if outcome.kind == "stopped" else WATCHED).format(run=view.id).said(language))
    if outcome.kind in ("parked", "stopped", "lost") and not view.open_gates:
        lines.append(Words(f"go on with: rollbook resume {view.id}", f"继续：rollbook resume {view.id}").said(language))
    if view.client:
        sent, failed = view.client.sent, view.client.failed
        lines.append(
            Words(
                f"client: {sent} requests sent, {failed} failed", f"客户端：发出 {sent} 个请求，失败 {failed} 个"
            ).said(language)
        )
    if report:
        lines.append(Words(f"report: {report}", f"报告：{report}").said(language))
    if view.over and view.state != "succeeded":
        lines.append(Words(f"look at it: rollbook show {view.id}", f"查看详情：rollbook show {view.id}").said(language))
    return lines


def report_of(view: RunView, place: Place, directory: Path) -> str:
    """Path of the run's record, shortened where it is below `directory`; "" while there is none."""
    path = report_path(view.id, place)
    if not path.is_file():
        return ""
    return str(path.relative_to(directory) if path.is_relative_to(directory) else path)


def _teller(following: Following, terminal: Terminal | None, language: str, known: int) -> Callable[[Entry], None]:
    """Takes each entry; tells those behind entry `known` as lines when `terminal` is given."""

    def take(entry: Entry) -> None:
        for moment in following.take(entry):
            if terminal and entry.seq > known:
                terminal.print(line_of(moment, language))

    return take
