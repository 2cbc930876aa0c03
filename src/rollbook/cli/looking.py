"""Verbs that look at runs and change nothing: runs, show, report, audit. They exit 0 whatever a run's state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rollbook.cli.parser import Arguments, Parser
from rollbook.cli.terminal import Terminal
from rollbook.values import Words

FORMAT = Words("how to print", "输出格式")
WRITE = Words(
    "write all three under .rollbook/reports, and a filled-in deployment document beside its original",
    "三种格式写入 .rollbook/reports，填写好的部署文档写在原文档旁边",
)
RUN = Words("an id, a unique prefix, or `last`", "运行编号、唯一前缀，或 `last`")


def runs(words: Sequence[str], terminal: Terminal) -> int:
    parser = Parser("runs", terminal)
    parser.option("--format", choices=["text", "json"], default="text", words=FORMAT)
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.runs import all_runs
    from rollbook.views.runs import render

    terminal.print(render(all_runs(), arguments.format, terminal.language))
    return 0


def show(words: Sequence[str], terminal: Terminal) -> int:
    parser = Parser("show", terminal)
    parser.option("run", metavar="RUN", words=RUN)
    parser.option("--follow", action="store_true", words=Words("stay until the run ends", "跟随直到运行结束"))
    parser.option("--format", choices=["text", "json"], default="text", words=FORMAT)
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.places import existing_place
    from rollbook.app.promotions import find_promotion
    from rollbook.app.show import show_run
    from rollbook.views.run import render

    place = existing_place()
    if promotion := find_promotion(place.journal, arguments.run):
        from rollbook.cli.walking import show as show_promotion

        show_promotion(promotion, place, terminal, arguments.format, arguments.follow)
    elif arguments.follow:
        _follow(arguments.run, arguments.format, terminal)
    else:
        view = show_run(arguments.run)
        terminal.print(render(view, arguments.format, terminal.chosen or view.language))
    return 0


def _follow(run: str, form: str, terminal: Terminal) -> None:
    """Live until the run ends; as JSON only what it came to."""
    from rollbook.app.show import follow
    from rollbook.views.live import watch
    from rollbook.views.run import render

    if form == "json":
        *_, last = follow(run)
        terminal.print(render(last, "json", terminal.chosen or last.language))
    else:
        watch(follow(run), terminal.out, terminal.chosen)


def report(words: Sequence[str], terminal: Terminal) -> int:
    parser = Parser("report", terminal)
    parser.option("run", metavar="RUN", words=RUN)
    parser.option("--format", choices=["md", "html", "json"], default="md", words=FORMAT)
    parser.option("--write", action="store_true", words=WRITE)
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.places import existing_place
    from rollbook.app.promotions import find_promotion

    place = existing_place()
    if promotion := find_promotion(place.journal, arguments.run):
        from rollbook.app.promotion_views import report_promotion, write_promotion

        if arguments.write:
            terminal.print("\n".join(map(str, write_promotion(promotion, place, terminal.chosen))))
        else:
            terminal.print(report_promotion(promotion, place, arguments.format, terminal.chosen))
        return 0
    _report_run(arguments, terminal)
    return 0


def _report_run(arguments: Arguments, terminal: Terminal) -> None:
    """Printed, or written: the three forms, and the filled-in document beside its original."""
    from rollbook.app.report import report_text, write_papers, write_reports

    if arguments.write:
        paths = (*write_papers(arguments.run), *write_reports(arguments.run, language=terminal.chosen))
        terminal.print("\n".join(map(str, paths)))
    else:
        terminal.print(report_text(arguments.run, arguments.format, terminal.chosen))


def audit(words: Sequence[str], terminal: Terminal) -> int:
    """1 when a chain is broken: somebody changed the journal."""
    parser = Parser("audit", terminal)
    parser.option("run", nargs="?", default="", metavar="RUN", words=RUN)
    arguments = parser.read(words)
    if arguments is None:
        return 0
    from rollbook.app.audit import audit as verify
    from rollbook.views.audit import render

    audits = verify(arguments.run)
    terminal.print(render(audits, terminal.language))
    return 0 if all(found.whole for found in audits) else 1


VERBS: Mapping[str, Callable[[Sequence[str], Terminal], int]] = {
    "runs": runs,
    "show": show,
    "report": report,
    "audit": audit,
}
