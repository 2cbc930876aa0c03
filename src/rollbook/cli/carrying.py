"""Carrying a run in this process, seen as it goes: live on a terminal, line by line elsewhere, JSON at the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from rollbook.app.following import Following
from rollbook.app.places import Place, find_run, situation
from rollbook.app.run import carry, exit_code
from rollbook.cli.terminal import Terminal
from rollbook.values import Words
from rollbook.views.live import line_of, live
from rollbook.views.run import cause_lines, open_gate_lines, render
from rollbook.views.run_view import RunView
from rollbook.views.wording import RUN_WORDS

if TYPE_CHECKING:
    from rollbook.drivers.carrying import Outcome
    from rollbook.model.events import Entry

PARKED = 3
STOPPING = Words("stopping: the run is being parked …", "正在停下：运行将被挂起……")


def carry_here(run: str, place: Place, terminal: Terminal, form: str = "text") -> int:
    """Carry `run` until it ends or parks; returns the exit code of the contract. On a terminal gates are waited for."""
    now = situation(place.journal, find_run(place.journal, run))
    language = terminal.chosen or now.plan.language
    following = Following(place, now.plan)
    drawn = form == "text" and terminal.interactive
    screen: AbstractContextManager[None] = live(following.view, terminal.out, language) if drawn else nullcontext()
    told = (form == "text" and not drawn) and terminal
    with screen:
        outcome = carry(
            run,
            place,
            on_entry=_teller(following, told or None, language),
            on_stop=lambda: terminal.complain(STOPPING.said(language)),
            wait=drawn,
        )
    view = following.view()
    assert view is not None, "a run that was carried has entries"
    if form == "json":
        terminal.print(render(view, "json", language))
    else:
        terminal.print("\n".join(closing(view, outcome, language, drawn)))
    return PARKED if outcome.kind in ("parked", "stopped", "lost") and view.state != "frozen" else exit_code(view.state)


def closing(view: RunView, outcome: Outcome, language: str, drawn: bool) -> list[str]:
    """The last lines of a command: how it ended, why, where the record is, what to type next."""
    lines = ["", f"{view.id}: {RUN_WORDS[view.state].said(language)}"]
    if not drawn:
        lines += cause_lines(view, language)
    for gate in view.open_gates:
        lines += [f"‖ {gate.title}", *open_gate_lines(view, gate, language)]
    if outcome.kind in ("parked", "stopped", "lost") and not view.open_gates:
        lines.append(Words(f"go on with: rollbook resume {view.id}", f"继续：rollbook resume {view.id}").said(language))
    if view.client:
        sent, failed = view.client.sent, view.client.failed
        lines.append(
            Words(
                f"client: {sent} requests sent, {failed} failed", f"客户端：发出 {sent} 个请求，失败 {failed} 个"
            ).said(language)
        )
    if view.report:
        lines.append(Words(f"report: {view.report}", f"报告：{view.report}").said(language))
    return lines


def _teller(following: Following, terminal: Terminal | None, language: str) -> Callable[[Entry], None]:
    """Takes each entry; tells it as a line when `terminal` is given."""

    def take(entry: Entry) -> None:
        for moment in following.take(entry):
            if terminal:
                terminal.print(line_of(moment, language))

    return take
