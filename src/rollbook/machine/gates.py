"""Gates: where a run waits for people, and when their answers are enough (M14, M15, M44).

Plan gates have their own ids. Gates made at run time are named by what they are about: "manual:TASK" and "ask:TASK"
(an item a person does or allows), "hold:TASK" (judged without data), "doubt:TASK" (did it happen?), "skip:STEP",
"floor:TASK", "schema:TASK" (is the schema to be taken back, at what loss?), "frozen", "changed".
"""

from __future__ import annotations

from rollbook.machine.commands import Await, Command, Record
from rollbook.machine.program import Program
from rollbook.machine.state import OpenGate, State, open_gate
from rollbook.model.events import GateOpened
from rollbook.model.gates import Gate

FROZEN = "frozen"
CHANGED = "changed"

Answers = frozenset[tuple[str, tuple[str, ...]]]


def ask(state: State, gate: str, why: str, timeout_s: float | None = None) -> tuple[Command, ...]:
    """Open the gate if it is not open; then wait for it."""
    if open_gate(state, gate) is None:
        return (Record(GateOpened(gate, why)),)
    return (Await(gate, timeout_s),)


def rule_for(program: Program, gate: str) -> Gate | None:
    """The plan gate whose approvers and quorum decide about `gate`; None: any one person may answer."""
    return program.plan.rule_for(gate)


def may_answer(program: Program, gate: str, person: str, roles: tuple[str, ...]) -> bool:
    """Whether this person's word counts at this gate."""
    rule = rule_for(program, gate)
    if rule is None or not rule.approvers:
        return True
    return any(a.role in roles or person in a.people for a in rule.approvers)


def enough(program: Program, gate: OpenGate) -> bool:
    """Whether the yeses suffice: one person counts once, whatever roles they have; the initiator never alone (M44)."""
    rule = rule_for(program, gate.id)
    people = {person for person, _ in gate.answers}
    if rule is None or rule.kind in ("manual", "choice") or not rule.approvers:
        return bool(people)
    if not people - {program.plan.site.initiator}:
        return False
    if rule.need == "any":
        return True
    if rule.need == "all":
        return all(any(covers(a.role, a.people, answer) for answer in gate.answers) for a in rule.approvers)
    return len(people) >= rule.need


def covers(role: str, people: tuple[str, ...], answer: tuple[str, tuple[str, ...]]) -> bool:
    """Whether one person's yes speaks for a role. A person with two roles speaks for both and counts once (F11)."""
    person, roles = answer
    return role in roles or person in people
