"""The verb for the whole pipeline: promote; and what show, report, resume … say of a promotion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rollbook.cli.parser import Arguments, Parser
from rollbook.cli.terminal import Terminal
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.app.places import Place
    from rollbook.app.promote import Prepared, PromoteRequest
    from rollbook.app.promotions import Standing
    from rollbook.app.verbs import Who
    from rollbook.model.events import Entry

PARKED = 3
GOES_ON = Words("{run}: goes on from where it stopped", "{run}：从停下的地方继续")
BACKGROUND = Words(
    "runs in the background; follow it with `rollbook show {run} --follow`",
    "已转入后台；用 `rollbook show {run} --follow` 跟随查看",
)
STOPPING = Words("stopping: the promotion is being parked …", "正在停下：流水线将被挂起……")


def promote(words: Sequence[str], terminal: Terminal) -> int:
    """Walk the pipeline. The same promotion, if it has not ended, goes on; exit codes are those of a run."""
    arguments = _parser(terminal).read(words)
    if arguments is None:
        return 0
    from rollbook.app.places import place_of
    from rollbook.app.plan import refuse_time_scale
    from rollbook.app.promote import prepare, refuse_blocked, start_promotion
    from rollbook.app.promotions import continued, under_way

    prepared = prepare(_request(arguments))
    refuse_time_scale(arguments.time_scale, prepared.site)
    place = place_of(arguments.site) if _journal_is_needed(prepared) else None
    promotion = continued(prepared.promotion, prepared.start, place) if place else prepared.promotion
    refuse_blocked(promotion)
    place = place or place_of(arguments.site)
    spoken = terminal._replace(language=terminal.chosen or promotion.language)
    if run := under_way(promotion, place):
        if arguments.format == "text":
            spoken.say(GOES_ON.format(run=run))
        return go_on(run, place, spoken, arguments.format, arguments.detach)
    run = start_promotion(promotion, place, arguments.time_scale)
    return _carried(run, place, spoken, arguments.format, arguments.detach)


def _journal_is_needed(prepared: Prepared) -> bool:
    """Whether what was done before counts: else a refusal must leave no journal behind."""
    return prepared.start > 0


def go_on(
    run: str,
    place: Place,
    terminal: Terminal,
    form: str,
    detach: bool = False,
    who: Who | None = None,
    reason: str = "",
) -> int:
    """Resume a promotion: carried here unless a live worker does."""
    import getpass

    from rollbook.app.places import find_run
    from rollbook.app.promotion_verbs import resume_promotion
    from rollbook.app.promotions import standing
    from rollbook.app.verbs import Who

    now = standing(place.journal, find_run(place.journal, run))
    said = resume_promotion(now, who or Who("", getpass.getuser()), place, reason)
    if said.carried:
        terminal.say(BACKGROUND.format(run=run))
        return 0
    return _carried(run, place, terminal, form, detach)


def _carried(run: str, place: Place, terminal: Terminal, form: str, detach: bool) -> int:
    if not detach:
        return carry_promotion_here(run, place, terminal, form)
    from rollbook.app.waking import wake

    wake(run, place)
    if form == "json":
        show(_standing(run, place), place, terminal, form)
    else:
        terminal.print(run)
        terminal.say(BACKGROUND.format(run=run))
    return 0


def carry_promotion_here(run: str, place: Place, terminal: Terminal, form: str) -> int:
    """Carry it until it ends or a run of it waits for a person; on a terminal that is waited for here."""
    from rollbook.app.promotion_views import view_promotion
    from rollbook.app.run import exit_code
    from rollbook.app.walking import carry_promotion
    from rollbook.views.promotion import render

    now = _standing(run, place)
    language = terminal.chosen or now.promotion.language
    seen = Seen(now, place, terminal if form == "text" else None, language)
    outcome = carry_promotion(
        now, place, wait=form == "text" and terminal.interactive, screen=seen.screen, on_entry=seen.entry,
        on_stop=seen.stopping,
    )  # fmt: skip
    view = view_promotion(_standing(run, place), place)
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


def _standing(run: str, place: Place) -> Standing:
    from rollbook.app.places import find_run
    from rollbook.app.promotions import standing

    return standing(place.journal, find_run(place.journal, run))


def _parser(terminal: Terminal) -> Parser:
    from rollbook.cli.run_options import OPTIONS

    parser = Parser("promote", terminal)
    parser.option("documents", nargs="*", metavar="DOC", words=Words("documents, in any order", "文档，顺序不限"))
    for name, settings, words in OPTIONS:
        if name != "--example":
            parser.option(name, words=words, **settings)
    parser.option("--to", default="", metavar="NODE", words=Words("the last node that is walked", "走到哪个节点为止"))
    parser.option(
        "--from", dest="start", default="", metavar="NODE",
        words=Words("begin here with the image of an earlier promotion", "从此节点开始，沿用此前流水线的镜像"),
    )  # fmt: skip
    parser.option(
        "--event", default="", metavar="FILE|-",
        words=Words("a merged pull request, as GitHub or GitLab tell it", "GitHub 或 GitLab 发来的合并事件"),
    )  # fmt: skip
    parser.option(
        "--detach", action="store_true", words=Words("a worker carries it in the background", "由后台进程执行")
    )
    parser.option("--format", choices=["text", "json"], default="text", words=Words("how to print", "输出格式"))
    return parser


def _request(arguments: Arguments) -> PromoteRequest:
    from rollbook.app.merging import read_event
    from rollbook.app.plan import PlanRequest
    from rollbook.app.promote import PromoteRequest

    merged = read_event(arguments.event) if arguments.event else None
    given = list(arguments.parameters)
    if merged and not any(p.partition("=")[0].strip() == "version" for p in given):
        given.append(f"version={merged.version}")
    options = PlanRequest(
        tuple(arguments.documents), tuple(given), strategy=arguments.strategy, manual=arguments.manual,
        site=arguments.site, time_scale=arguments.time_scale,
    )  # fmt: skip
    return PromoteRequest(options, arguments.to, arguments.start, merged.commit if merged else "", _command(arguments))


def _command(arguments: Arguments) -> str:
    """What was typed, as far as another promotion of the same needs it; an event is read once, so its version stays."""
    import shlex

    named = {
        "--to": arguments.to,
        "--event": arguments.event,
        "--strategy": arguments.strategy,
        "--site": arguments.site,
    }
    words = [*arguments.documents, *(w for p in arguments.parameters for w in ("-p", p))]
    words += [w for name, value in named.items() if value and value != "-" for w in (name, value)]
    words += ["--manual"] if arguments.manual else []
    words += ["--time-scale", f"{arguments.time_scale:g}"] if arguments.time_scale != 1.0 else []
    return shlex.join(["rollbook", "promote", *words])


VERBS: Mapping[str, Callable[[Sequence[str], Terminal], int]] = {"promote": promote}
