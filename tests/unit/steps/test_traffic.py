"""Leaving rotation and returning to it without losing a request (M10, F6)."""

from __future__ import annotations

import pytest

from rollbook.ports.fakes import BASELINE, FakeSite
from rollbook.problems import StepFailed, Unreachable
from rollbook.steps import routing, traffic
from rollbook.values import Duration


def states(site: FakeSite, server: str = "app-1") -> dict[str, str]:
    there = site.world.server(server)
    return {e.generation: e.state for e in there.pool} if there else {}


async def test_m10_a_leaving_server_gets_no_new_requests_and_keeps_running(scene) -> None:
    await scene.do(traffic.leave)
    assert states(scene.site) == {BASELINE: "draining"}
    assert scene.site.world.server("app-1").instance(BASELINE).running


async def test_m10_open_requests_are_waited_for(scene) -> None:
    scene.site.balancer.lingering_s = 3.0
    await scene.do(traffic.leave)
    began = scene.site.clock.now()
    await scene.do(traffic.wait_for_requests, limit=Duration(30))
    assert scene.site.clock.now() - began == pytest.approx(3.0, abs=0.2)


async def test_m10_at_the_limit_with_requests_open_the_step_fails_and_nothing_is_stopped(scene) -> None:
    scene.site.balancer.lingering_s = 60.0
    await scene.do(traffic.leave)
    with pytest.raises(StepFailed, match="1 requests still open after 5s; nothing was stopped"):
        await scene.do(traffic.wait_for_requests, limit=Duration(5))
    assert scene.site.world.server("app-1").instance(BASELINE).running


async def test_m10_where_the_site_says_cut_the_limit_ends_the_waiting(scene) -> None:
    scene.knowing(settings={"cut_open_requests": True})
    scene.site.balancer.lingering_s = 60.0
    await scene.do(traffic.leave)
    assert "cut" in await scene.do(traffic.wait_for_requests, limit=Duration(5))


async def test_m10_stopping_without_having_left_rotation_drains_first(scene) -> None:
    scene.site.balancer.lingering_s = 2.0
    await scene.do(traffic.stop)
    assert states(scene.site) == {}
    assert not scene.site.world.server("app-1").instance(BASELINE).running
    assert scene.site.client()["failed"] == 0


async def test_m10_stop_refuses_while_requests_stay_open(scene) -> None:
    scene.site.balancer.lingering_s = 3600.0
    with pytest.raises(StepFailed, match="nothing was stopped"):
        await scene.do(traffic.stop)
    assert scene.site.world.server("app-1").instance(BASELINE).running


async def test_f06_a_lost_connection_while_draining_is_unknown_and_not_a_success(scene) -> None:
    scene.site.world = scene.site.world.cutting("app-1", "balancer")
    with pytest.raises(Unreachable):
        await scene.do(traffic.leave)


@pytest.mark.parametrize("function", [traffic.leave, traffic.stop])
async def test_m19_each_effect_may_be_repeated(scene, function) -> None:
    await scene.do(function)
    once = scene.site.world
    await scene.do(function)
    assert scene.site.world == once


async def test_a_server_that_ran_nothing_has_nothing_to_leave(scene) -> None:
    scene.site = FakeSite.of(["app-1", "app-2", "app-3"], version="")
    for function in (traffic.leave, traffic.wait_for_requests, traffic.stop):
        assert await scene.do(function)


async def test_the_release_joins_with_the_prior_weight(scene) -> None:
    await scene.deploy("app-1")
    assert states(scene.site) == {scene.release.generation: "in"}
    assert scene.site.world.server("app-1").entry(scene.release.generation).weight == 1.0


async def test_no_request_is_lost_in_a_whole_rolling_release(scene) -> None:
    scene.site.balancer.lingering_s = 1.0
    for name in ("app-1", "app-2", "app-3"):
        await scene.deploy(name)
        await scene.site.clock.sleep(5.0)
    assert scene.site.client()["failed"] == 0
    assert scene.site.client()["sent"] > 0


async def test_routes_are_set_all_at_once_and_read_back(scene) -> None:
    await scene.deploy("app-1")
    scene.knowing(traffic=0.2)
    await scene.do(routing.route)
    weights = {(e.server, e.generation): e.weight for e in await scene.site.balancer.pool()}
    assert weights["app-1", scene.release.generation] / sum(weights.values()) == pytest.approx(0.2)


async def test_distribution_is_verified_by_real_requests_on_each_server(scene) -> None:
    await scene.deploy()
    assert "every server" in await scene.do(routing.verify_distribution)


async def test_f13_without_traffic_the_distribution_is_not_called_verified(make_scene) -> None:
    scene = make_scene()
    await scene.deploy()
    scene.site.flow.requests_per_s = 0.0
    for key in scene.site.flow.requests:
        scene.site.flow.requests[key] = 0.0
    assert await scene.do(routing.verify_distribution) == "no traffic to see"


async def test_a_server_that_gets_nothing_while_others_do_fails_the_verification(scene) -> None:
    await scene.deploy("app-1", "app-2", "app-3")
    scene.site.world = scene.site.world.with_server(
        scene.site.world.server("app-2").without_entry(scene.release.generation)
    )
    with pytest.raises(StepFailed, match="app-2"):
        await scene.do(routing.verify_distribution)
