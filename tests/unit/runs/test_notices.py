"""What people are told when a run waits for them (M14)."""

from __future__ import annotations

from msgspec.structs import replace

from plans import release_plan
from rollbook.drivers.notices import gate_messages
from rollbook.machine.program import Program

PLAN = release_plan(2, approval=True)


def program(**gate: object) -> Program:
    return Program(replace(PLAN, gates=(replace(PLAN.gates[0], **gate),)))


def test_m14_one_message_for_each_role_and_channel() -> None:
    messages = gate_messages(program(channels=("email", "Slack")), "r1", "s5", "abc")
    assert [(m.to, m.channel) for m in messages] == [
        (("li",), "email"),
        (("li",), "Slack"),
        (("wang",), "email"),
        (("wang",), "Slack"),
    ]
    assert len({m.key for m in messages}) == 4


def test_the_same_gate_gives_the_same_keys_so_that_nobody_is_told_twice() -> None:
    first, again = (gate_messages(program(), "r1", "s5", head) for head in ("abc", "def"))
    assert [m.key for m in first] == [m.key for m in again]
    assert {m.key for m in first}.isdisjoint(m.key for m in gate_messages(program(), "r2", "s5", "abc"))


def test_a_message_says_what_to_type_and_carries_the_journals_head() -> None:
    (message, *_) = gate_messages(program(), "r1", "s5", "abc123")
    assert "rollbook approve r1 s5 --as NAME" in message.body
    assert "abc123" in message.body
    assert PLAN.version in message.subject


def test_a_chinese_document_is_announced_in_chinese() -> None:
    chinese = Program(replace(PLAN, language="zh"))
    (message, *_) = gate_messages(chinese, "r1", "s5", "abc")
    assert "等待您的答复" in message.subject


def test_a_gate_that_came_up_in_the_run_tells_the_approvers_or_the_initiator() -> None:
    held = gate_messages(program(), "r1", "hold:w1.s8.judge/8.?1/8.?1", "abc")
    assert {m.to for m in held} == {("li",), ("wang",)}
    doubt = gate_messages(program(), "r1", "doubt:s3/run/3.1", "abc")
    assert {m.to for m in doubt} == {(PLAN.site.initiator,)}
