"""Every way in which a call of a fake can go wrong, and what is true outside afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.ports import Message
from rollbook.ports.cluster import Namespace
from rollbook.ports.fakes import FakeSite, Touch
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Image, Server

A, B = Server("a"), Server("b")
APP = Namespace("cluster", "shop").workload("app")
MANIFEST = """
kind: Deployment
metadata: {name: app}
spec:
  selector: {matchLabels: {app: app}}
  template: {metadata: {labels: {app: app}}, spec: {containers: [{name: app, image: "app:v1"}]}}
"""


def done(coroutine):
    """Run a coroutine to its end without an event loop: it may not suspend."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the coroutine suspended")


def once(method, fault, when="before"):
    """A fault at the first call of that method."""
    left = [True]

    def faults(touch: Touch, moment: str) -> str:
        if left and touch.method == method and moment == when:
            left.clear()
            return fault
        return ""

    return faults


def released(site: FakeSite) -> Image:
    built = done(site.registry.build(Path("/nowhere"), Image("app:v2"), {"version": "v2"}))
    return done(site.registry.push(built))


def prepared(faults=None) -> tuple[FakeSite, Image]:
    """A site on which the new release may be started on server a."""
    site = FakeSite.of(["a", "b"])
    image = released(site)
    done(site.host.pull(A, image))
    done(site.host.configure(A, "r1", {"x": "1"}))
    done(site.cluster.apply(APP.place, MANIFEST))
    return site.fork(faults), image


ACTS = {
    "drain": lambda site, _: site.balancer.drain(A, "baseline"),
    "remove": lambda site, _: site.balancer.remove(A, "baseline"),
    "join": lambda site, _: site.balancer.join(A, "baseline", 0.5),
    "set_weights": lambda site, _: site.balancer.set_weights({("a", "baseline"): 0.5, ("b", "baseline"): 0.5}),
    "configure": lambda site, _: site.host.configure(A, "r2", {"x": "2"}),
    "activate": lambda site, _: site.host.activate(A, "baseline"),
    "start": lambda site, image: site.host.start(A, "r1", image),
    "stop": lambda site, _: site.host.stop(A, "baseline", 1.0),
    "pull": lambda site, image: site.host.pull(B, image),
    "build": lambda site, _: site.registry.build(Path("/nowhere"), Image("app:v3"), {"version": "v3"}),
    "send": lambda site, _: site.notifier.send(Message("k", "mail", ("x",), "s", "b")),
    "apply": lambda site, _: site.cluster.apply(APP.place, MANIFEST, "app", {"app": "app:v2"}),
    "set_image": lambda site, _: site.cluster.set_image(APP, {"app": "app:v2"}),
    "pause": lambda site, _: site.cluster.pause(APP),
    "scale": lambda site, _: site.cluster.scale(APP, 2),
    "append": lambda site, _: site.records.append("k", "text"),
}


def after_success(method):
    site, image = prepared()
    done(ACTS[method](site, image))
    return site.world


@pytest.mark.parametrize("method", ACTS)
def test_each_act_changes_the_world_and_repeating_it_changes_nothing_more(method):
    site, image = prepared()
    before = site.world
    done(ACTS[method](site, image))
    first = site.world
    assert first != before
    done(ACTS[method](site, image))
    assert site.world == first


@pytest.mark.parametrize("method", ACTS)
def test_a_refused_act_changed_nothing(method):
    site, image = prepared(once(method, "refused"))
    before = site.world
    with pytest.raises(StepFailed):
        done(ACTS[method](site, image))
    assert site.world == before


@pytest.mark.parametrize("method", ACTS)
def test_f06_a_connection_lost_before_the_effect_changed_nothing(method):
    site, image = prepared(once(method, "lost"))
    before = site.world
    with pytest.raises(Unreachable):
        done(ACTS[method](site, image))
    assert site.world == before


@pytest.mark.parametrize("method", ACTS)
def test_f06_a_connection_lost_after_the_effect_looks_the_same_but_it_happened(method):
    site, image = prepared(once(method, "lost", "after"))
    with pytest.raises(Unreachable):
        done(ACTS[method](site, image))
    assert site.world == after_success(method)


@pytest.mark.parametrize("method", ACTS)
def test_a_half_written_act_is_lost_and_its_repetition_completes_it(method):
    site, image = prepared(once(method, "half"))
    with pytest.raises(Unreachable):
        done(ACTS[method](site, image))
    assert site.world != after_success(method)
    done(ACTS[method](site, image))
    assert site.world == after_success(method)


def test_a_half_written_configuration_is_neither_whole_nor_active():
    site, _ = prepared(once("configure", "half"))
    with pytest.raises(Unreachable):
        done(site.host.configure(A, "r2", {"x": "2"}))
    state = done(site.host.inspect(A))
    assert state.current == "r1"
    assert state.instance("r2").configuration == {}


def test_a_slow_act_happens_and_takes_its_time():
    site, image = prepared(once("start", "slow"))
    began = site.clock.now()
    done(site.host.start(A, "r1", image))
    assert site.clock.now() - began >= 30
    assert site.world == after_success("start")


def test_a_hung_act_is_lost_after_an_hour():
    site, image = prepared(once("start", "hang"))
    began = site.clock.now()
    with pytest.raises(Unreachable):
        done(site.host.start(A, "r1", image))
    assert site.clock.now() - began >= 3600


def test_a_server_that_is_cut_off_cannot_be_asked_but_its_traffic_can_be_turned():
    site, image = prepared()
    site.world = site.world.cutting("a")
    for act in (site.host.inspect(A), site.host.start(A, "r1", image), site.host.probe(A, "baseline", "/")):
        with pytest.raises(Unreachable):
            done(act)
    done(site.balancer.drain(A, "baseline"))
    assert done(site.host.inspect(B)).instance("baseline").running
    site.world = site.world.mending("a")
    assert done(site.host.inspect(A)).instance("baseline").running


def test_faults_may_kill_the_engine_at_any_point():
    class EngineDied(BaseException):
        pass

    def dies(touch: Touch, when: str) -> str:
        if (touch.method, when) == ("start", "after"):
            raise EngineDied
        return ""

    site, image = prepared(dies)
    with pytest.raises(EngineDied):
        done(site.host.start(A, "r1", image))
    assert site.world == after_success("start")


def test_forks_go_their_own_ways():
    site, _ = prepared()
    one, two = site.fork(), site.fork()
    done(one.balancer.drain(A, "baseline"))
    assert one.world != site.world == two.world
    done(two.balancer.drain(A, "baseline"))
    assert one.world == two.world
    assert hash(one.world) == hash(two.world)
    assert len({site.world, one.world, two.world.snapshot()}) == 2


def test_the_order_in_which_servers_changed_leaves_no_trace():
    site, _ = prepared()
    one, two = site.fork(), site.fork()
    for fork, order in ((one, (A, B)), (two, (B, A))):
        for server in order:
            done(fork.balancer.drain(server, "baseline"))
            fork.clock.advance(7)
    assert one.world == two.world


def test_m10_requests_linger_after_the_drain_for_as_long_as_told():
    site, _ = prepared()
    site.balancer.lingering_s = 12.0
    done(site.balancer.drain(A, "baseline"))
    assert done(site.balancer.active(A, "baseline")) == 1
    done(site.clock.sleep(11.9))
    assert done(site.balancer.active(A, "baseline")) == 1
    done(site.clock.sleep(0.2))
    assert done(site.balancer.active(A, "baseline")) == 0


def test_the_client_loses_what_a_dead_server_in_the_pool_is_sent():
    site, _ = prepared()
    site.clock.advance(10)
    assert site.client() == {"sent": 1200, "failed": 0}
    done(site.host.stop(A, "baseline", 1.0))
    site.clock.advance(10)
    assert site.client() == {"sent": 2400, "failed": 600}


async def test_a_tag_that_moved_meanwhile_is_refused():
    site = FakeSite.of(["a"])
    mine = done(site.registry.build(Path("/mine"), Image("app:v2"), {"version": "v2"}))
    theirs = site.fork()
    done(theirs.registry.push(done(theirs.registry.build(Path("/theirs"), Image("app:v2"), {"version": "v2"}))))
    site.world = type(site.world)(
        site.world.servers, site.world.built, theirs.world.published, seen=site.world.seen
    )  # somebody else published under the tag between this build and its push
    with pytest.raises(StepFailed, match="meanwhile"):
        done(site.registry.push(mine))
