"""Why a run did not go through: the step, the server, the error and the last lines that explain it."""

from __future__ import annotations

from rollbook.machine.state import RunState
from rollbook.model.events import (
    Entry,
    Failed,
    Froze,
    GateAnswered,
    Judged,
    RollbackBegun,
    RunEnded,
    StageEntered,
    TimerFired,
    VerbAsked,
)
from rollbook.model.symptoms import Failure, rows_like
from rollbook.values import Words
from rollbook.views.log import Log, place_of
from rollbook.views.reasons import reason_words
from rollbook.views.run_view import Advice, Cause

REJECTED = Words("rejected by {person}", "被 {person} 拒绝")
TIMED_OUT = Words("nobody answered in time", "超时无人答复")
ASKED = Words("{verb} asked by {person}", "{person} 要求 {verb}")


def cause_of(log: Log, state: RunState) -> Cause | None:
    """What turned the run back: of the last stage's failures the first; None while nothing has."""
    frozen = log.last(Froze)
    if state == "frozen" and frozen:
        return Cause(server=frozen.server, error=reason_words(frozen.why).said(log.plan.language))
    turned = next((entry.seq for entry, _ in log.of(RollbackBegun)), None)
    ended = log.last(RunEnded)
    if turned is None and state in ("running", "waiting", "paused", "succeeded"):
        return None
    before = [entry for entry in log.entries if turned is None or entry.seq <= turned]
    stage = next((e.seq for e in reversed(before) if isinstance(e.event, StageEntered)), 0)
    found = [(entry.seq, cause) for entry in before if (cause := _cause(log, entry))]
    if found:
        return next((cause for seq, cause in found if seq > stage), found[-1][1])
    return Cause(error=ended.cause) if ended and ended.cause else None


def _cause(log: Log, entry: Entry) -> Cause | None:
    language = log.plan.language
    match entry.event:
        case Failed(task=task, error=error, output=output, hint=hint) if not _reports(log, task):
            return _at(log, task, error, output, hint)
        case Judged(task=task, verdict="fail", detail=detail, output=output) if not _reports(log, task):
            return _at(log, task, detail, output)
        case GateAnswered(answer="reject", gate=gate, person=person, comment=comment):
            said = REJECTED.format(person=person).said(language) + (f" “{comment}”" if comment else "")
            return _at_gate(log, gate, said)
        case TimerFired(timer=timer) if log.plan.gate(timer):
            return _at_gate(log, timer, TIMED_OUT.said(language))
        case VerbAsked(verb="abort" | "rollback" as verb, person=person, reason=reason):
            said = ASKED.format(verb=verb, person=person).said(language)
            return Cause(error=said + (f": {reason}" if reason else ""))
    return None


def _reports(log: Log, task: str) -> bool:
    """Whether the task only tells people or records: its failure turns nothing back (M17)."""
    stage = log.stages.get(place_of(task).stage)
    return stage is not None and stage.zone == "reporting"


def _at(log: Log, task: str, error: str, output: tuple[str, ...] = (), hint: str = "") -> Cause:
    place = place_of(task)
    item = log.items.get(place.item)
    stage = log.stages.get(place.stage)
    number = stage.step if stage else 0
    server = log.server_of(task) or (", ".join(stage.servers) if stage and stage.wave else "")
    functions = tuple(bound.binding.partition("@")[0] for bound in item.bound) if item else ()
    advice = advice_for(log, Failure(functions, error, output))
    return Cause(number, _title(log, number), item.text if item else "", server, error, hint, output, advice)


def advice_for(log: Log, failure: Failure) -> tuple[Advice, ...]:
    """Rows of the document's runbook that the failure looks like (M26)."""
    rows = log.plan.deployment.runbook if log.plan.deployment else ()
    return tuple(
        Advice(like.row.problem, like.row.symptom, like.row.steps, like.row.at.line, like.sure)
        for like in rows_like(failure, rows)
    )


def _at_gate(log: Log, gate: str, error: str) -> Cause:
    planned = log.plan.gate(gate)
    number = planned.step if planned else 0
    return Cause(number, _title(log, number), planned.title if planned else gate, "", error)


def _title(log: Log, number: int) -> str:
    return next((step.title for step in log.plan.steps if step.number == number), "")
