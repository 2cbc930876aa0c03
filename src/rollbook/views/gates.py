"""Gates as a person meets them: what waits, for whom, until when, and who answered what."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.model.events import Decided, Froze, GateAnswered, GateOpened, TimerFired, WindowLooked
from rollbook.model.gates import Gate, kind_of
from rollbook.values import Words
from rollbook.views.log import YES, Log
from rollbook.views.reasons import reason_words
from rollbook.views.run_view import Answer, GateView, GateWord
from rollbook.views.wording import ANSWERS, clock

FROZEN = "frozen"
TITLES = {
    FROZEN: Words("frozen", "已冻结"),
    "changed": Words("step code changed since it was approved", "步骤代码在批准之后有改动"),
    "skip": Words("skip a guarded step", "跳过受保护的步骤"),
}
EXPECTS = {"manual": "done", "doubt": "done", "choice": "approve"}
"""The verb that answers a kind of gate; approve answers every other kind."""


def gates_of(log: Log) -> tuple[GateView, ...]:
    """Gates of the plan in its order, then those made during the run in the order they opened."""
    planned = [_planned(log, gate) for gate in log.plan.gates]
    return (*planned, *_made(log, {gate.id for gate in log.plan.gates}))


def answer_words(answer: Answer, language: str, at: bool = False) -> str:
    """Who said what at a gate, and when: `wang (ops lead) approved 2026-11-22 01:10:05 “go”`."""
    said = ANSWERS[answer.answer].said(language) if answer.answer in ANSWERS else answer.answer
    roles = ", ".join(role for role in answer.roles if role != answer.person)
    parts = (
        answer.person,
        f"({roles})" if roles else "",
        said,
        clock(answer.at) if at else "",
        f"“{answer.comment}”" if answer.comment else "",
    )
    return " ".join(part for part in parts if part)


def _planned(log: Log, gate: Gate) -> GateView:
    timeout = gate.timeout_s
    opened = _opened(log, gate.id)
    return GateView(
        gate.id,
        gate.title,
        gate.kind,
        _state(log, gate.id, opened),
        gate.step,
        gate.reason,
        opened,
        opened + timeout if opened is not None and timeout is not None else None,
        _opens(log, gate.id),
        _approvers(gate),
        str(gate.need),
        _answers(log, gate.id),
        EXPECTS.get(gate.kind, "approve"),
        tuple(choice.name for choice in gate.choices),
    )


def _made(log: Log, planned: set[str]) -> Iterator[GateView]:
    """Gates that opened during the run, in the order in which they first did; freezing opens one by itself."""
    opened = dict.fromkeys(event.gate for _, event in log.of(GateOpened))
    waiting = dict.fromkeys(gate.id for gate in log.state.gates)
    for gate in (name for name in {**opened, **waiting} if name not in planned):
        kind, rule = kind_of(gate), log.plan.rule_for(gate)
        at = _opened(log, gate)
        yield GateView(
            gate,
            _title(log, gate),
            kind,
            _state(log, gate, at),
            why=_why(log, gate),
            opened=at,
            approvers=_approvers(rule),
            need=str(rule.need) if rule else "any",
            answers=_answers(log, gate),
            expects=EXPECTS.get(kind, "approve"),
        )


def _approvers(rule: Gate | None) -> tuple[str, ...]:
    """Who may answer, as `role: person, person`; empty: anybody."""
    return tuple(f"{a.role}: {', '.join(a.people)}" if a.people else a.role for a in rule.approvers) if rule else ()


def _title(log: Log, gate: str) -> str:
    """The text of the item that a run-time gate is about; else what kind of gate it is."""
    item = log.items.get(gate.rsplit("/", 1)[-1])
    return item.text if item else TITLES.get(gate.split(":", 1)[0], Words(gate, gate)).said(log.plan.language)


def _why(log: Log, gate: str) -> str:
    """Why it opened the last time."""
    if gate == FROZEN and (froze := log.last(Froze)):
        return reason_words(froze.why).said(log.plan.language)
    said = (
        reason_words(event.why).said(log.plan.language)
        for _, event in reversed(list(log.of(GateOpened)))
        if event.gate == gate
    )
    return next(said, "")


def _opened(log: Log, gate: str) -> float | None:
    """When it opened the last time."""
    found = [entry.at for entry, event in log.of(GateOpened) if event.gate == gate]
    if gate == FROZEN:
        found += [entry.at for entry, _ in log.of(Froze)]
    return max(found, default=None)


def _opens(log: Log, gate: str) -> float | None:
    """When a closed release window opens, by the newest look at the clock."""
    looks = [event for _, event in log.of(WindowLooked) if event.gate == gate]
    return looks[-1].opens if looks else None


def _answers(log: Log, gate: str) -> tuple[Answer, ...]:
    return tuple(
        Answer(event.person, event.roles, event.choice or event.answer, event.comment, entry.at)
        for entry, event in log.of(GateAnswered)
        if event.gate == gate
    )


def _state(log: Log, gate: str, opened: float | None) -> GateWord:
    if any(waiting.id == gate for waiting in log.state.gates):
        return "open"
    if any(event.what == gate and event.choice == "open" for _, event in log.of(Decided)):
        return "passed"
    if opened is None:
        return "withdrawn" if any(event.what == gate for _, event in log.of(Decided)) else "pending"
    answers = [event.answer for _, event in log.of(GateAnswered) if event.gate == gate]
    if "reject" in answers:
        return "rejected"
    kept = gate_kind(log, gate) == "window"
    if not kept and any(event.timer == gate for _, event in log.of(TimerFired)):
        return "timed_out"
    return "passed" if any(answer in YES for answer in answers) else "withdrawn"


def gate_kind(log: Log, gate: str) -> str:
    """The kind of a gate of the plan; "" for others."""
    planned = log.plan.gate(gate)
    return planned.kind if planned else ""
