"""Conditions about the service: probes, real traffic, evenness, and what is measured (M6, M9, M13, M36, F13)."""

from __future__ import annotations

import msgspec
import pytest

from rollbook.ports.fakes import FakeSite
from rollbook.steps import figures, serving
from rollbook.values import Counts, Sampling, Server

PROBES = Sampling("probe", 300, 0.5)
TRAFFIC = Sampling("traffic", 300, 0.5)


async def deployed(make_scene, version: str = "v2.0.0", seconds: float = 20.0):
    scene = make_scene(version)
    await scene.deploy()
    await scene.site.clock.sleep(seconds)
    return scene


async def measured(scene, function, sampling: Sampling) -> Counts:
    scene.sampling = sampling
    return await scene.do(function)


async def test_m36_an_error_rate_counts_errors_of_requests_in_traffic_and_in_probes(make_scene) -> None:
    scene = await deployed(make_scene, "v2.0.0-errors")
    for sampling in (PROBES, TRAFFIC):
        counts = await measured(scene, figures.error_rate, sampling)
        assert counts.n >= 300
        assert counts.events / counts.n == pytest.approx(0.05, abs=0.01)


async def test_a_good_release_has_no_errors(make_scene) -> None:
    scene = await deployed(make_scene)
    assert (await measured(scene, figures.error_rate, PROBES)).events == 0


async def test_m13_the_sample_is_spread_over_the_servers_and_thin_on_none(make_scene) -> None:
    scene = await deployed(make_scene)
    assert (await measured(scene, figures.error_rate, PROBES)).n == 300
    assert (await measured(scene, figures.error_rate, Sampling("probe", 3))).n == 3 * figures.LEAST_PROBES


async def test_success_and_error_rate_are_two_sides_of_one_count(make_scene) -> None:
    scene = await deployed(make_scene, "v2.0.0-errors")
    good, bad = [await measured(scene, f, TRAFFIC) for f in (figures.success_rate, figures.error_rate)]
    assert good.events + bad.events == good.n == bad.n


async def test_m06_a_bare_response_time_is_the_p95_in_seconds(make_scene) -> None:
    counts = await measured(await deployed(make_scene, "v2.0.0-slow"), figures.response_time, PROBES)
    assert counts.value == pytest.approx(0.8)
    assert counts.events == counts.n == 300


async def test_m36_on_traffic_a_response_time_counts_answers_slower_than_the_limit(make_scene) -> None:
    slow = await measured(await deployed(make_scene, "v2.0.0-slow"), figures.response_time, TRAFFIC)
    assert (slow.events, slow.allowed) == (slow.n, pytest.approx(0.05))
    fast = await measured(await deployed(make_scene), figures.response_time, TRAFFIC)
    assert fast.events == 0


async def test_m36_without_a_limit_there_is_nothing_to_count_against(make_scene) -> None:
    counts = await measured(await deployed(make_scene), figures.response_time, Sampling("traffic", 300))
    assert (counts.n, bool(counts.detail)) == (0, True)


async def test_requests_that_nobody_answers_are_errors_and_slow(make_scene) -> None:
    scene = await deployed(make_scene, "v2.0.0-crash")
    errors = await measured(scene, figures.error_rate, PROBES)
    times = await measured(scene, figures.response_time, PROBES)
    assert errors.events == errors.n
    assert times.value is not None
    assert times.value > 60


async def test_m35_the_stable_side_is_counted_beside_the_release(scene) -> None:
    await scene.deploy("app-1")
    await scene.site.clock.sleep(10)
    scene.servers, scene.sampling = [Server("app-1")], TRAFFIC
    counts = await scene.do(figures.error_rate)
    assert counts.n > 0
    assert counts.stable_n > counts.n


async def test_all_healthy_names_the_server_that_is_not(make_scene) -> None:
    scene = await deployed(make_scene)
    there = scene.site.world.server("app-2")
    scene.site.world = scene.site.world.with_server(there.with_instance(stopped(there, scene.release.generation)))
    found = await scene.do(serving.all_healthy)
    assert (found.state, "app-2" in found.detail) == ("fail", True)


def stopped(there, generation: str):
    return msgspec.structs.replace(there.instance(generation), running=False)


async def test_m13_receiving_traffic_needs_the_sample_and_every_server(make_scene) -> None:
    scene = make_scene()
    await scene.deploy()
    scene.sampling = TRAFFIC
    began = scene.site.clock.now()
    found = await scene.do(serving.receiving)
    assert found.state == "pass"
    assert found.numbers["n"] >= 300
    assert scene.site.clock.now() - began == pytest.approx(300 / 120, abs=0.6)


async def test_m13_errors_beyond_the_stated_limit_fail_as_soon_as_they_are_proved(make_scene) -> None:
    scene = make_scene("v2.0.0-errors")
    await scene.deploy()
    scene.sampling = Sampling("traffic", 3000, 0.01)
    began = scene.site.clock.now()
    found = await scene.do(serving.receiving)
    assert found.state == "fail"
    assert scene.site.clock.now() - began < 16


async def test_m13_a_long_good_past_does_not_excuse_a_bad_present(make_scene) -> None:
    scene = await deployed(make_scene, seconds=1000.0)
    for server in scene.site.world.servers:
        image = server.instance(scene.release.generation).image
        worse = msgspec.structs.replace(image, version="v2.0.0-errors")
        instance = msgspec.structs.replace(server.instance(scene.release.generation), image=worse)
        scene.site.world = scene.site.world.with_server(server.with_instance(instance))
    scene.sampling = Sampling("traffic", 300, 0.01)
    assert (await scene.do(serving.receiving)).state == "fail"


async def test_m13_errors_within_the_stated_limit_pass(make_scene) -> None:
    scene = make_scene("v2.0.0-errors")
    await scene.deploy()
    scene.sampling = Sampling("traffic", 300, 0.06)
    assert (await scene.do(serving.receiving)).state == "pass"


async def test_m13_errors_neither_proved_nor_within_the_limit_are_no_data(make_scene) -> None:
    scene = make_scene("v2.0.0-errors")
    await scene.deploy()
    scene.sampling = Sampling("traffic", 300, 0.049)
    assert (await scene.do(serving.receiving)).state == "no_data"


async def test_m35_when_the_prior_release_fails_as_much_the_release_is_not_blamed(make_scene) -> None:
    scene = make_scene("v2.0.0-errors")
    scene.site = FakeSite.of(["app-1", "app-2", "app-3"], version="v1.0.0-errors")
    await scene.deploy("app-1")
    scene.servers, scene.sampling = [Server("app-1")], Sampling("traffic", 3000, 0.01)
    began = scene.site.clock.now()
    found = await scene.do(serving.receiving)
    assert (found.state, "environment" in found.detail) == ("no_data", True)
    assert scene.site.clock.now() - began < 30


async def test_m35_beside_a_good_prior_release_a_bad_one_is_blamed(make_scene) -> None:
    scene = make_scene("v2.0.0-errors")
    await scene.deploy("app-1")
    scene.servers, scene.sampling = [Server("app-1")], Sampling("traffic", 3000, 0.01)
    assert (await scene.do(serving.receiving)).state == "fail"


async def test_f13_no_traffic_is_no_data_and_never_healthy(make_scene) -> None:
    scene = make_scene()
    scene.site.flow.requests_per_s = 0.0
    await scene.deploy()
    scene.sampling = TRAFFIC
    for condition in (serving.receiving, serving.even):
        assert (await scene.do(condition)).state == "no_data"


async def test_a_server_that_gets_nothing_is_not_receiving_traffic(make_scene) -> None:
    scene = make_scene()
    await scene.deploy()
    there = scene.site.world.server("app-3")
    scene.site.world = scene.site.world.with_server(there.without_entry(scene.release.generation))
    scene.sampling = TRAFFIC
    assert (await scene.do(serving.receiving)).state == "no_data"


async def test_m09_load_is_even_when_it_follows_the_weights(scene) -> None:
    await scene.deploy()
    scene.sampling = TRAFFIC
    found = await scene.do(serving.even)
    assert found.state == "pass"
    assert found.numbers["n"] >= 300


async def test_m09_load_that_does_not_follow_the_weights_is_uneven(scene) -> None:
    await scene.deploy()
    scene.sampling = TRAFFIC
    send = scene.site.flow.pass_by
    scene.site.flow.pass_by = lambda seconds, world: send(seconds, lopsided(world, scene.release.generation))
    found = await scene.do(serving.even)
    assert (found.state, "app-3 0" in found.detail) == ("fail", True)


def lopsided(world, generation: str):
    """What the balancer does, not what its weights say: the third server gets nothing."""
    return world.with_server(world.server("app-3").without_entry(generation))


async def test_m06_performance_takes_the_stated_limit_and_without_one_has_no_data(make_scene) -> None:
    good, slow = await deployed(make_scene), await deployed(make_scene, "v2.0.0-slow")
    assert (await measured(good, serving.fast_enough, Sampling("probe", 90, 0.5))).state == "pass"
    assert (await measured(slow, serving.fast_enough, Sampling("probe", 90, 0.5))).state == "fail"
    assert (await measured(good, serving.fast_enough, Sampling("probe", 90))).state == "no_data"
