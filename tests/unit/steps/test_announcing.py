"""People are told ahead of a release, and the record of the delivery closes the item (M17, M24)."""

from __future__ import annotations

import pytest

from rollbook.model.deployment import Environment
from rollbook.model.facts import DeploymentFacts
from rollbook.ports.fakes import BASELINE
from rollbook.problems import RollbookError
from rollbook.steps import announcing

FACTS = DeploymentFacts("deploy.md", Environment("production"), stakeholders={"support": ("zoe",), "ops": ("wang",)})
SETTINGS = {"roles": {"ops": ("wang", "zhao")}, "channels": {"mail": "a", "chat": "b"}}


async def test_m24_every_stakeholder_is_told_once_on_each_channel_and_the_delivery_is_the_evidence(scene) -> None:
    scene.knowing(settings=SETTINGS)
    for _ in range(2):
        answer = await scene.do(announcing.announce, facts=FACTS)
    messages = scene.site.notifier.messages
    assert [(m.channel, m.to) for m in messages] == [
        ("mail", ("zoe",)), ("chat", ("zoe",)), ("mail", ("wang", "zhao")), ("chat", ("wang", "zhao")),
    ]  # fmt: skip
    assert answer["announced"] == ["support@mail", "support@chat", "ops@mail", "ops@chat"]
    assert answer["detail"] == "delivered: support@mail, support@chat, ops@mail, ops@chat"
    assert all("v2.0.0" in m.subject and "production" in m.subject and "r1" in m.body for m in messages)


async def test_m24_where_nobody_is_named_the_initiator_is_told(scene) -> None:
    await scene.do(announcing.announce, facts=DeploymentFacts("", Environment("test")))
    assert [m.to for m in scene.site.notifier.messages] == [("operator",)]


async def test_m24_a_message_that_cannot_be_delivered_closes_nothing_and_nothing_was_touched(scene) -> None:
    scene.site.world = scene.site.world.cutting("notifier")
    with pytest.raises(RollbookError):
        await scene.do(announcing.announce, facts=FACTS)
    assert {s.current for s in scene.site.world.servers} == {BASELINE}
