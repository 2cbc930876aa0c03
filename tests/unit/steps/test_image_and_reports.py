"""One image per run (M21, M22), and people told once, whatever the outcome (M14, M17, M19)."""

from __future__ import annotations

import msgspec
import pytest

from rollbook.problems import StepFailed
from rollbook.steps import checks, image, reporting
from rollbook.values import Image


async def test_m21_one_image_from_build_to_registry(scene) -> None:
    await scene.publish()
    assert scene.run.facts["image.tag"] == "shop:v2.0.0"
    assert scene.run.facts["image.pushed"] == scene.run.facts["image.digest"]
    for condition in (checks.image_built, checks.image_pushed):
        assert (await scene.do(condition)).state == "pass"


async def test_m22_what_this_run_did_not_build_is_not_pushed(scene) -> None:
    with pytest.raises(StepFailed, match="has built no image"):
        await scene.do(image.push)


async def test_m13_an_image_that_was_not_built_is_no_data_and_one_not_pushed_is_a_failure(scene) -> None:
    assert (await scene.do(checks.image_built)).state == "no_data"
    assert (await scene.do(checks.image_pushed)).state == "fail"
    assert (await scene.do(checks.image_tag, tag="v2.0.0")).state == "no_data"


@pytest.mark.parametrize(
    ("tag", "state"), [("v2.0.0", "pass"), ("shop:v2.0.0", "pass"), ("2.0.0", "fail"), ("v2.0.0-production", "fail")]
)
async def test_m21_the_tag_must_be_the_documents(scene, tag: str, state: str) -> None:
    await scene.publish()
    assert (await scene.do(checks.image_tag, tag=tag)).state == state


async def test_another_digest_under_the_tag_is_a_failure(scene) -> None:
    await scene.publish()
    scene.knowing({"image.digest": "sha256:other"})
    assert (await scene.do(checks.image_pushed)).state == "fail"


async def test_m19_building_and_pushing_twice_is_once(scene) -> None:
    await scene.publish()
    once = scene.site.world.published
    await scene.publish()
    assert scene.site.world.published == once
    assert await scene.site.registry.resolve("shop:v2.0.0") == Image("shop:v2.0.0", scene.run.facts["image.digest"])


async def test_m21_a_given_image_is_taken_under_the_runs_own_name_and_published_as_it_is(scene) -> None:
    await scene.publish()
    given = scene.run.facts["image.digest"]
    scene.release = msgspec.structs.replace(scene.release, image=Image("shop:v2.0.0-production", given))
    scene.knowing(await scene.do(image.take))
    scene.knowing(await scene.do(image.push))
    assert await scene.site.registry.resolve("shop:v2.0.0-production") == Image("shop:v2.0.0-production", given)
    assert {i.digest for i in scene.site.world.built if i.tag.startswith("shop")} == {given}


async def test_m21_an_image_that_nobody_built_cannot_be_taken(scene) -> None:
    with pytest.raises(StepFailed, match="no image was given"):
        await scene.do(image.take)
    scene.release = msgspec.structs.replace(scene.release, image=Image("shop:v2.0.0", "sha256:" + "0" * 64))
    with pytest.raises(StepFailed, match="there is no image"):
        await scene.do(image.take)


ROLES = {"tech lead": ("li",), "ops": ("wang", "zhao")}


async def test_m14_each_role_is_told_once_on_each_channel(scene) -> None:
    scene.knowing(settings={"roles": ROLES, "channels": {"mail": "a", "chat": "b"}}, variables={"outcome": "succeeded"})
    for _ in range(2):
        await scene.do(reporting.notify)
    messages = scene.site.notifier.messages
    assert [(m.channel, m.to) for m in messages] == [
        ("mail", ("li",)), ("chat", ("li",)), ("mail", ("wang", "zhao")), ("chat", ("wang", "zhao"))
    ]  # fmt: skip
    assert len({m.key for m in messages}) == 4
    assert messages[0].subject == "v2.0.0 deployed to production"


async def test_the_documents_own_lines_are_the_body(scene) -> None:
    scene.knowing(notices=("Version: v2.0.0", "Took: 41 s"), variables={"outcome": "succeeded"})
    await scene.do(reporting.notify)
    assert scene.site.notifier.messages[0].body == "Version: v2.0.0\nTook: 41 s"


async def test_m17_a_failure_is_told_with_cause_step_server_and_last_lines(scene) -> None:
    cause = {
        "outcome": "rolled_back",
        "failed_step": "7",
        "failed_server": "app-1",
        "cause": "not ready",
        "output": ["a", "b"],
    }
    await scene.knowing(variables=cause).do(reporting.notify)
    message = scene.site.notifier.messages[0]
    assert "rolled back" in message.subject
    assert all(word in message.body for word in ("7", "app-1", "not ready", "a\n    b"))


async def test_a_chinese_run_tells_in_chinese(scene) -> None:
    scene.knowing(language="zh", variables={"outcome": "failed"})
    await scene.do(reporting.notify)
    assert scene.site.notifier.messages[0].subject == "v2.0.0 未能部署到 production"


async def test_m17_the_deployment_record_is_appended_once(scene) -> None:
    scene.knowing(variables={"outcome": "succeeded"})
    for _ in range(2):
        await scene.do(reporting.record)
    assert len(scene.site.records.texts) == 1
    assert scene.run.id in scene.site.records.texts[0]


async def test_the_report_says_where_it_is(scene) -> None:
    assert (await scene.do(reporting.report))["report.path"] == "report.md"


async def test_m16_steps_that_are_neither_done_nor_skipped_fail_the_criterion(scene) -> None:
    assert (await scene.do(checks.all_steps_done)).state == "pass"
    found = await scene.knowing(unfinished=(8, 9)).do(checks.all_steps_done)
    assert (found.state, "8, 9" in found.detail) == ("fail", True)
