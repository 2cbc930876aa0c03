"""`rollbook --help` and `rollbook VERB --help`, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rollbook.cli.terminal import Terminal
from rollbook.cli.verbs import LATER, VERBS, Verb, find_verb
from rollbook.values import Words

if TYPE_CHECKING:
    from argparse import Action

    from rollbook.cli.parser import Parser

INTRODUCTION = Words(
    "Rollbook: deployment documents that run.",
    "Rollbook：让部署文档运行起来。",
)
GROUPS = (
    (Words("begin", "开始"), ("init", "demo", "doctor", "steps", "explain")),
    (Words("read", "阅读"), ("check", "plan", "rehearse")),
    (Words("run", "运行"), ("run", "promote", "resume", "worker", "migrate", "ops", "site")),
    (Words("look", "查看"), ("runs", "show", "report", "audit")),
    (Words("papers", "文书"), ("doc", "export")),
    (Words("decide", "决定"), ("approve", "reject", "done", "pause", "abort", "retry", "skip", "rollback")),
)
EXIT_CODES = Words(
    "Exit codes: 0 succeeded · 1 failed, rolled back or aborted · 2 bad input, nothing touched · "
    "3 parked, waiting for a person · 4 frozen",
    "退出码：0 成功 · 1 失败、已回滚或已中止 · 2 输入有误，未触碰任何东西 · 3 停下等人 · 4 冻结",
)


def say_help(words: Sequence[str], terminal: Terminal) -> int:
    """The overview, or one verb's help after `rollbook help VERB`."""
    if words:
        from importlib import import_module

        verb = find_verb(words[0])
        return int(import_module(verb.module).VERBS[verb.name](["--help"], terminal))
    terminal.print("\n".join(_overview(terminal.language)))
    return 0


def say_verb(parser: Parser, terminal: Terminal) -> None:
    """One verb: what it is for, how it is called, each argument."""
    verb, language = parser.verb, terminal.language
    lines = [f"rollbook {verb.name} {verb.usage}".rstrip(), "", "  " + verb.summary.said(language), ""]
    for action in parser._actions:
        names = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        lines.append(f"  {names + _value(action):<32} {(action.help or '').replace('%%', '%')}")
    terminal.print("\n".join(lines))


def _value(action: Action) -> str:
    """What follows an option's name: " FILE", " text|json", or nothing."""
    if action.nargs == 0 or not action.option_strings:
        return ""
    return " " + ("|".join(action.choices) if action.choices else str(action.metavar or action.dest.upper()))


def _overview(language: str) -> list[str]:
    by_name = {verb.name: verb for verb in VERBS}
    lines = [INTRODUCTION.said(language), ""]
    for title, names in GROUPS:
        lines += [title.said(language), *(_line(by_name[name], language) for name in names), ""]
    later = ", ".join(verb.name for verb in VERBS if verb.module == LATER)
    lines += [Words(f"not in this version: {later}", f"本版本尚无：{later}").said(language), ""]
    lines += [Words("`rollbook VERB --help` says more.", "`rollbook 命令 --help` 查看详情。").said(language)]
    return [*lines, EXIT_CODES.said(language)]


def _line(verb: Verb, language: str) -> str:
    return f"  {verb.name:<10} {verb.summary.said(language)}"
