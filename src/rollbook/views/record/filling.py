"""Everything that a run fills into its deployment document, in the document's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rollbook.model.deployment import Deployment, SignOff
from rollbook.model.filling import FactName, Filling, Signature
from rollbook.model.plan import Plan
from rollbook.values import Words
from rollbook.views.record.boxes import ticks_of
from rollbook.views.record.figures import migrations_of, stages_of
from rollbook.views.report import result
from rollbook.views.run_view import Answer, RunView
from rollbook.views.wording import clock

SIGNED = {"approve": Words("approved", "已批准"), "reject": Words("rejected", "已拒绝")}


def filling_of(plan: Plan, view: RunView, document: Deployment, record: Sequence[str] = ()) -> Filling:
    """`record` are the lines of the section that is put behind the document."""
    language = document.language
    return Filling(
        view.version,
        dict(_facts(view, language)),
        ticks_of(plan, view, document),
        stages_of(plan, view, language),
        migrations_of(plan, view, language),
        dict(_signatures(view, document)),
        tuple(record),
    )


def _facts(view: RunView, language: str) -> Iterator[tuple[FactName, str]]:
    yield "environment", view.environment
    yield "digest", str(view.facts.get("image.digest", ""))
    yield "started", clock(view.created)
    yield "ended", clock(view.ended) if view.ended is not None else ""
    yield "person", view.initiator
    yield "result", result(view).said(language)
    yield "run", view.id


def _signatures(view: RunView, document: Deployment) -> Iterator[tuple[int, Signature]]:
    """Rows that nobody has signed, whose role approved or rejected this run; one person signs once (M44)."""
    answers = [answer for gate in view.gates if gate.kind == "approval" for answer in gate.answers]
    used: set[str] = {row.name.text for row in document.signoffs if not row.name.blank}
    for row in document.signoffs:
        mine = next((a for a in answers if _answers_for(a, row) and a.person not in used), None)
        if mine and row.name.blank:
            used.add(mine.person)
            status = SIGNED[mine.answer].said(document.language)
            yield row.at.line, Signature(mine.person, clock(mine.at)[:10], status)


def _answers_for(answer: Answer, row: SignOff) -> bool:
    roles = {role.casefold() for role in (*answer.roles, answer.person)}
    return answer.answer in SIGNED and row.role.casefold() in roles
