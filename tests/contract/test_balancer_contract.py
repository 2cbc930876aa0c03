"""What every Balancer promises."""

from __future__ import annotations

import pytest

from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Server

PATIENCE = 100


def entry(pool, server, generation):
    return next((e for e in pool if (e.server, e.generation) == (server.name, generation)), None)


def served(traffic, server, generation):
    return next((t.requests for t in traffic if (t.server, t.generation) == (server.name, generation)), 0)


async def idle(outside, server, generation):
    for _ in range(PATIENCE):
        if not await outside.balancer.active(server, generation):
            return
        await outside.clock.sleep(0.05)
    raise AssertionError(f"{server.name} is still busy")


async def until_served(outside, server, generation, requests):
    """Let requests come until the endpoint has answered that many; returns all counts."""
    for _ in range(PATIENCE):
        traffic = await outside.balancer.traffic((0.001, 5.0))
        if served(traffic, server, generation) >= requests:
            return traffic
        await outside.clock.sleep(0.1)
    raise AssertionError(f"{server.name} was not sent {requests} requests")


async def test_a_new_pool_holds_every_server_at_full_weight(outside):
    pool = await outside.balancer.pool()
    assert {(e.server, e.generation, e.weight, e.state) for e in pool} == {
        ("app-1", "baseline", 1.0, "in"),
        ("app-2", "baseline", 1.0, "in"),
    }


async def test_a_drained_instance_gets_no_new_request_and_comes_to_rest(outside, server):
    await until_served(outside, server, "baseline", 5)
    await outside.balancer.drain(server, "baseline")
    assert entry(await outside.balancer.pool(), server, "baseline").state == "draining"
    await idle(outside, server, "baseline")
    await outside.clock.sleep(0.3)
    at_rest = served(await outside.balancer.traffic(), server, "baseline")
    other = Server("app-2")
    await until_served(outside, other, "baseline", served(await outside.balancer.traffic(), other, "baseline") + 50)
    assert served(await outside.balancer.traffic(), server, "baseline") == at_rest


async def test_with_every_instance_drained_nobody_is_sent_requests(outside):
    for name in ("app-1", "app-2"):
        await outside.balancer.drain(Server(name), "baseline")
        await idle(outside, Server(name), "baseline")
    await outside.clock.sleep(0.3)
    before = {(t.server, t.requests) for t in await outside.balancer.traffic()}
    await outside.clock.sleep(0.3)
    assert {(t.server, t.requests) for t in await outside.balancer.traffic()} == before


async def test_draining_and_removing_may_be_repeated(outside, server):
    for _ in range(2):
        await outside.balancer.drain(server, "baseline")
    for _ in range(2):
        await outside.balancer.remove(server, "baseline")
    assert entry(await outside.balancer.pool(), server, "baseline") is None
    await outside.balancer.drain(server, "baseline")
    assert entry(await outside.balancer.pool(), server, "baseline") is None, "draining what is gone adds nothing"


async def test_what_is_not_in_the_pool_has_no_open_requests(outside, server):
    assert await outside.balancer.active(server, "never") == 0


async def test_a_joined_instance_is_sent_requests(outside, server):
    await outside.run(server, "run-1", "v2.0.0")
    await outside.balancer.join(server, "run-1", 1.0)
    traffic = await until_served(outside, server, "run-1", 10)
    assert next(t.errors for t in traffic if t.generation == "run-1") == 0


async def test_joining_again_puts_a_drained_instance_back_with_its_new_weight(outside, server):
    await outside.balancer.drain(server, "baseline")
    await outside.balancer.join(server, "baseline", 0.5)
    found = entry(await outside.balancer.pool(), server, "baseline")
    assert (found.state, found.weight) == ("in", 0.5)


async def test_what_does_not_run_cannot_join(outside, server):
    await outside.host.configure(server, "run-1", {})
    with pytest.raises(StepFailed, match="does not run"):
        await outside.balancer.join(server, "run-1", 1.0)


async def test_weights_are_set_together_and_obeyed(outside, server):
    other = Server("app-2")
    await outside.balancer.set_weights({(server.name, "baseline"): 0.1, (other.name, "baseline"): 0.9})
    assert {e.server: e.weight for e in await outside.balancer.pool()} == {"app-1": 0.1, "app-2": 0.9}
    await outside.clock.sleep(0.3)
    before = {t.server: t.requests for t in await outside.balancer.traffic()}
    await until_served(outside, other, "baseline", before["app-2"] + 180)
    share = {t.server: t.requests - before[t.server] for t in await outside.balancer.traffic()}
    assert 0.05 <= share["app-1"] / sum(share.values()) <= 0.15


async def test_a_weight_of_nothing_sends_nothing(outside, server):
    await outside.balancer.set_weights({(server.name, "baseline"): 0.0})
    await idle(outside, server, "baseline")
    await outside.clock.sleep(0.3)
    before = served(await outside.balancer.traffic(), server, "baseline")
    other = Server("app-2")
    await until_served(outside, other, "baseline", served(await outside.balancer.traffic(), other, "baseline") + 30)
    assert served(await outside.balancer.traffic(), server, "baseline") == before


async def test_weights_of_strangers_are_refused_whole(outside, server):
    with pytest.raises(StepFailed, match="not in the pool"):
        await outside.balancer.set_weights({(server.name, "baseline"): 0.3, (server.name, "never"): 0.7})


async def test_m36_traffic_counts_requests_errors_and_slow_answers(outside, server):
    traffic = await until_served(outside, server, "baseline", 20)
    counted = next(t for t in traffic if t.server == server.name)
    assert counted.errors == 0
    assert counted.slow["5"] == 0
    assert 0 < counted.slow["0.001"] <= counted.requests


async def test_errors_of_a_release_are_counted_where_they_happened(outside, server):
    await outside.run(server, "run-1", "v2.0.0-errors")
    await outside.balancer.join(server, "run-1", 1.0)
    traffic = await until_served(outside, server, "run-1", 150)
    by_generation = {(t.server, t.generation): t.errors for t in traffic}
    assert by_generation[server.name, "run-1"] > 0
    assert by_generation["app-2", "baseline"] == 0


async def test_an_instance_that_crashes_in_the_pool_is_charged_with_what_was_lost(outside, server):
    await outside.run(server, "run-1", "v2.0.0-crash")
    await outside.balancer.join(server, "run-1", 1.0)
    traffic = await until_served(outside, server, "run-1", 60)
    errors = {(t.server, t.generation): t.errors for t in traffic}
    assert errors[server.name, "run-1"] >= 10
    assert errors["app-2", "baseline"] == 0
    assert not (await outside.host.inspect(server)).instance("run-1").running


async def test_m36_answers_of_a_slow_release_are_counted_as_slow(outside, server):
    await outside.run(server, "run-1", "v2.0.0-slow")
    await outside.balancer.join(server, "run-1", 1.0)
    for _ in range(PATIENCE):
        counted = {t.generation: t for t in await outside.balancer.traffic((0.5,)) if t.server == server.name}
        if counted["run-1"].requests >= 20:
            break
        await outside.clock.sleep(0.1)
    assert counted["run-1"].slow["0.5"] == counted["run-1"].requests
    assert counted["baseline"].slow["0.5"] == 0
    assert counted["run-1"].errors == 0


async def test_f06_a_balancer_that_died_is_unreachable_and_never_idle(outside, server):
    outside.lose_balancer()
    for act in (
        outside.balancer.drain(server, "baseline"),
        outside.balancer.active(server, "baseline"),
        outside.balancer.pool(),
        outside.balancer.remove(server, "baseline"),
    ):
        with pytest.raises(Unreachable):
            await act
