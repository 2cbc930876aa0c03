"""The verb for a database's schema: migrate."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from rollbook.cli.parser import Arguments, Parser
from rollbook.cli.terminal import Terminal
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.app.schemas import Desk
    from rollbook.model.migrations import SchemaChange

WAITING = 3
ASK = Words("yes or no? ", "同意请输入 yes：")
YES = ("yes", "y", "是", "同意")
REFUSED = Words("nothing was done", "没有做任何改动")
AGREE = Words(
    "the environment is protected: type the same again with `--yes {code}` if this is what you want",
    "该环境受保护：如确认以上内容，请加上 `--yes {code}` 再执行一次",
)


def migrate(words: Sequence[str], terminal: Terminal) -> int:
    """`status` looks; `up` and `down` act. 3 where a person must say yes first, and none is looking."""
    arguments = _parser(terminal).read(words)
    if arguments is None:
        return 0
    if arguments.act == "status":
        from rollbook.app.migrate import status
        from rollbook.views.migrations import render

        found = status(arguments.documents, arguments.parameters, arguments.site)
        terminal.print(render(found, arguments.format, terminal.language))
        return 0
    return _act(arguments, terminal)


def _act(arguments: Arguments, terminal: Terminal) -> int:
    from rollbook.app import migrate as use
    from rollbook.views.migrations import render_change

    desk = use.desk_of(arguments.documents, arguments.parameters, arguments.site, acting=True)
    person = _person(arguments, desk)
    change = use.intended(arguments.act, desk, arguments.to)
    asks = bool(change.versions) and use.refuse_unless_agreed(change, desk, person, arguments.yes)
    if asks and not _agreed(change, arguments, terminal):
        return WAITING
    if change.versions:
        use.carry_out(change, desk, person or desk.site.initiator)
    terminal.print(render_change(change, arguments.format, terminal.language, done=bool(change.versions)))
    return 0


def _agreed(change: SchemaChange, arguments: Arguments, terminal: Terminal) -> bool:
    """A person's yes to the list, typed here; else how to give it."""
    from rollbook.app.migrate import code_of
    from rollbook.views.migrations import render_change

    code = code_of(change)
    terminal.print(render_change(change, arguments.format, terminal.language, done=False, code=code))
    if not (terminal.interactive and sys.stdin.isatty()) or arguments.format == "json":
        terminal.complain(AGREE.format(code=code).said(terminal.language))
        return False
    terminal.err.write(ASK.said(terminal.language))
    terminal.err.flush()
    if sys.stdin.readline().strip().casefold() in YES:
        return True
    terminal.complain(REFUSED.said(terminal.language))
    return False


def _person(arguments: Arguments, desk: Desk) -> str:
    """Who says so, proved (M44); "" where nobody has to."""
    if not arguments.person:
        return ""
    from rollbook.app.people import TOKEN_VARIABLE, prove

    return prove(arguments.person, desk.site, getpass.getuser(), os.environ.get(TOKEN_VARIABLE, "")).name


def _parser(terminal: Terminal) -> Parser:
    parser = Parser("migrate", terminal)
    acts = ["status", "up", "down"]
    parser.option("act", choices=acts, metavar="status|up|down", words=Words("look or act", "查看或执行"))
    parser.option("documents", nargs="+", metavar="DOC", words=Words("a deployment document", "部署文档"))
    parser.option(
        "-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE",
        words=Words("environment=NAME: where", "environment=名称：在哪个环境"),
    )  # fmt: skip
    parser.option(
        "--to", default="", metavar="VERSION",
        words=Words("up: the last one to apply; down: the one that stays, 0 for none",
                    "up：执行到此版本；down：保留此版本，0 表示全部回滚"),
    )  # fmt: skip
    parser.option("--as", dest="person", default="", metavar="PERSON", words=Words("who says so", "由谁决定"))
    parser.option(
        "--yes", default="", metavar="CODE", words=Words("the list of this code is agreed to", "同意此编码对应的清单")
    )
    parser.option("--site", default="", metavar="FILE|embedded", words=Words("the site", "站点"))
    parser.option("--format", choices=["text", "json"], default="text", words=Words("how to show", "显示格式"))
    return parser


VERBS: Mapping[str, Callable[[Sequence[str], Terminal], int]] = {"migrate": migrate}
