"""The verb for the whole pipeline: promote; and what show, report, resume … say of a promotion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from rollbook.cli.parser import Arguments, Parser
from rollbook.cli.terminal import Terminal
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.app.places import Place
    from rollbook.app.promote import PromoteRequest
    from rollbook.app.verbs import Who

GOES_ON = Words("{run}: goes on from where it stopped", "{run}：从停下的地方继续")
BACKGROUND = Words(
    "runs in the background; follow it with `rollbook show {run} --follow`",
    "已转入后台；用 `rollbook show {run} --follow` 跟随查看",
)


def promote(words: Sequence[str], terminal: Terminal) -> int:
    """Walk the pipeline. The same promotion, if it has not ended, goes on; exit codes are those of a run."""
    arguments = _parser(terminal).read(words)
    if arguments is None:
        return 0
    from rollbook.app.places import existing_place, place_of
    from rollbook.app.plan import refuse_time_scale
    from rollbook.app.promote import prepare, refuse_blocked, start_promotion
    from rollbook.app.promotions import continued, under_way

    prepared = prepare(_request(arguments))
    refuse_time_scale(arguments.time_scale, prepared.site)
    # A refusal leaves no journal behind: one is made only when everything else is known to be well.
    place = existing_place(arguments.site) if prepared.start else None
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
    from rollbook.cli.walking import carry_promotion_here, show, standing_of

    if not detach:
        return carry_promotion_here(run, place, terminal, form)
    from rollbook.app.waking import wake

    wake(run, place)
    if form == "json":
        show(standing_of(run, place), place, terminal, form)
    else:
        terminal.print(run)
        terminal.say(BACKGROUND.format(run=run))
    return 0


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
    return PromoteRequest(
        options, arguments.to, arguments.start, merged.commit if merged else "", _command(arguments, given)
    )


def _command(arguments: Arguments, given: Sequence[str]) -> str:
    """What was typed, as far as another promotion of the same needs it, with the version that an event gave."""
    import shlex

    named = {
        "--to": arguments.to,
        "--event": arguments.event,
        "--strategy": arguments.strategy,
        "--site": arguments.site,
    }
    words = [*arguments.documents, *(w for p in given for w in ("-p", p))]
    words += [w for name, value in named.items() if value and value != "-" for w in (name, value)]
    words += ["--manual"] if arguments.manual else []
    words += ["--time-scale", f"{arguments.time_scale:g}"] if arguments.time_scale != 1.0 else []
    return shlex.join(["rollbook", "promote", *words])


VERBS: Mapping[str, Callable[[Sequence[str], Terminal], int]] = {"promote": promote}
