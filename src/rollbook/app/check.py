"""`rollbook check`: read documents, look for contradictions, say what binds to nothing. Touches nothing but, when asked
to mend, the documents themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rollbook.problems import Problem, ProblemsFound
from rollbook.views.problems import Checked, Findings, RuleNote

if TYPE_CHECKING:
    from rollbook.binding.library import Library
    from rollbook.model.site import Site
    from rollbook.model.workflow import Document


class CheckResult(Findings, frozen=True):
    """What `check` found in the documents, sorted by file and place."""

    @property
    def exit_code(self) -> int:
        """2 with errors, 0 with warnings and notes only (DESIGN §11)."""
        return 2 if any(p.severity == "error" for p in self.problems) else 0


def check(paths: Sequence[str], *, strict: bool = False, site: str = "") -> CheckResult:
    """Every problem of all documents at once, and of the step functions and the site file beside them.

    `strict` makes errors of warnings. `site` is as for `plan`: a site file, "embedded", or "" for what is found here.
    """
    checked, documents, problems = _read_all(paths)
    if documents:
        here, unread = _site(site)
        library, unloaded = _library(paths, here)
        problems += [*unread, *unloaded, *_slips(here, documents)]
        problems += _lint(documents, library, problems, here, site)
    ordered = sorted(problems, key=lambda p: (p.file, p.at.line, p.at.column, p.code))
    shown = tuple(_promoted(ordered) if strict else ordered)
    return CheckResult(
        tuple(checked), shown, _notes(ordered), beside=tuple(_beside(checked, ordered)), marks=marks_in(documents)
    )


def marks_in(documents: Sequence[Document]) -> dict[str, str]:
    """The secrets that the documents have in clear, as they are and as JSON spells them, and what is shown instead."""
    from rollbook.model.deployment import Deployment

    deployments = [d for d in documents if isinstance(d, Deployment)]
    if not deployments:
        return {}
    import json

    from rollbook.planning.deployment.hiding import marks_of

    found = {text: mark for d in deployments for text, mark in marks_of(d).items()}
    spelled = [(json.dumps(text, ensure_ascii=a)[1:-1], mark) for text, mark in found.items() for a in (True, False)]
    return {**dict(spelled), **found}


def check_and_fix(paths: Sequence[str], *, strict: bool = False, site: str = "") -> CheckResult:
    """Settle what can be settled without asking, then check what is written. `fixed` says what was done.

    Raises Refused when a file changes meanwhile."""
    from rollbook.app.fixing import fix

    before = check(paths, site=site)
    fixed = fix(before.problems, {document.path: document.text for document in before.documents})
    return msgspec.structs.replace(check(paths, strict=strict, site=site), fixed=fixed)


def _read_all(paths: Sequence[str]) -> tuple[list[Checked], list[Document], list[Problem]]:
    """Documents in the order given; what cannot be read at all is a problem like any other."""
    from rollbook import documents

    checked: list[Checked] = []
    read: list[Document] = []
    problems: list[Problem] = []
    for path in dict.fromkeys(paths):
        try:
            source = documents.load(path)
        except ProblemsFound as found:
            checked.append(Checked(path, ""))
            problems += found.problems
            continue
        reading = documents.read(source)
        checked.append(Checked(source.path, reading.kind, source.text))
        problems += reading.problems
        if reading.document:
            read.append(reading.document)
    return checked, read, problems


def _site(site: str) -> tuple[Site, Sequence[Problem]]:
    """The site here; the embedded one, and why, when its file cannot be read."""
    from rollbook.model.site import Site
    from rollbook.planning.sites import load_site

    try:
        return load_site(site), ()
    except ProblemsFound as found:
        return Site.embedded(), found.problems


def _library(paths: Sequence[str], here: Site) -> tuple[Library, Sequence[Problem]]:
    """What phrases are bound to here; the built-in library alone, and why, when the project's own cannot be loaded."""
    from rollbook.binding.library import Library, library_for

    try:
        return library_for(paths, here.steps, here.directory, here.path), ()
    except ProblemsFound as found:
        return Library.built_in(), found.problems


def _slips(here: Site, documents: Sequence[Document]) -> Sequence[Problem]:
    """Names in the site file that the documents spell otherwise."""
    if not here.parameters or not here.path:
        return ()
    from rollbook.planning.site_slips import problems_of

    return problems_of(here, documents, Path(here.path).read_text(encoding="utf-8-sig"))


def _lint(
    documents: Sequence[Document], library: Library, found: Sequence[Problem], here: Site, site: str
) -> Sequence[Problem]:
    from rollbook.app.surroundings import outside_of
    from rollbook.linting import lint

    return lint(documents, library, found, outside_of(documents, here, site))


def _promoted(problems: Sequence[Problem]) -> list[Problem]:
    """Warnings as errors; notes stay notes."""
    return [msgspec.structs.replace(p, severity="error") if p.severity == "warning" else p for p in problems]


def _beside(checked: Sequence[Checked], problems: Sequence[Problem]) -> Iterator[Checked]:
    """The other files that problems point into, where they can be shown."""
    files = dict.fromkeys(problem.file for problem in problems if problem.at.line)
    for path in files.keys() - {document.path for document in checked}:
        with suppress(OSError, ValueError):
            yield Checked(path, "", Path(path).read_text(encoding="utf-8"))


def _notes(problems: Sequence[Problem]) -> tuple[RuleNote, ...]:
    """What the rules that found something are about, in the order of their numbers."""
    from rollbook.linting import all_rules

    found = {problem.code for problem in problems}
    return tuple(
        RuleNote(rule.name, rule.code, rule.severity, rule.page.summary, rule.page.why)
        for rule in all_rules()
        if rule.code in found
    )
