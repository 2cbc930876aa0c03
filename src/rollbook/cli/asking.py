"""Verbs by which people steer a run: approve, reject, done, pause, resume, abort, retry, skip, rollback."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rollbook.cli.parser import Arguments, Parser
from rollbook.cli.terminal import Terminal
from rollbook.problems import Conflict, Refused
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.app.places import Place
    from rollbook.app.verbs import Answer, Said, Who
    from rollbook.model.events import Verb

RUN = Words("an id, a unique prefix, or `last`", "运行编号、唯一前缀，或 `last`")
TOKEN = "ROLLBOOK_TOKEN"
ANSWERED = {
    "approve": Words("{run}: approved at {gate}", "{run}：已在 {gate} 批准"),
    "reject": Words("{run}: rejected at {gate}", "{run}：已在 {gate} 拒绝"),
    "done": Words("{run}: {gate} is done", "{run}：{gate} 已完成"),
}
GOES_ON = Words("{run}: goes on in the process that carries it", "{run}：由正在执行它的进程继续")
ANOTHER = Words("another person must answer too", "还需要另一人答复")
ASKED = {
    "pause": Words("{run}: no new work is started", "{run}：不再开始新的工作"),
    "abort": Words("{run}: is being aborted", "{run}：正在中止"),
    "retry": Words("{run}: tries again {step}", "{run}：重试 {step}"),
    "skip": Words("{run}: step {step} is to be skipped", "{run}：跳过步骤 {step}"),
    "rollback": Words("{run}: is being rolled back", "{run}：正在回滚"),
}


def answer(verb: Answer, words: Sequence[str], terminal: Terminal) -> int:
    parser = Parser(verb, terminal)
    if verb == "approve" and "--request" in words:
        return _open_request(parser, words)
    _add_answer(parser, verb)
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.places import existing_place
    from rollbook.app.promotions import answering
    from rollbook.app.verbs import answer as answer_gate
    from rollbook.cli.speaking import speaking_of

    place = existing_place(arguments.site)
    with speaking_of(arguments.run, place, terminal) as spoken:
        who, gate, run = _who(arguments), arguments.gate, answering(place.journal, arguments.run)
        said = answer_gate(run, gate, verb, who, place, arguments.comment, arguments.choice)
    spoken.say(ANSWERED[verb].format(run=said.run, gate=said.gate))
    if not said.settled:
        spoken.say(ANOTHER)
    return 0


def _add_answer(parser: Parser, verb: Answer) -> None:
    parser.option("run", metavar="RUN", words=RUN)
    parser.option(
        "gate", nargs=None if verb == "done" else "?", default="", metavar="GATE", words=Words("a gate", "关口")
    )
    _add_person(parser)
    parser.option("--comment", default="", metavar="TEXT", words=Words("a comment for the record", "记录在案的意见"))
    parser.option(
        "--choice", default="", metavar="NAME", words=Words("which way, where the gate asks", "关口要求选择时的选项")
    )


def ask(verb: Verb, words: Sequence[str], terminal: Terminal) -> int:
    """Pause, abort, retry, skip, rollback: journaled, then whoever carries the run obeys."""
    parser = _verb_parser(verb, terminal)
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.places import existing_place
    from rollbook.app.promotion_verbs import ask_promotion
    from rollbook.app.promotions import find_promotion
    from rollbook.app.verbs import ask as ask_run
    from rollbook.cli.speaking import speaking_of

    place = existing_place(arguments.site)
    with speaking_of(arguments.run, place, terminal) as spoken:
        if promotion := find_promotion(place.journal, arguments.run):
            said = ask_promotion(promotion, verb, _who(arguments), place, arguments.reason)
        else:
            said = ask_run(arguments.run, verb, _who(arguments), place, arguments.step, arguments.reason)
    spoken.say(ASKED[verb].format(run=said.run, step=arguments.step))
    return 0


def resume(words: Sequence[str], terminal: Terminal) -> int:
    """Go on with a paused run, or take over one whose process is dead: carried here unless a live worker does."""
    parser = _verb_parser("resume", terminal)
    parser.option(
        "--detach", action="store_true", words=Words("a worker carries it in the background", "由后台进程执行")
    )
    parser.option("--format", choices=["text", "json"], default="text", words=Words("how to print", "输出格式"))
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.places import existing_place
    from rollbook.app.promotions import find_promotion
    from rollbook.app.verbs import resume as resume_run
    from rollbook.app.waking import wake
    from rollbook.cli.speaking import speaking_of

    place = existing_place(arguments.site)
    with speaking_of(arguments.run, place, terminal) as spoken:
        if promotion := find_promotion(place.journal, arguments.run):
            from rollbook.cli.promoting import go_on

            run = promotion.row.run
            return go_on(run, place, spoken, arguments.format, arguments.detach, _who(arguments), arguments.reason)
        said: Said = resume_run(arguments.run, _who(arguments), place, arguments.reason)
        if said.carried:
            spoken.say(GOES_ON.format(run=said.run))
            return 0
        if arguments.detach:
            wake(said.run, place)
            spoken.print(said.run)
            return 0
        return _carry_on(said.run, place, spoken, arguments.format)


def _carry_on(run: str, place: Place, terminal: Terminal, form: str) -> int:
    """Carry the run here, unless a worker was quicker: then it goes on there, which is what was asked for."""
    from rollbook.cli.carrying import carry_here

    try:
        return carry_here(run, place, terminal, form)
    except Refused as refused:
        if not isinstance(refused.__cause__, Conflict):
            raise
        terminal.say(GOES_ON.format(run=run))
        return 0


def _verb_parser(verb: str, terminal: Terminal) -> Parser:
    parser = Parser(verb, terminal)
    parser.option("run", metavar="RUN", words=RUN)
    parser.option(
        "step",
        nargs="?",
        default="",
        metavar="STEP",
        words=Words("a step's number", "步骤编号"),
    )
    _add_person(parser)
    parser.option("--reason", default="", metavar="TEXT", words=Words("why, for the record", "原因，记录在案"))
    return parser


def _add_person(parser: Parser) -> None:
    parser.option("--as", dest="person", default="", metavar="PERSON", words=Words("who says so", "由谁作出"))
    parser.option("--site", default="", metavar="FILE|embedded", words=Words("the site", "站点"))


def _who(arguments: Arguments) -> Who:
    """The person named, the operating system's user, and the token that may prove the name (M44)."""
    import getpass

    from rollbook.app.verbs import Who

    return Who(arguments.person, getpass.getuser(), os.environ.get(TOKEN, ""))


def _open_request(parser: Parser, words: Sequence[str]) -> int:
    """`approve --request DOC…`: ask for approval ahead of a run (M14)."""
    from rollbook.cli.run_options import add_planning_options, request_of

    parser.option("--request", dest="documents", nargs="+", metavar="DOC", words=Words("documents", "文档"))
    add_planning_options(parser)
    parser.option("--as", dest="person", default="", metavar="PERSON", words=Words("who asks", "由谁提出"))
    parser.option("--comment", default="", metavar="TEXT", words=Words("what for", "用途"))
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.places import place_of
    from rollbook.app.plan import plan_documents
    from rollbook.app.requests import open_request

    plan = plan_documents(request_of(arguments)).plan
    opened = open_request(plan, _who(arguments), place_of(arguments.site), arguments.comment)
    parser.terminal.say(
        Words(
            f"request {opened.id} is open for {opened.version} in {opened.environment}",
            f"请求 {opened.id} 已提出：{opened.version} → {opened.environment}",
        )
    )
    return 0


VERBS: Mapping[str, Callable[[Sequence[str], Terminal], int]] = {
    "approve": partial(answer, "approve"),
    "reject": partial(answer, "reject"),
    "done": partial(answer, "done"),
    "pause": partial(ask, "pause"),
    "resume": resume,
    "abort": partial(ask, "abort"),
    "retry": partial(ask, "retry"),
    "skip": partial(ask, "skip"),
    "rollback": partial(ask, "rollback"),
}
