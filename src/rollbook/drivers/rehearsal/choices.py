"""What can happen next in a rehearsal: every outcome of the command in flight, every answer at a gate.

A choice costs 1 of the failure budget when it is a failure; answers and time cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, TypeAlias

from rollbook.drivers.rehearsal.migrating import is_about_schema
from rollbook.machine.commands import (
    Cancel,
    ClaimTargets,
    LookAt,
    LookAtClock,
    LookForRequest,
    Perform,
    RecordPrior,
    RecordSchema,
    StandWatch,
    Survey,
)
from rollbook.machine.gates import FROZEN, rule_for
from rollbook.machine.program import Program
from rollbook.machine.state import State
from rollbook.machine.verbs import refusal
from rollbook.model import events as ev
from rollbook.model.gates import kind_of
from rollbook.values import Words

Mode: TypeAlias = Literal[
    "ok", "fail_before", "fail_after", "hang_before", "hang_after", "unknown_before", "unknown_after", "cut",
    "balancer_down", "dies_before", "dies_after", "trip", "no_data", "events", "fail_half", "unknown_half", "dies_half",
    "closed",
]  # fmt: skip

SAID: dict[str, Words] = {
    "ok": Words("succeeds", "成功"),
    "fail_before": Words("fails", "失败"),
    "fail_after": Words("fails after its effect happened", "生效后报告失败"),
    "hang_before": Words("hangs to its limit", "挂起直到超时"),
    "hang_after": Words("hangs to its limit after its effect happened", "生效后挂起直到超时"),
    "unknown_before": Words("connection lost before the effect", "生效前连接中断"),
    "unknown_after": Words("connection lost after the effect", "生效后连接中断"),
    "cut": Words("connection lost, and the server stays unreachable", "连接中断，服务器持续不可达"),
    "balancer_down": Words("the balancer goes down", "负载均衡器宕机"),
    "dies_before": Words("the engine dies before the effect, and is resumed", "引擎在生效前崩溃，随后恢复"),
    "dies_after": Words("the engine dies after the effect, before recording it, and is resumed",
                        "引擎在生效后、记录前崩溃，随后恢复"),
    "fail_half": Words("fails half-way", "执行一半后失败"),
    "unknown_half": Words("connection lost half-way", "执行一半时连接中断"),
    "dies_half": Words("the engine dies half-way, and is resumed", "引擎在执行一半时崩溃，随后恢复"),
    "trip": Words("judged: over the limit", "判定：超过阈值"),
    "no_data": Words("judged: no data", "判定：没有数据"),
    "closed": Words("the release window is closed", "发布窗口未开启"),
}  # fmt: skip


class Choice(NamedTuple):
    """One way on. `events` are what people or time say; other modes say what the first pending command does."""

    mode: Mode
    label: Words
    cost: int = 0
    events: tuple[ev.Event, ...] = ()
    heals: bool = False


def outcomes(program: Program, state: State, command: object, budget: int) -> Iterator[Choice]:
    """Every way in which the command in flight can end, and what may come in between."""
    yield _mode("ok", _name(program, command), 0)
    if isinstance(command, LookAtClock):
        yield _mode("closed", _name(program, command), 0)
    if not budget:
        return
    for mode in _failures(program, command):
        yield _mode(mode, _name(program, command), 1)
    if refusal(program, state, "abort") is None:
        person = program.plan.site.initiator
        yield Choice("events", Words("someone aborts", "有人中止运行"), 1, (ev.VerbAsked("abort", person),))


def trips(program: Program, pending: Iterable[object]) -> Iterator[Choice]:
    """A standing watch proves the release bad, whatever else goes on."""
    for command in pending:
        if isinstance(command, StandWatch):
            verdict = (ev.Judged(command.task, "fail"),)
            name, said = _name(program, command), SAID["trip"]
            yield Choice("events", Words(f"{name}: {said.en}", f"{name}：{said.zh}"), 1, verdict)


def _failures(program: Program, command: object) -> tuple[Mode, ...]:
    if isinstance(command, LookAt | RecordPrior):
        return ("fail_before", "dies_before")
    if isinstance(command, Cancel):
        return ("fail_after", "unknown_before", "unknown_after")
    if isinstance(command, Survey | LookForRequest | LookAtClock | ClaimTargets):
        return ("dies_before",)
    if isinstance(command, RecordSchema):
        return ("cut", "dies_before")
    assert isinstance(command, Perform)
    item = program.tasks[command.task].item
    if item.kind == "check":
        return ("trip", "no_data", "unknown_before", "dies_before")
    common: tuple[Mode, ...] = ("fail_before", "hang_before", "unknown_before", "dies_before")
    if is_about_schema(program, command.task):
        return (*common, "fail_half", "fail_after", "unknown_half", "unknown_after", "cut", "dies_half", "dies_after")
    if not item.touches:
        return (*common, "dies_after") if item.effect == "once" else common
    balancer: tuple[Mode, ...] = ("balancer_down",) if item.leaves or item.returns else ()
    return (*common, "fail_after", "hang_after", "unknown_after", "cut", *balancer, "dies_after")


def answers(program: Program, state: State, gate: str) -> Iterator[Choice]:
    """Every answer at an open gate: yes, no, never; retry and rollback where they apply."""
    rule = rule_for(program, gate)
    people = _quorum(program, gate)
    title = rule.title if rule and gate in program.gates else gate
    if gate == FROZEN:
        yield from _thaw(program, state)
        return
    if rule and rule.choices and gate in program.gates:
        for choice in rule.choices:
            yes = tuple(ev.GateAnswered(gate, "choose", p, r, choice=choice.name) for p, r in people)
            yield Choice("events", Words(f"{title}: {choice.name}", f"{title}：{choice.name}"), 0, yes)
    else:
        yes = tuple(ev.GateAnswered(gate, "approve", p, r) for p, r in people)
        yield Choice("events", Words(f"{title}: yes", f"{title}：同意"), 0, yes)
    if kind_of(gate) == "doubt":
        no = tuple(ev.GateAnswered(gate, "not_happened", p, r) for p, r in people)
        yield Choice("events", Words(f"{title}: it did not happen", f"{title}：没有发生"), 0, no)
    person, roles = people[0]
    refused = (ev.GateAnswered(gate, "reject", person, roles),)
    yield Choice("events", Words(f"{title}: no", f"{title}：拒绝"), 0, refused)
    if rule and gate in program.gates and rule.kind == "window":
        yield Choice("events", Words(f"{title}: it opens", f"{title}：窗口开启"), 0, (ev.TimerFired(gate),))
    if rule and gate in program.gates and rule.timeout_s:
        yield Choice("events", Words(f"{title}: nobody answers", f"{title}：无人答复"), 0, (ev.TimerFired(gate),))
    if kind_of(gate) == "hold":
        again = (ev.VerbAsked("retry", person, roles),)
        yield Choice("events", Words(f"{title}: measure again", f"{title}：重新测量"), 0, again)


def _thaw(program: Program, state: State) -> Iterator[Choice]:
    """What people do with a frozen run once the outside is mended."""
    person = program.plan.site.initiator
    again = (ev.VerbAsked("retry", person),)
    yield Choice("events", Words("mended; retry", "修复后重试"), 0, again, heals=True)
    if refusal(program, state, "rollback") is None:
        back = (ev.VerbAsked("rollback", person),)
        yield Choice("events", Words("mended; rollback", "修复后回滚"), 0, back, heals=True)


def _quorum(program: Program, gate: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """People whose yeses suffice at this gate."""
    rule = rule_for(program, gate)
    if rule is None or not rule.approvers:
        return ((program.plan.site.initiator, ()),)
    return tuple((a.people[0] if a.people else a.role, (a.role,)) for a in rule.approvers)


def _mode(mode: Mode, name: str, cost: int) -> Choice:
    said = SAID[mode]
    return Choice(mode, Words(f"{name}: {said.en}", f"{name}：{said.zh}"), cost)


def _name(program: Program, command: object) -> str:
    if isinstance(command, Perform | StandWatch):
        task = program.tasks.get(command.task) or program.standing[command.task]
        where = f" @ {task.server}" if task.server else ""
        return f"{task.item.id} {task.item.text}{where}"
    return str(getattr(command, "key", command))
