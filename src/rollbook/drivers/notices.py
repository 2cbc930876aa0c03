"""What people are told when a run waits for them: one message per role and channel, sent once (M14)."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.machine.gates import rule_for
from rollbook.machine.program import Program
from rollbook.model.gates import Approver, Gate
from rollbook.ports import Message
from rollbook.values import Words

LOG = "log"
"""The channel where neither document nor site names one."""


def gate_messages(program: Program, run: str, gate: str, head: str) -> tuple[Message, ...]:
    """Messages for everybody `gate` waits for. `head` is the journal's newest hash: whoever has the message can tell
    later whether the journal before it was changed."""
    language = program.plan.language
    subject = SUBJECT.format(title=program.plan.title, version=program.plan.version, where=program.plan.environment)
    body = BODY.format(what=_what(program, gate), run=run, gate=gate, head=head)
    return tuple(
        Message(f"{run}/{gate}/{who.role}/{channel}", channel, who.people, subject.said(language), body.said(language))
        for who in _people(program, gate)
        for channel in _channels(program, gate)
    )


SUBJECT = Words(
    "{title}: {version} to {where} waits for you",
    "{title}：{version} 部署到 {where}，等待您的答复",
)
BODY = Words(
    "{what}\n\nRun {run}. To answer:\n  rollbook show {run}\n  rollbook approve {run} {gate} --as NAME\n"
    "  rollbook reject {run} {gate} --as NAME\n\nJournal: {head}\n",
    "{what}\n\n运行 {run}。答复方式：\n  rollbook show {run}\n  rollbook approve {run} {gate} --as 姓名\n"
    "  rollbook reject {run} {gate} --as 姓名\n\n日志：{head}\n",
)


def _what(program: Program, gate: str) -> str:
    planned = program.gates.get(gate)
    if planned:
        return planned.title if not planned.reason else f"{planned.title}: {planned.reason}"
    task = program.tasks.get(gate.partition(":")[2])
    return f"{task.server} {task.item.text}".strip() if task else gate


def _people(program: Program, gate: str) -> Iterator[Approver]:
    rule = rule_for(program, gate)
    if rule and rule.approvers:
        yield from rule.approvers
    else:
        initiator = program.plan.site.initiator
        yield Approver(initiator, (initiator,))


def _channels(program: Program, gate: str) -> tuple[str, ...]:
    rule: Gate | None = rule_for(program, gate)
    return (rule.channels if rule else ()) or tuple(program.plan.site.channels)[:1] or (LOG,)
