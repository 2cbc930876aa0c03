"""Verbs to begin with: init, demo, doctor, site."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rollbook.cli.parser import Parser
from rollbook.cli.terminal import Terminal
from rollbook.values import Words

FORMAT = Words("how to print", "输出格式")


def init(words: Sequence[str], terminal: Terminal) -> int:
    parser = Parser("init", terminal)
    parser.option("directory", nargs="?", default=".", metavar="DIR", words=Words("where to", "目录"))
    parser.option(
        "--lang", choices=["zh", "en"], default=terminal.language, words=Words("the documents' language", "文档语言")
    )
    parser.option(
        "--site", choices=["embedded", "ssh", "kubernetes"], default="embedded", words=Words("the site", "站点")
    )
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.init import init as begin

    written = begin(arguments.directory, arguments.lang, arguments.site)
    terminal.print("\n".join(str(path) for path in written))
    template = next(path for path in written if path.suffix == ".md")
    terminal.say(Words(f"next: rollbook check {template}", f"接下来：rollbook check {template}"))
    return 0


def demo(words: Sequence[str], terminal: Terminal) -> int:
    """A release on this machine, seen live; its site is taken down again."""
    parser = Parser("demo", terminal)
    parser.option("directory", nargs="?", default="rollbook-demo", metavar="DIR", words=Words("where to", "目录"))
    parser.option(
        "--bad", action="store_true", words=Words("release a version that answers errors", "发布一个会报错的版本")
    )
    parser.option("--keep", action="store_true", words=Words("leave the site up", "结束后保留站点"))
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.cli.demo import run_demo

    return run_demo(arguments.directory, terminal, bad=arguments.bad, keep=arguments.keep)


def doctor(words: Sequence[str], terminal: Terminal) -> int:
    """1 when something is missing that a run on the embedded site needs."""
    parser = Parser("doctor", terminal)
    parser.option("--format", choices=["text", "json"], default="text", words=FORMAT)
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.doctor import examine
    from rollbook.views.doctor import render

    findings = examine()
    terminal.print(render(findings, arguments.format, terminal.language))
    return 0 if all(finding.good for finding in findings) else 1


def site(words: Sequence[str], terminal: Terminal) -> int:
    parser = Parser("site", terminal)
    parser.option("act", choices=["up", "down", "status"], metavar="up|down|status", words=Words("what to do", "动作"))
    parser.option("servers", nargs="*", metavar="SERVER", words=Words("servers to bring up", "要启动的服务器"))
    parser.option("--site", default="", metavar="FILE|embedded", words=Words("the site", "站点"))
    parser.option("--format", choices=["text", "json"], default="text", words=FORMAT)
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.site import bring_up, look_at, take_down
    from rollbook.views.site import render

    if arguments.act == "down":
        ended = take_down(arguments.site)
        terminal.say(Words(f"down: {', '.join(ended) or '-'}", f"已停止：{', '.join(ended) or '-'}"))
        return 0
    status = bring_up(arguments.servers, arguments.site) if arguments.act == "up" else look_at(arguments.site)
    terminal.print(render(status, arguments.format, terminal.language))
    return 0


VERBS: Mapping[str, Callable[[Sequence[str], Terminal], int]] = {
    "init": init,
    "demo": demo,
    "doctor": doctor,
    "site": site,
}
