"""What every Registry, Notifier and Records promises."""

from __future__ import annotations

import pytest

from rollbook.ports import Message
from rollbook.problems import StepFailed
from rollbook.values import Image

LABELS = {"version": "v2.0.0"}


async def test_the_same_context_and_labels_give_the_same_digest(outside):
    first = await outside.registry.build(outside.context, Image("app:one"), LABELS)
    again = await outside.registry.build(outside.context, Image("app:two"), LABELS)
    assert first.digest == again.digest
    assert first.digest.startswith("sha256:")


async def test_another_content_or_version_gives_another_digest(outside):
    first = await outside.registry.build(outside.context, Image("app:one"), LABELS)
    labelled = await outside.registry.build(outside.context, Image("app:one"), {"version": "v3"})
    (outside.context / "app.py").write_text("print('other')\n")
    changed = await outside.registry.build(outside.context, Image("app:one"), LABELS)
    assert len({first.digest, labelled.digest, changed.digest}) == 3


async def test_m22_a_push_publishes_what_was_built(outside):
    built = await outside.registry.build(outside.context, Image("app:one"), LABELS)
    assert await outside.registry.resolve("app:one") is None
    pushed = await outside.registry.push(built)
    assert pushed == built == await outside.registry.resolve("app:one")
    assert await outside.registry.push(built) == built, "pushing again changes nothing"


async def test_what_was_not_built_here_is_not_pushed(outside):
    with pytest.raises(StepFailed, match="not built here"):
        await outside.registry.push(Image("app:never"))
    built = await outside.registry.build(outside.context, Image("app:one"), LABELS)
    with pytest.raises(StepFailed, match="not built here"):
        await outside.registry.push(Image(built.tag, "sha256:" + "0" * 64))


async def test_m21_an_image_gets_another_tag_and_keeps_its_digest(outside):
    built = await outside.registry.push(await outside.registry.build(outside.context, Image("app:one"), LABELS))
    (outside.context / "app.py").write_text("print('other')\n")
    adopted = await outside.registry.adopt(Image("app:one-production", built.digest))
    assert adopted.digest == built.digest == (await outside.registry.push(adopted)).digest
    assert await outside.registry.resolve("app:one-production") == adopted


async def test_m21_only_an_image_that_was_built_can_be_adopted(outside):
    with pytest.raises(StepFailed, match="there is no image"):
        await outside.registry.adopt(Image("app:one", "sha256:" + "0" * 64))


async def test_a_new_build_replaces_the_tag_it_knew(outside):
    await outside.registry.push(await outside.registry.build(outside.context, Image("app:one"), LABELS))
    (outside.context / "app.py").write_text("print('other')\n")
    later = await outside.registry.build(outside.context, Image("app:one"), LABELS)
    await outside.registry.push(later)
    assert await outside.registry.resolve("app:one") == later


async def test_a_message_is_delivered_once_per_key(outside):
    for key in ("run-1/notify/email", "run-1/notify/email", "run-2/notify/email"):
        await outside.notifier.send(Message(key, "邮件", ("技术负责人",), "主题", "内容"))
    await outside.notifier.send(Message("run-1/notify/slack", "Slack", ("ops",), "subject", "body"))
    assert outside.delivered() == 3


async def test_m17_a_record_is_appended_once_per_key(outside):
    for key, text in (("run-1", "v2 on production"), ("run-1", "v2 on production"), ("run-2", "v3 后来")):
        await outside.records.append(key, text)
    assert outside.recorded().count("v2 on production") == 1
    assert outside.recorded().index("v2 on production") < outside.recorded().index("v3 后来")
