"""The verb for a service in operation: ops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rollbook.cli.parser import Parser
from rollbook.cli.terminal import Terminal
from rollbook.values import Words

NOT_FOLLOWED = Words("(as it stands now; it is not followed)", "（截至现在的内容，不持续跟随）")


def ops(words: Sequence[str], terminal: Terminal) -> int:
    """Without COMMAND: list them. With one: its own exit code is 0 or becomes 1."""
    parser = Parser("ops", terminal)
    parser.option("document", metavar="DOC", words=Words("a deployment document", "部署文档"))
    parser.option(
        "command",
        nargs="?",
        default="",
        metavar="COMMAND",
        words=Words("its number or words of it", "编号或其中的文字"),
    )
    parser.option(
        "-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE",
        words=Words("environment=NAME: where", "environment=名称：在哪个环境"),
    )  # fmt: skip
    parser.option("--site", default="", metavar="FILE|embedded", words=Words("the site", "站点"))
    parser.option("--format", choices=["text", "json"], default="text", words=Words("how to list", "列表格式"))
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app import ops as operations

    document = operations.read_deployment(arguments.document)
    offers = operations.offers_of(document)
    if not arguments.command:
        from rollbook.views.operations import render

        terminal.print(render(offers, arguments.format, terminal.language))
        return 0
    from rollbook.app.places import site_named

    offer = operations.chosen(offers, arguments.command)
    environment = operations.environment_of(document, operations.environment_given(arguments.parameters))
    site = site_named(arguments.site)
    place = operations.place_of(environment, document, site)
    named = environment.name if environment else ""
    code = operations.run_offer(offer, place, site, terminal.print, named, document)
    if drift := operations.drift_of(offer, document, environment, site):
        terminal.complain(drift.said(terminal.language))
    if operations.is_followed(offer):
        terminal.complain(NOT_FOLLOWED.said(terminal.language))
    return 0 if code == 0 else 1


VERBS: Mapping[str, Callable[[Sequence[str], Terminal], int]] = {"ops": ops}
