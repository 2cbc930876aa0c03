"""What every Host promises."""

from __future__ import annotations

import asyncio

import pytest

from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Image, Server


async def test_a_new_server_runs_a_ready_baseline(outside, server):
    state = await outside.host.inspect(server)
    (instance,) = state.instances
    assert (state.current, instance.generation) == ("baseline", "baseline")
    assert instance.running
    assert instance.ready
    assert instance.image.tag
    assert instance.image.digest.startswith("sha256:")


async def test_a_release_runs_beside_the_old_one(outside, server):
    image = await outside.run(server, "run-1", "v2.0.0")
    state = await outside.host.inspect(server)
    assert {i.generation for i in state.instances if i.ready} == {"baseline", "run-1"}
    assert state.instance("run-1").image == image
    assert outside.host.can_run_beside


async def test_the_process_reports_the_configuration_it_was_started_with(outside, server):
    await outside.run(server, "run-1", "v2.0.0")
    await outside.host.configure(server, "run-1", {"release": "later"})
    assert (await outside.host.inspect(server)).instance("run-1").configuration == {"release": "later"}


async def test_the_configuration_is_visible_from_outside(outside, server):
    await outside.run(server, "run-1", "v2.0.0")
    for path in ("/config", "/health"):
        probe = await outside.host.probe(server, "run-1", path)
        assert (probe.status, probe.body["configuration"]) == (200, {"release": "v2.0.0"})
        assert probe.body["generation"] == "run-1"


async def test_key_features_are_listed_and_each_answers(outside, server):
    listed = await outside.host.probe(server, "baseline", "/features")
    assert listed.body["features"]
    answers = [await outside.host.probe(server, "baseline", f"/features/{n}") for n in listed.body["features"]]
    assert {a.status for a in answers} == {200}


async def test_configure_makes_its_generation_current_and_activate_returns(outside, server):
    await outside.host.configure(server, "run-1", {"release": "v2"})
    assert (await outside.host.inspect(server)).current == "run-1"
    await outside.host.activate(server, "baseline")
    state = await outside.host.inspect(server)
    assert state.current == "baseline"
    assert state.instance("run-1").configuration == {"release": "v2"}, "activate drops nothing"


async def test_what_was_configured_but_never_started_is_seen_as_not_running(outside, server):
    await outside.host.configure(server, "run-1", {"release": "v2"})
    instance = (await outside.host.inspect(server)).instance("run-1")
    assert not instance.running
    assert not instance.ready


async def test_start_and_stop_may_be_repeated(outside, server):
    image = await outside.run(server, "run-1", "v2.0.0")
    await outside.host.start(server, "run-1", image)
    assert (await outside.host.inspect(server)).instance("run-1").running
    for _ in range(2):
        await outside.host.stop(server, "run-1", 5.0)
    state = await outside.host.inspect(server)
    assert not state.instance("run-1").running
    assert state.instance("baseline").running, "stopping one generation leaves the others alone"


async def test_two_starts_at_once_make_one_instance(outside, server):
    image = await outside.host.pull(server, await outside.publish("v2.0.0"))
    await outside.host.configure(server, "run-1", {})
    await asyncio.gather(*(outside.host.start(server, "run-1", image) for _ in range(4)))
    assert (await outside.host.inspect(server)).instance("run-1").running
    await outside.host.stop(server, "run-1", 5.0)
    assert not (await outside.host.inspect(server)).instance("run-1").running


async def test_stopping_what_is_not_there_is_done_already(outside, server):
    await outside.host.stop(server, "never", 1.0)


async def test_the_prior_release_starts_again_after_a_stop(outside, server):
    baseline = (await outside.host.inspect(server)).instance("baseline").image
    await outside.host.stop(server, "baseline", 5.0)
    assert (await outside.host.probe(server, "baseline", "/")).status == 0
    await outside.host.start(server, "baseline", baseline)
    state = (await outside.host.inspect(server)).instance("baseline")
    assert (state.ready, state.image) == (True, baseline)


async def test_an_image_that_is_not_in_the_registry_cannot_be_pulled(outside, server):
    with pytest.raises(StepFailed, match="no image"):
        await outside.host.pull(server, Image("app:never"))


async def test_an_image_that_was_not_pulled_cannot_be_started(outside, server):
    image = await outside.publish("v2.0.0")
    await outside.host.configure(server, "run-1", {})
    with pytest.raises(StepFailed, match="has no image"):
        await outside.host.start(server, "run-1", image)


async def test_a_generation_without_configuration_is_neither_started_nor_activated(outside, server):
    image = await outside.host.pull(server, await outside.publish("v2.0.0"))
    with pytest.raises(StepFailed, match="no configuration"):
        await outside.host.start(server, "run-1", image)
    with pytest.raises(StepFailed, match="no configuration"):
        await outside.host.activate(server, "run-1")


async def test_an_unknown_server_is_unreachable_not_empty(outside):
    with pytest.raises(Unreachable):
        await outside.host.inspect(Server("elsewhere"))


async def test_many_probes_come_back_in_number(outside, server):
    probes = await outside.host.probes(server, "baseline", "/", 60)
    assert [p.status for p in probes] == [200] * 60
    assert all(p.seconds > 0 for p in probes)


async def test_nostart_fails_at_once_with_its_last_lines(outside, server):
    with pytest.raises(StepFailed, match="did not start") as failed:
        await outside.run(server, "run-1", "v2.0.0-nostart")
    assert any("fatal" in line for line in failed.value.output)
    assert not (await outside.host.inspect(server)).instance("run-1").running


async def test_notready_runs_and_is_never_ready(outside, server):
    await outside.run(server, "run-1", "v2.0.0-notready")
    instance = (await outside.host.inspect(server)).instance("run-1")
    assert (instance.running, instance.ready) == (True, False)
    assert (await outside.host.probe(server, "run-1", "/health/live")).status == 200
    assert (await outside.host.probe(server, "run-1", "/health")).status == 503


async def test_errors_answers_about_one_in_twenty_with_500(outside, server):
    await outside.run(server, "run-1", "v2.0.0-errors")
    probes = await outside.host.probes(server, "run-1", "/", 600)
    bad = sum(p.status == 500 for p in probes)
    assert 10 <= bad <= 60
    assert {p.status for p in probes} == {200, 500}


async def test_slow_takes_800_milliseconds(outside, server):
    await outside.run(server, "run-1", "v2.0.0-slow")
    assert (await outside.host.probe(server, "run-1", "/")).seconds >= 0.8


async def test_crash_exits_at_its_twentieth_request(outside, server):
    await outside.run(server, "run-1", "v2.0.0-crash")
    answers = [(await outside.host.probe(server, "run-1", "/version")).status for _ in range(25)]
    assert answers.count(200) == 19
    assert set(answers[19:]) == {0}
    assert not (await outside.host.inspect(server)).instance("run-1").running


async def test_the_misbehaviour_is_read_from_the_version_whatever_the_tag(outside, server):
    image = await outside.run(server, "run-1", "v2.0.0-notready")
    assert image.tag == "app:v2.0.0-notready-production"
    assert not (await outside.host.inspect(server)).instance("run-1").ready


async def test_the_tail_holds_what_the_instance_said_last(outside, server):
    lines = await outside.host.tail(server, "baseline", 5)
    assert 0 < len(lines) <= 5
    assert any("listen" in line for line in lines)
