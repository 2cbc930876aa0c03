"""Verbs that read documents and touch nothing: check, plan, rehearse, steps, explain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rollbook.cli.parser import Parser
from rollbook.cli.terminal import Terminal
from rollbook.values import Words

FORMAT = Words("how to print", "输出格式")


def check(words: Sequence[str], terminal: Terminal) -> int:
    """0 also with warnings, 2 with errors; --strict makes warnings errors."""
    parser = Parser("check", terminal)
    parser.option("documents", nargs="+", metavar="DOC", words=Words("documents", "文档"))
    parser.option("--strict", action="store_true", words=Words("warnings are errors", "警告视为错误"))
    parser.option("--fix", action="store_true", words=Words("mend what can be mended", "修正可以修正的问题"))
    parser.option("--format", choices=["text", "json", "sarif", "github"], default="text", words=FORMAT)
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.check import check as look
    from rollbook.app.check import check_and_fix
    from rollbook.views.problems import render

    act = check_and_fix if arguments.fix else look
    found = act(arguments.documents, strict=arguments.strict)
    terminal.print(render(found, arguments.format, terminal.language, colour=terminal.colours(terminal.out)))
    return found.exit_code


def plan(words: Sequence[str], terminal: Terminal) -> int:
    """0 also for a plan with blockers: it is shown with them."""
    from rollbook.cli.run_options import add_run_options, request_of

    parser = Parser("plan", terminal)
    add_run_options(parser)
    parser.option("--format", choices=["text", "json", "mermaid"], default="text", words=FORMAT)
    parser.option(
        "--out", default="", metavar="FILE", words=Words("write a plan file for `run --plan`", "写出计划文件")
    )
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.plan import hash_of, plan_documents, write_plan
    from rollbook.views.plan import render

    made = plan_documents(request_of(arguments)).plan
    if arguments.out:
        write_plan(made, arguments.out)
    terminal.print(render(made, hash_of(made), arguments.format, terminal.language))
    return 0


def rehearse(words: Sequence[str], terminal: Terminal) -> int:
    """1 when an invariant broke: its shortest story is printed."""
    from rollbook.cli.run_options import add_run_options, request_of

    parser = Parser("rehearse", terminal)
    add_run_options(parser)
    parser.option("--failures", type=int, default=1, metavar="N", words=Words("failures at once", "同时发生的失败数"))
    parser.option("--format", choices=["text", "json"], default="text", words=FORMAT)
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.plan import plan_documents
    from rollbook.app.rehearse import rehearse_plan
    from rollbook.views.rehearsal import render

    planned = plan_documents(request_of(arguments))
    rehearsal = rehearse_plan(planned.plan, planned.library, arguments.failures, planned.site)
    terminal.print(render(rehearsal, arguments.format, terminal.language))
    return 1 if rehearsal.violations else 0


def steps(words: Sequence[str], terminal: Terminal) -> int:
    """Every phrase that binds: the project's own first, then the built-in library."""
    parser = Parser("steps", terminal)
    parser.option("--format", choices=["text", "json"], default="text", words=FORMAT)
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.steps import every_phrase
    from rollbook.views.phrases import render

    terminal.print(render(every_phrase(), arguments.format, terminal.language))
    return 0


def explain(words: Sequence[str], terminal: Terminal) -> int:
    parser = Parser("explain", terminal)
    parser.option("rule", metavar="RULE", words=Words("a rule's name or code", "规则的名称或代码"))
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.explain import explain as page_of

    terminal.print(page_of(arguments.rule, terminal.language))
    return 0


VERBS: Mapping[str, Callable[[Sequence[str], Terminal], int]] = {
    "check": check,
    "plan": plan,
    "rehearse": rehearse,
    "steps": steps,
    "explain": explain,
}
