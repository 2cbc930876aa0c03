"""A promotion as it is carried here: a line for each node, the node's run as it goes; and `show` of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rollbook.cli.terminal import Terminal
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.app.places import Place
    from rollbook.app.promotions import Standing
    from rollbook.model.events import Entry

PARKED = 3
STOPPING = Words("stopping: the promotion is being parked …", "正在停下：流水线将被挂起……")


def carry_promotion_here(run: str, place: Place, terminal: Terminal, form: str) -> int:
    """Carry it until it ends or a run of it waits for a person; on a terminal that is waited for here."""
    from rollbook.app.promotion_views import view_promotion
    from rollbook.app.run import exit_code
    from rollbook.app.walking import carry_promotion
    from rollbook.views.promotion import render

    now = standing_of(run, place)
    language = terminal.chosen or now.promotion.language
    seen = Seen(now, place, terminal if form == "text" else None, language)
    outcome = carry_promotion(
        now, place, wait=form == "text" and terminal.interactive, screen=seen.screen, on_entry=seen.entry,
        on_stop=seen.stopping,
    )  # fmt: skip
    view = view_promotion(standing_of(run, place), place)
    if form == "json":
        terminal.print(render(view, "json", language))
    else:
        terminal.print("\n" + render(view, "text", language))
    if view.state == "frozen":
        return 4
    return exit_code(view.state) if outcome.kind == "ended" else PARKED


class Seen:
    """What a person sees while a promotion is carried: a line for each node, and the node's run as it goes."""

    def __init__(self, now: Standing, place: Place, terminal: Terminal | None, language: str) -> None:
        self._now, self._place, self._terminal, self._language = now, place, terminal, language
        self._notices: list[str] = []

    def entry(self, entry: Entry) -> None:
        """A node began or ended; what is known already is not told again."""
        from rollbook.views.promotion import story

        if self._terminal is None or entry.seq <= self._now.seq:
            return
        from rollbook.views.wording import PROOF_MARKS, hour

        for at, mark, text in story(self._now.promotion, [entry], self._language):
            self._terminal.print(f"{hour(at)} {PROOF_MARKS[mark]} {text}")

    def stopping(self) -> None:
        self._notices.append(STOPPING.said(self._language))

    @contextmanager
    def screen(self, run: str) -> Iterator[Callable[[Entry], None]]:
        """Live on a terminal, line by line elsewhere."""
        from rollbook.app.following import Following
        from rollbook.app.places import find_run, situation
        from rollbook.views.live import line_of, live

        now = situation(self._place.journal, find_run(self._place.journal, run))
        following, terminal = Following(self._place, now.plan), self._terminal
        known = now.seq if now.seq > 1 else 0

        def take(entry: Entry) -> None:
            for moment in following.take(entry):
                if terminal and not terminal.interactive and entry.seq > known:
                    terminal.print("  " + line_of(moment, self._language))

        if terminal and terminal.interactive:
            with live(following.view, terminal.out, self._language, lambda: "\n".join(self._notices)):
                yield take
        else:
            yield take


def show(now: Standing, place: Place, terminal: Terminal, form: str, follow: bool = False) -> None:
    """`show` of a promotion."""
    from rollbook.app.promotion_views import follow_promotion, view_promotion
    from rollbook.views.promotion import render

    language = terminal.chosen or now.promotion.language
    if not follow:
        terminal.print(render(view_promotion(now, place), form, language))
        return
    told = ""
    for view in follow_promotion(now, place):
        text = render(view, form, language)
        if text != told and form == "text":
            terminal.print(text + "\n")
        told = text
    if form == "json":
        terminal.print(told)


def standing_of(run: str, place: Place) -> Standing:
    from rollbook.app.places import find_run
    from rollbook.app.promotions import standing

    return standing(place.journal, find_run(place.journal, run))
