"""A report as Markdown, HTML and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rollbook.model.plan import Plan
from rollbook.model.workflow import Workflow
from rollbook.views.chart import chart, sparklines
from rollbook.views.evidence import evidence, mark_of
from rollbook.views.filled import filled_documents
from rollbook.views.pretty import pretty
from rollbook.views.report import Report, Speaker, Table, make_report
from rollbook.views.run import as_json
from rollbook.views.run_view import RunView
from rollbook.views.wording import PROOF_MARKS

FORMS = ("md", "html", "json")


def render(plan: Plan, view: RunView, form: str, language: str, workflows: Sequence[Workflow] = ()) -> str:
    """`form` is md | html | json. `workflows`: the plan's templates as read, to fill in more of their bullets."""
    if form == "json":
        return _json(plan, view, language, workflows)
    return texts_of(make_report(plan, view, language, workflows), form)


def texts_of(report: Report, form: str) -> str:
    """Any report as `md` or `html`."""
    return _html(report) if form == "html" else "\n".join(_markdown(report))


def render_all(plan: Plan, view: RunView, language: str, workflows: Sequence[Workflow] = ()) -> Mapping[str, str]:
    """Every form, by its file ending."""
    return {form: render(plan, view, form, language, workflows) for form in FORMS}


def _markdown(report: Report) -> Iterator[str]:
    say = Speaker(report.language)
    yield from (f"# {_cell(report.title)}", "", f"**{report.said}**", "")
    yield from (f"- {name}: {_code(value)}" for name, value in report.facts)
    yield from _markdown_cause(report, say)
    for table in report.tables:
        yield from _markdown_table(table)
    if lines := sparklines(report.samples, report.language):
        yield from ("", f"## {say('Over the run', '运行过程')}", "", "```", *lines, "```")
    if report.notes:
        yield from ("", f"## {say('Notes', '说明')}", "", *(f"- {note}" for note in report.notes))
    yield from ("", f"## {say('Timeline', '时间线')}", "")
    yield from (f"- {time} {mark} {_cell(text)}" for time, mark, text in report.timeline)
    for document in report.documents:
        fence = _fence_for(document.text)
        yield from ("", f"## {say('The document, filled in', '填写后的文档')}: {document.path}", "")
        yield from (f"{fence}markdown", document.text, fence)
    yield from ("", f"{say('Journal head', '日志末端哈希')}: `{report.head}`", "")
    yield from (f"    {command}" for command in report.next_commands)


def _markdown_cause(report: Report, say: Speaker) -> Iterator[str]:
    cause = report.cause
    if cause is None:
        return
    where = " · ".join(str(part) for part in (cause.step or "", cause.title, cause.item, cause.server) if part)
    yield from ("", f"## {say('Cause', '原因')}", "", f"{where}" if where else "", "", f"> {cause.error}")
    if cause.output:
        fence = _fence_for("\n".join(cause.output))
        yield from ("", fence, *cause.output, fence)
    if cause.hint:
        yield from ("", cause.hint)


def _markdown_table(table: Table) -> Iterator[str]:
    yield from ("", f"## {table.title}", "")
    yield "| " + " | ".join(table.columns) + " |"
    yield "|" + "---|" * len(table.columns)
    yield from ("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in table.rows)


def _cell(text: str) -> str:
    """Text that stays in its cell and means nothing to Markdown."""
    plain = text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
    return plain.replace("*", "\\*").replace("`", "\\`")


def _code(text: str) -> str:
    return f"`{text}`" if "`" not in text else _cell(text)


def _fence_for(text: str) -> str:
    """A fence longer than any in `text`."""
    longest = max((len(line) - len(line.lstrip("`")) for line in map(str.strip, text.splitlines())), default=0)
    return "`" * max(3, longest + 1)


def _html(report: Report) -> str:
    """One file, no script, nothing from elsewhere."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("rollbook.views", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    # Numbers and our own words only: nothing of a document comes into the chart.
    drawn = Markup(chart(report.samples, report.begun, report.language, report.happenings))
    page = environment.get_template("report.html.j2")
    return page.render(report=report, chart=drawn, say=Speaker(report.language), marks=PROOF_MARKS)


def _json(plan: Plan, view: RunView, language: str, workflows: Sequence[Workflow]) -> str:
    """What `show --format json` says, and the evidence behind it."""
    shown = as_json(view) | {
        "criteria": [
            {"text": item.text, "mark": mark_of(view, item), "evidence": evidence(view, item, language)}
            for item in plan.criteria
        ],
        "evidence": msgspec.to_builtins(view.proofs),
        "timeline": [
            {"at": moment.at, "seq": moment.seq, "text": moment.text.said(language)} for moment in view.timeline
        ],
        "documents": [
            {"path": filled.path, "text": filled.text} for filled in filled_documents(plan, view, language, workflows)
        ],
        "samples": msgspec.to_builtins(view.samples),
    }
    return pretty(shown)
