"""Verbs that carry runs: run, resume (see `asking`), worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from rollbook.cli.parser import Arguments, Parser
from rollbook.cli.terminal import Terminal
from rollbook.problems import Refused
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.model.plan import Plan

SITE = Words("the site", "站点")


def run(words: Sequence[str], terminal: Terminal) -> int:
    """Exit code by the run's end; 3 when it waits for a person and nobody is looking; 0 once journaled if detached."""
    arguments = _run_parser(terminal).read(words)
    if arguments is None:
        return 0
    plan = _plan(arguments)
    from rollbook.app.places import place_of, site_named
    from rollbook.app.run import refuse_impossible, start_run

    refuse_impossible(plan, site_named(arguments.site), arguments.time_scale)
    place = place_of(arguments.site)
    started = start_run(plan, place, arguments.time_scale)
    if arguments.detach:
        return _detached(started, place, terminal, arguments.format)
    from rollbook.cli.carrying import carry_here

    return carry_here(started, place, terminal, arguments.format)


def worker(words: Sequence[str], terminal: Terminal) -> int:
    """Serve until told to stop; with --once until nothing is left that can go on."""
    parser = Parser("worker", terminal)
    parser.option("--once", action="store_true", words=Words("end when nothing is left to do", "无事可做时结束"))
    parser.option("--site", default="", metavar="FILE|embedded", words=SITE)
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.places import place_of
    from rollbook.app.worker import serve

    serve(place_of(arguments.site), until_idle=arguments.once)
    return 0


def _run_parser(terminal: Terminal) -> Parser:
    from rollbook.cli.run_options import add_run_options

    parser = Parser("run", terminal)
    add_run_options(parser)
    parser.option(
        "--plan", default="", metavar="FILE", words=Words("a plan file of `plan --out`", "`plan --out` 的计划文件")
    )
    parser.option(
        "--detach", action="store_true", words=Words("a worker carries it in the background", "由后台进程执行")
    )
    parser.option("--format", choices=["text", "json"], default="text", words=Words("how to print", "输出格式"))
    return parser


def _plan(arguments: Arguments) -> Plan:
    from rollbook.app.plan import plan_documents, read_plan
    from rollbook.cli.run_options import request_of

    if arguments.plan:
        _refuse_beside_plan(arguments)
    return read_plan(arguments.plan) if arguments.plan else plan_documents(request_of(arguments)).plan


def _refuse_beside_plan(arguments: Arguments) -> None:
    """Raise Refused for what a plan file holds already: it would be ignored silently."""
    given = {
        "DOC": arguments.documents,
        "-p": arguments.parameters,
        "--request": arguments.request,
        "--example": arguments.example,
        "--strategy": arguments.strategy,
        "--manual": arguments.manual,
    }
    if beside := ", ".join(name for name, value in given.items() if value):
        raise Refused(
            Words(f"{beside} cannot go with --plan FILE", f"{beside} 不能与 --plan 文件同用"),
            Words("the plan file holds documents, parameters and choices", "计划文件中已包含文档、参数与各项选择"),
        )


def _detached(run_id: str, place: object, terminal: Terminal, form: str) -> int:
    from rollbook.app.places import Place
    from rollbook.app.waking import wake

    assert isinstance(place, Place)
    wake(run_id, place)
    if form == "json":
        from rollbook.app.show import show_run
        from rollbook.views.run import render

        terminal.print(render(show_run(run_id), "json", terminal.language))
        return 0
    terminal.print(run_id)
    terminal.say(
        Words(
            f"runs in the background; follow it with `rollbook show {run_id} --follow`",
            f"已转入后台；用 `rollbook show {run_id} --follow` 跟随查看",
        )
    )
    return 0


VERBS: Mapping[str, Callable[[Sequence[str], Terminal], int]] = {"run": run, "worker": worker}
