"""Whatever call of whatever port fails on the way of a release, the way back restores what was there (M38, F2, F5)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollbook.ports.fakes import BASELINE, Touch
from rollbook.problems import StepFailed, Unreachable
from rollbook.steps import release, restoring, routing, traffic

WAY = (
    traffic.leave, traffic.wait_for_requests, traffic.stop, release.pull, release.configure, release.start,
    release.await_ready, routing.rejoin, routing.route, routing.verify_distribution,
)  # fmt: skip
BACK = (
    restoring.withdraw, restoring.stop_new, restoring.restore_configuration, restoring.start_prior,
    restoring.await_prior, restoring.verify_prior, restoring.rejoin_prior,
)  # fmt: skip
FAULTS = ("refused", "lost", "half", "slow", "hang")
VERSIONS = ("v2.0.0", "v2.0.0-nostart", "v2.0.0-notready", "v2.0.0-errors", "v2.0.0-slow", "v2.0.0-crash")


class Failing:
    """Lets the call number `at` fail in one way, and every other one be."""

    def __init__(self, at: int, fault: str, when: str) -> None:
        self.at, self.fault, self.when = at, fault, when
        self.calls = 0

    def __call__(self, touch: Touch, when: str) -> str:
        if when == "before":
            self.calls += 1
        happens = self.calls == self.at and when == self.when
        if self.fault == "half" and (not touch.touches or when == "after"):
            return ""
        return self.fault if happens else ""


async def attempt(scene, way, faults=None) -> bool:
    """Go the way until something fails; True when all of it went well."""
    scene.site.faults = faults
    try:
        for function in way:
            await scene.do(function)
    except (StepFailed, Unreachable):
        return False
    finally:
        scene.site.faults = None
    return True


def one_server(make_scene, version: str = "v2.0.0"):
    """A wave of one server out of three; priors are recorded before the first touch, and the image is published."""
    scene = make_scene(version)
    priors = {s.name: scene.prior(s) for s in scene.servers}
    scene.prior = lambda server: priors[server.name]
    scene.servers = scene.servers[:1]
    go(scene.publish())
    return scene


def go(coroutine):
    """Run a coroutine over fakes, which never suspend."""
    with pytest.raises(StopIteration) as stopped:
        coroutine.send(None)
    return stopped.value.value


@settings(max_examples=150, deadline=None)
@given(
    at=st.integers(1, 40), fault=st.sampled_from(FAULTS), when=st.sampled_from(("before", "after")),
    version=st.sampled_from(VERSIONS),
)  # fmt: skip
def test_m38_any_single_failure_on_the_way_is_restored_exactly(make_scene, at, fault, when, version) -> None:
    scene = one_server(make_scene, version)
    before = scene.site.world.server("app-1")
    go(attempt(scene, WAY, Failing(at, fault, when)))
    assert go(attempt(scene, BACK))
    after = scene.site.world.server("app-1")
    assert (after.current, after.pool, after.instance(BASELINE)) == (
        before.current,
        before.pool,
        before.instance(BASELINE),
    )
    new = after.instance(scene.release.generation)
    assert new is None or not new.running


@settings(max_examples=80, deadline=None)
@given(at=st.integers(1, 25), fault=st.sampled_from(FAULTS), when=st.sampled_from(("before", "after")))
def test_f02_a_way_back_that_failed_halfway_is_gone_again_to_the_same_end(make_scene, at, fault, when) -> None:
    scene = one_server(make_scene)
    before = scene.site.world.server("app-1")
    assert go(attempt(scene, WAY))
    go(attempt(scene, BACK, Failing(at, fault, when)))
    assert go(attempt(scene, BACK))
    after = scene.site.world.server("app-1")
    assert (after.current, after.pool, after.instance(BASELINE)) == (
        before.current,
        before.pool,
        before.instance(BASELINE),
    )


@settings(max_examples=80, deadline=None)
@given(at=st.integers(1, 40), fault=st.sampled_from(("refused", "lost")), when=st.sampled_from(("before", "after")))
def test_m19_a_step_that_failed_may_be_tried_again_and_reaches_the_same_world(make_scene, at, fault, when) -> None:
    smooth, rough = one_server(make_scene), one_server(make_scene)
    assert go(attempt(smooth, WAY))
    faults = Failing(at, fault, when)
    for function in WAY:
        if not go(attempt(rough, (function,), faults)):
            assert go(attempt(rough, (function,)))
    assert rough.site.world == smooth.site.world
