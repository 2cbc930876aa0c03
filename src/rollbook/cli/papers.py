"""Verbs about the document itself: doc, export."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rollbook.cli.parser import Arguments, Parser
from rollbook.cli.terminal import Terminal
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.app.export import Exported

SIGNED = Words("{path}: signed by {name} for {role}", "{path}：{name} 已以 {role} 签署")
MOVED = Words("every row is signed: the document is {status} now", "全部签署完毕：文档状态改为 {status}")
MISSING = Words("still to sign: {roles}", "尚待签署：{roles}")
WRITTEN = Words("{file}: written", "{file}：已写出")
UNCHANGED = Words("{file}: as the document says", "{file}：与文档一致")
ABSENT = Words("{file}: missing", "{file}：不存在")
DIFFERS = Words("{file}: not what the document says", "{file}：与文档不一致")


def doc(words: Sequence[str], terminal: Terminal) -> int:
    """`status`: who has signed. `sign`: fill one row of the sign-off table."""
    parser = Parser("doc", terminal)
    parser.option("act", choices=["status", "sign"], metavar="status|sign", words=Words("look or sign", "查看或签署"))
    parser.option("document", metavar="DOC", words=Words("a deployment document", "部署文档"))
    parser.option("--as", dest="person", default="", metavar="PERSON", words=Words("who signs", "由谁签署"))
    parser.option("--role", default="", metavar="ROLE", words=Words("for which role", "以哪个角色"))
    parser.option("--site", default="", metavar="FILE|embedded", words=Words("the site", "站点"))
    parser.option("--format", choices=["text", "json"], default="text", words=Words("how to show", "显示格式"))
    arguments = parser.read(words)
    if arguments is None:
        return 0
    return _sign(arguments, terminal) if arguments.act == "sign" else _status(arguments, terminal)


def _status(arguments: Arguments, terminal: Terminal) -> int:
    from rollbook.app.doc import read_deployment, unsigned
    from rollbook.views.signing import render

    document = read_deployment(arguments.document)
    terminal.print(render(document, unsigned(document), arguments.format, terminal.language))
    return 0


def _sign(arguments: Arguments, terminal: Terminal) -> int:
    import datetime
    import getpass

    from rollbook.app.doc import sign
    from rollbook.app.people import TOKEN_VARIABLE, prove
    from rollbook.app.places import site_named

    site = site_named(arguments.site)
    speaker = prove(arguments.person, site, getpass.getuser(), os.environ.get(TOKEN_VARIABLE, ""))
    # The day is the signer's own: that of the machine they sign at.
    done = sign(arguments.document, speaker, arguments.role, site, datetime.date.today())
    terminal.print(SIGNED.said(terminal.language).format(path=arguments.document, name=done.name, role=done.role))
    if done.moved_to:
        terminal.print(MOVED.said(terminal.language).format(status=done.moved_to))
    elif done.missing:
        terminal.print(MISSING.said(terminal.language).format(roles=", ".join(done.missing)))
    return 0


def export(words: Sequence[str], terminal: Terminal) -> int:
    """Write what the document says for other tools. With --check: 1 where the files are not that."""
    parser = Parser("export", terminal)
    parser.option(
        "topic", choices=["monitoring", "runbook"], metavar="monitoring|runbook", words=Words("what", "导出什么")
    )
    parser.option("documents", nargs="+", metavar="DOC", words=Words("a deployment document", "部署文档"))
    parser.option("--out", required=True, metavar="DIR", words=Words("where the files are", "文件所在目录"))
    parser.option("--check", action="store_true", words=Words("only compare; 1 if they differ", "只比较；不一致时为 1"))
    parser.option("--site", default="", metavar="FILE|embedded", words=Words("the site", "站点"))
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app import export as exporting
    from rollbook.app.places import site_named

    document, directory = exporting.deployment_among(arguments.documents), Path(arguments.out)
    site = site_named(arguments.site)
    if arguments.check:
        done = exporting.compare(exporting.files_of(arguments.topic, document, directory, site), directory)
    else:
        done = exporting.export(arguments.topic, document, directory, site)
    _tell(done, directory, terminal)
    return 1 if done.drifted else 0


def _tell(done: Exported, directory: Path, terminal: Terminal) -> None:
    """What became of each file, and what is left to a person."""
    told = ((WRITTEN, done.written), (UNCHANGED, done.unchanged), (ABSENT, done.missing), (DIFFERS, done.differing))
    for said, names in told:
        for name in names:
            terminal.print(said.said(terminal.language).format(file=directory / name))
    for line in done.by_hand:
        terminal.complain(line)


VERBS: Mapping[str, Callable[[Sequence[str], Terminal], int]] = {"doc": doc, "export": export}
