"""A report as Markdown, HTML and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rollbook.model.filling import Filling
from rollbook.model.plan import Plan
from rollbook.model.workflow import Workflow
from rollbook.values import Json, Words
from rollbook.views.chart import chart, sparklines
from rollbook.views.evidence import evidence, mark_of
from rollbook.views.filled import FilledPaper, filled_documents
from rollbook.views.pretty import pretty
from rollbook.views.report import Report, Speaker, Table, make_report
from rollbook.views.run import advice_title, as_json
from rollbook.views.run_view import RunView
from rollbook.views.wording import PROOF_MARKS

FORMS = ("md", "html", "json")


def render(
    plan: Plan,
    view: RunView,
    form: str,
    language: str,
    workflows: Sequence[Workflow] = (),
    papers: Sequence[FilledPaper] = (),
) -> str:
    """`form` is md | html | json. `workflows`: the plan's templates as read, to fill in more of their bullets.
    `papers`: its deployment document filled in, which then is the report; a template's own follows it."""
    if form == "json":
        return _json(plan, view, language, workflows, papers)
    report = make_report(plan, view, language, workflows, papers)
    if form == "html":
        return _html(report, papers)
    own = "\n".join(markdown_lines(report)) if report.documents or not papers else ""
    return "\n---\n\n".join([*(paper.text for paper in papers), *([own] if own else [])])


def render_all(
    plan: Plan, view: RunView, language: str, workflows: Sequence[Workflow] = (), papers: Sequence[FilledPaper] = ()
) -> Mapping[str, str]:
    """Every form, by its file ending."""
    return {form: render(plan, view, form, language, workflows, papers) for form in FORMS}


def texts_of(report: Report, form: str) -> str:
    """Any report as `md` or `html`: also a promotion's."""
    return _html(report) if form == "html" else "\n".join(markdown_lines(report))


def record_lines(plan: Plan, view: RunView, language: str) -> tuple[str, ...]:
    """The run's record as a section that is put behind its deployment document."""
    report = make_report(plan, view, language, papers=[FilledPaper(s.path, "", "", Filling()) for s in plan.documents])
    title = RECORD.said(language).format(run=view.id)
    return (f"# {title}", *list(markdown_lines(report))[1:])


RECORD = Words("Run record {run}", "运行记录 {run}")
"""Headings by which a reader knows such a section (`documents/vocabulary`)."""


def markdown_lines(report: Report) -> Iterator[str]:
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
    for advice in cause.runbook:
        steps = (f"{number}. {_cell(step)}" for number, step in enumerate(advice.steps, 1))
        yield from ("", _cell(advice_title(advice).said(report.language)), "", *steps)


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


def _html(report: Report, papers: Sequence[FilledPaper] = ()) -> str:
    """One file, no script, nothing from elsewhere."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    from rollbook.views.document_html import document_html

    environment = Environment(
        loader=PackageLoader("rollbook.views", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    # Numbers and our own words only: nothing of a document comes into the chart.
    drawn = Markup(chart(report.samples, report.begun, report.language, report.happenings))
    # Raw HTML of a document is shown as text.
    filled = [(paper.path, Markup(document_html(paper.body))) for paper in papers]
    page = environment.get_template("report.html.j2")
    say = Speaker(report.language)
    advice = [(advice_title(a).said(report.language), a.steps) for a in (report.cause.runbook if report.cause else ())]
    return page.render(report=report, chart=drawn, say=say, marks=PROOF_MARKS, papers=filled, advice=advice)


def _json(
    plan: Plan, view: RunView, language: str, workflows: Sequence[Workflow], papers: Sequence[FilledPaper]
) -> str:
    """What `show --format json` says, and the evidence behind it."""
    others = filled_documents(plan, view, language, workflows, {paper.path for paper in papers})
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
            *({"path": paper.path, "text": paper.text, "filled": _values(paper.filling)} for paper in papers),
            *({"path": filled.path, "text": filled.text} for filled in others),
        ],
        "samples": msgspec.to_builtins(view.samples),
    }
    return pretty(shown)


def _values(filling: Filling) -> dict[str, Json]:
    """What was filled in, by the lines of the original; the record stands in the text."""
    values: dict[str, Json] = msgspec.to_builtins(filling, str_keys=True)
    return {name: value for name, value in values.items() if name != "record"}
