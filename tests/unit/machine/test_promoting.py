"""The second small machine: nodes in order, one image, nothing behind a failure, nothing twice."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotions import promotion_of
from rollbook.machine.promoting import AwaitRun, End, Hold, StartRun, begin, decide, evolve, fold
from rollbook.model import events as ev
from rollbook.model.promotion import Kept, Promotion

LINE = ("commit", "image", "deploy", "integration_test", "deploy")
ENDS = ("succeeded", "failed", "rolled_back", "aborted")
DIGESTS = ("", "sha256:a", "sha256:b")


def walked(promotion: Promotion, *ends: tuple[str, str]) -> list[ev.Event]:
    """The events of a promotion whose nodes end so: (state, digest) of each."""
    events: list[ev.Event] = []
    while not isinstance(move := decide(promotion, fold(promotion, events)), End):
        if isinstance(move, StartRun):
            events.append(ev.NodeStarted(move.node, f"run{move.node}"))
        elif isinstance(move, AwaitRun):
            at = sum(isinstance(e, ev.NodeEnded) for e in events)
            events.append(ev.NodeEnded(move.node, move.run, *ends[min(at, len(ends) - 1)]))  # type: ignore[arg-type]
        else:
            return events
    return [*events, move.event]


def test_nodes_come_in_the_order_of_the_drawing() -> None:
    events = walked(promotion_of(*LINE), ("succeeded", "sha256:a"))
    assert [e.node for e in events if isinstance(e, ev.NodeStarted)] == [1, 2, 3, 4, 5]
    assert events[-1] == ev.RunEnded("succeeded")


def test_it_stops_at_the_first_failure_and_leaves_later_nodes_alone() -> None:
    events = walked(promotion_of(*LINE), ("succeeded", ""), ("succeeded", "sha256:a"), ("rolled_back", "sha256:a"))
    assert [e.node for e in events if isinstance(e, ev.NodeStarted)] == [1, 2, 3]
    assert events[-1] == ev.RunEnded("failed", "node.3")


def test_m21_every_later_run_is_awaited_with_the_first_image() -> None:
    promotion = promotion_of(*LINE)
    walk = fold(promotion, [ev.NodeStarted(1, "a"), ev.NodeEnded(1, "a", "succeeded")])
    for node, digest in ((2, "sha256:a"), (3, ""), (4, "")):
        walk = evolve(promotion, walk, ev.NodeStarted(node, f"r{node}"))
        walk = evolve(promotion, walk, ev.NodeEnded(node, f"r{node}", "succeeded", digest))
    walk = evolve(promotion, walk, ev.NodeStarted(5, "r5"))
    assert decide(promotion, walk) == AwaitRun(5, "r5", "sha256:a")


def test_m21_a_run_that_ends_well_with_another_image_is_a_failure() -> None:
    events = walked(promotion_of(*LINE), ("succeeded", ""), ("succeeded", "sha256:a"), ("succeeded", "sha256:b"))
    assert events[-1] == ev.RunEnded("failed", "node.3")


def test_what_an_earlier_promotion_passed_is_kept_with_its_image() -> None:
    promotion = promotion_of(*LINE)
    kept = Kept("p-earlier", "old", "sha256:a")
    nodes = (*(msgspec.structs.replace(n, plan=None, kept=kept) for n in promotion.nodes[:3]), *promotion.nodes[3:])
    promotion = msgspec.structs.replace(promotion, nodes=nodes)
    assert decide(promotion, begin(promotion)) == StartRun(4)
    assert begin(promotion).digest == "sha256:a"


def test_nodes_without_a_plan_of_their_own_are_passed_by() -> None:
    promotion = promotion_of(*LINE)
    nodes = tuple(msgspec.structs.replace(n, plan=None) if n.number in (1, 5) else n for n in promotion.nodes)
    events = walked(msgspec.structs.replace(promotion, nodes=nodes), ("succeeded", "sha256:a"))
    assert [e.node for e in events if isinstance(e, ev.NodeStarted)] == [2, 3, 4]
    assert events[-1] == ev.RunEnded("succeeded")


def test_pause_starts_nothing_and_sees_the_run_under_way_to_its_end() -> None:
    promotion = promotion_of(*LINE)
    walk = fold(promotion, [ev.NodeStarted(1, "a"), ev.VerbAsked("pause", "operator")])
    assert decide(promotion, walk) == AwaitRun(1, "a", "")
    walk = evolve(promotion, walk, ev.NodeEnded(1, "a", "succeeded"))
    assert decide(promotion, walk) == Hold()
    assert decide(promotion, evolve(promotion, walk, ev.VerbAsked("resume", "operator"))) == StartRun(2)


def test_abort_waits_for_the_run_under_way_and_starts_no_other() -> None:
    promotion = promotion_of(*LINE)
    walk = fold(promotion, [ev.NodeStarted(1, "a"), ev.VerbAsked("abort", "operator")])
    assert decide(promotion, walk) == AwaitRun(1, "a", "")
    walk = evolve(promotion, walk, ev.NodeEnded(1, "a", "aborted"))
    assert decide(promotion, walk) == End(ev.RunEnded("aborted", "node.1"))


events_of_a_promotion = st.one_of(
    st.builds(ev.NodeStarted, st.integers(0, 6), st.sampled_from("abcdef")),
    st.builds(
        ev.NodeEnded, st.integers(0, 6), st.sampled_from("abcdef"), st.sampled_from(ENDS), st.sampled_from(DIGESTS)
    ),
    st.builds(ev.VerbAsked, st.sampled_from(("pause", "resume", "abort", "retry")), st.just("operator")),
    st.builds(ev.RunEnded, st.sampled_from(ENDS)),
    st.just(ev.EngineStarted(1, "worker")),
)


@given(st.lists(events_of_a_promotion, max_size=40))
def test_m21_whatever_is_journaled_there_is_one_image_and_no_node_out_of_turn(events: list[ev.Event]) -> None:
    promotion = promotion_of(*LINE)
    walk = begin(promotion)
    for event in events:
        before, walk = walk, evolve(promotion, walk, event)
        assert walk.digest in (before.digest, event.digest if isinstance(event, ev.NodeEnded) else "")
        assert not before.digest or walk.digest == before.digest
        words = [node.word for node in walk.nodes]
        passed = words.index("pending") if "pending" in words else len(words)
        assert words[passed:] == ["pending"] * (len(words) - passed)
        assert all(word == "succeeded" for word in words[: max(0, passed - 1)])
        decide(promotion, walk)


@given(st.lists(st.tuples(st.sampled_from(ENDS), st.sampled_from(DIGESTS)), min_size=1, max_size=5))
def test_it_always_ends_and_well_only_when_every_node_did(ends: list[tuple[str, str]]) -> None:
    promotion = promotion_of(*LINE)
    events = walked(promotion, *ends)
    last, ended = events[-1], [e for e in events if isinstance(e, ev.NodeEnded)]
    assert isinstance(last, ev.RunEnded)
    good = len(ended) == 5 and all(e.state == "succeeded" for e in ended)
    one = len({e.digest for e in ended if e.digest}) <= 1
    assert (last.state == "succeeded") == (good and one)


@pytest.mark.parametrize("state", ENDS)
def test_nothing_is_decided_once_it_has_ended(state: str) -> None:
    promotion = promotion_of(*LINE)
    assert decide(promotion, fold(promotion, [ev.RunEnded(state)])) is None  # type: ignore[arg-type]
