"""The release reaches servers, proves itself, and the way back restores exactly what was there (M38, F5)."""

from __future__ import annotations

import pytest

from rollbook.ports.fakes import BASELINE, FakeSite
from rollbook.problems import StepFailed
from rollbook.steps import fleet, health, release, restoring, serving
from rollbook.values import Duration, Prior, Server

BACK = (
    restoring.withdraw, restoring.stop_new, restoring.restore_configuration, restoring.start_prior,
    restoring.await_prior, restoring.verify_prior, restoring.rejoin_prior,
)  # fmt: skip
BESIDE = (*BACK[3:], *BACK[:3])


async def test_m21_what_arrives_on_the_server_is_what_this_run_built(scene) -> None:
    await scene.publish()
    assert scene.run.facts["image.digest"][:19] in await scene.do(release.pull)


async def test_m21_another_image_under_the_same_tag_is_refused(scene) -> None:
    await scene.publish()
    scene.knowing({"image.digest": "sha256:other"})
    with pytest.raises(StepFailed):
        await scene.do(release.pull)


async def test_the_release_brings_its_own_configuration_and_makes_it_active(scene) -> None:
    await scene.deploy("app-1")
    state = await scene.site.host.inspect(Server("app-1"))
    assert state.current == scene.release.generation
    assert state.instance(scene.release.generation).configuration == {"release": "v2.0.0"}
    assert state.instance(BASELINE).configuration == {"release": "baseline"}


async def test_a_release_that_does_not_start_fails_with_its_last_lines(make_scene) -> None:
    with pytest.raises(StepFailed) as failed:
        await make_scene("v2.0.0-nostart").deploy("app-1")
    assert "fatal: cannot start" in failed.value.output


async def test_m11_a_release_that_never_gets_ready_fails_at_the_sites_limit_with_its_last_lines(make_scene) -> None:
    scene = make_scene("v2.0.0-notready")
    with pytest.raises(StepFailed, match=r"app-1: not ready after 5s \(/health/ready: HTTP 503\)") as failed:
        await scene.deploy("app-1")
    assert failed.value.output


async def test_m11_the_documents_own_limit_comes_before_the_sites(make_scene) -> None:
    scene = make_scene("v2.0.0-notready")
    with pytest.raises(StepFailed):
        await scene.deploy("app-1")
    began = scene.site.clock.now()
    with pytest.raises(StepFailed, match="after 9s"):
        await scene.do(release.await_ready, limit=Duration(9))
    assert scene.site.clock.now() - began == pytest.approx(9, abs=0.2)


@pytest.mark.parametrize("function", [health.port, health.api, health.features, health.performance])
async def test_a_good_release_passes_every_health_step(scene, function) -> None:
    await scene.deploy("app-1")
    assert await scene.do(function)


async def test_the_health_endpoint_must_speak_for_this_release(scene) -> None:
    await scene.deploy("app-1")
    await restart_as_another(scene.site)
    with pytest.raises(StepFailed, match="not as this run's release"):
        await scene.do(health.api)


async def restart_as_another(site: FakeSite) -> None:
    """The baseline takes over the new release's name: what answers is not what was deployed."""
    site.host._answer = lambda *_: type("P", (), {"status": 200, "seconds": 0.0, "body": {"generation": "x"}})()


async def test_m12_measuring_performance_judges_nothing(make_scene) -> None:
    scene = make_scene("v2.0.0-slow")
    await scene.deploy("app-1")
    measured = await scene.do(health.performance)
    assert measured["performance.app-1.p95_ms"] == 800.0


async def test_a_release_that_crashes_under_probes_is_found_by_its_health_check(make_scene) -> None:
    scene = make_scene("v2.0.0-crash", ("app-1",))
    await scene.deploy("app-1")
    await scene.do(health.performance)
    assert (await scene.do(serving.all_healthy)).state == "fail"


@pytest.mark.parametrize("order", [BACK, BESIDE])
async def test_m38_the_way_back_restores_exactly_what_was_there(scene, order) -> None:
    before = scene.site.world.server("app-1")
    await scene.deploy("app-1")
    for function in order:
        await scene.do(function)
    after = scene.site.world.server("app-1")
    assert after.current == before.current
    assert after.pool == before.pool
    assert after.instance(BASELINE) == before.instance(BASELINE)
    assert not after.instance(scene.release.generation).running


async def test_f02_rolling_back_twice_is_rolling_back_once(scene) -> None:
    await scene.deploy("app-1")
    for function in BACK:
        await scene.do(function)
    once = scene.site.world
    for function in BACK:
        await scene.do(function)
    assert scene.site.world == once


async def test_f05_the_configuration_is_restored_before_the_old_version_starts(scene) -> None:
    await scene.deploy("app-1")
    for function in BACK[:3]:
        await scene.do(function)
    there = scene.site.world.server("app-1")
    assert there.current == BASELINE
    assert not there.instance(BASELINE).running


@pytest.mark.parametrize("done", range(8))
async def test_a_release_that_stopped_anywhere_on_its_way_is_taken_back(scene, done) -> None:
    from rollbook.steps import routing, traffic

    before = scene.site.world.server("app-1")
    await scene.publish()
    way = (traffic.leave, traffic.wait_for_requests, traffic.stop, release.pull, release.configure, release.start,
           release.await_ready, routing.rejoin)  # fmt: skip
    for function in way[: done + 1]:
        await scene.do(function)
    for function in BACK:
        await scene.do(function)
    after = scene.site.world.server("app-1")
    assert (after.current, after.pool, after.instance(BASELINE)) == (
        before.current,
        before.pool,
        before.instance(BASELINE),
    )
    assert scene.site.client()["failed"] == 0


async def test_m38_a_server_that_ran_nothing_is_stopped_and_kept_out_of_rotation(scene) -> None:
    scene.site = FakeSite.of(["app-1", "app-2", "app-3"], version="")
    await scene.deploy("app-1")
    said = [await scene.do(function) for function in BACK]
    there = scene.site.world.server("app-1")
    assert there.pool == ()
    assert not there.instance(scene.release.generation).running
    assert "nothing ran here before" in said[-1]


async def test_a_server_that_was_out_of_rotation_before_stays_out(scene) -> None:
    there = scene.site.world.server("app-1")
    scene.site.world = scene.site.world.with_server(there.without_entry(BASELINE))
    out = Prior(BASELINE, scene.prior(Server("app-1")).image, {"release": "baseline"}, 1.0, in_rotation=False)
    scene.prior = lambda _: out
    await scene.deploy("app-1")
    for function in BACK:
        await scene.do(function)
    assert scene.site.world.server("app-1").pool == ()


async def test_a_broken_release_that_never_finishes_its_requests_does_not_stop_the_way_back(scene) -> None:
    await scene.deploy("app-1")
    scene.site.balancer.lingering_s = 3600.0
    said = await scene.do(restoring.withdraw)
    assert "given up" in said


async def test_the_prior_release_must_be_healthy_before_it_returns(make_scene) -> None:
    scene = make_scene()
    scene.site = FakeSite.of(["app-1", "app-2", "app-3"], version="v1.0.0-notready")
    with pytest.raises(StepFailed, match="/health answers HTTP 503"):
        await scene.do(restoring.verify_prior)


async def test_conditions_about_servers_follow_the_release(scene) -> None:
    scene.servers = [Server("app-1")]
    assert (await scene.do(fleet.all_stopped)).state == "fail"
    assert (await scene.do(fleet.no_connections)).state == "fail"
    assert (await scene.do(fleet.all_deployed)).state == "fail"
    await scene.deploy("app-1")
    for condition in (fleet.all_stopped, fleet.no_connections, fleet.all_deployed, serving.all_healthy):
        assert (await scene.do(condition)).state == "pass"


async def test_m13_conditions_about_no_servers_have_no_data(scene) -> None:
    first, scene.servers = scene.servers[0], []
    for condition in (fleet.all_stopped, fleet.no_connections, serving.all_healthy):
        hints = {"servers": [], "release": scene.release, "run": scene.run}
        hints |= {"balancer": scene.site.balancer} if condition is fleet.no_connections else {"host": scene.site.host}
        assert (await condition(**hints)).state == "no_data", first
