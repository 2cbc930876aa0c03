"""Use case: the record of a run, printed or written below `.rollbook/reports`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rollbook.app.filling import filled_papers, refuse_beside, write_beside
from rollbook.app.places import Place, existing_place, find_run, situation
from rollbook.app.show import view_of
from rollbook.model.plan import Plan
from rollbook.model.workflow import Workflow
from rollbook.views.report_texts import render, render_all
from rollbook.views.run_view import RunView
from rollbook.wiring import publish_metrics, state_directory

REPORTS = "reports"


def report_text(named: str, form: str, language: str = "", site: str = "") -> str:
    """`form` is md | html | json; `language` "" means the document's. Raises Refused when `named` is no run."""
    place = existing_place(site)
    now = situation(place.journal, find_run(place.journal, named))
    view = view_of(place, now)
    papers = filled_papers(now.plan, view)
    return render(now.plan, view, form, language or now.plan.language, templates_of(now.plan), papers)


def write_report(run: str, place: Place, language: str = "") -> str:
    """Write Markdown, HTML and JSON as the journal stands; returns the path of the Markdown file."""
    return str(write_reports(run, place, language)[0])


def write_reports(named: str, place: Place | None = None, language: str = "") -> tuple[Path, ...]:
    """The same, with every path: Markdown, HTML, JSON."""
    place = place or existing_place()
    now = situation(place.journal, find_run(place.journal, named))
    texts = texts_of(now.plan, view_of(place, now), language or now.plan.language)
    return write_all(state_directory(place.site) / REPORTS, now.row.run, texts)


def write_papers(named: str) -> tuple[Path, ...]:
    """Put the run's deployment document, filled in, beside the original. Raises Refused, before anything is written,
    where another text stands there."""
    place = existing_place()
    now = situation(place.journal, find_run(place.journal, named))
    sources = {source.path: source for source in now.plan.documents}
    papers = filled_papers(now.plan, view_of(place, now))
    for paper in papers:
        refuse_beside(paper, sources[paper.path], now.row.run)
    return tuple(write_beside(paper, sources[paper.path], now.row.run) for paper in papers)


def finish(run: str, place: Place) -> None:
    """What is left when a run has ended: its final record, and its metrics told to whatever observes this machine."""
    now = situation(place.journal, find_run(place.journal, run))
    view = view_of(place, now)
    texts = texts_of(now.plan, view, now.plan.language)
    write_all(state_directory(place.site) / REPORTS, run, texts)
    publish_metrics(view.metrics, {"environment": view.environment, "version": view.version, "state": view.state})


def texts_of(plan: Plan, view: RunView, language: str) -> Mapping[str, str]:
    """Every form of the report, by its file ending."""
    return render_all(plan, view, language, templates_of(plan), filled_papers(plan, view))


def templates_of(plan: Plan) -> tuple[Workflow, ...]:
    """The plan's templates, read from the texts that it holds: later edits of the files change no record."""
    from rollbook.documents import read

    documents = (read(source).document for source in plan.documents)
    return tuple(document for document in documents if isinstance(document, Workflow))


def report_path(run: str, place: Place, form: str = "md") -> Path:
    """Where the run's record is, once it is written."""
    return state_directory(place.site) / REPORTS / f"{run}.{form}"


def write_all(directory: Path, run: str, texts: Mapping[str, str]) -> tuple[Path, ...]:
    """One file a form, each put in place whole: a reader never sees half a report."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for form, text in texts.items():
        path = directory / f"{run}.{form}"
        fresh = path.with_suffix(f".{form}.fresh")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
        written.append(path)
    return tuple(written)
