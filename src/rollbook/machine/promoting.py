"""The second small machine: a promotion walks the pipeline's nodes in order, each a run of its own.

    node ──> NodeStarted (intent: the run's id) ──> the run is created and awaited ──> NodeEnded ──> next node

Gates are the runs' own: a manual mark belongs to the environment, and its run opens it (M2). One digest goes from the
first node that has one to the last; a node that ends with another fails (M21). Pure, like the machine of a run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from rollbook.model import events as ev
from rollbook.model.promotion import Promotion

NodeWord: TypeAlias = Literal["pending", "running", "succeeded", "failed", "kept", "skipped"]


class NodeState(msgspec.Struct, frozen=True, array_like=True):
    """Where one node stands. `end` is its run's end state."""

    word: NodeWord = "pending"
    run: str = ""
    end: str = ""


class Walk(msgspec.Struct, frozen=True):
    """The whole situation of a promotion. `nodes` as in the promotion."""

    nodes: tuple[NodeState, ...] = ()
    digest: str = ""
    mixed: bool = False
    """A node ended with another image than the one that was promoted."""
    paused: bool = False
    stopping: bool = False
    end: Literal["", "succeeded", "failed", "rolled_back", "aborted", "frozen"] = ""


class StartRun(msgspec.Struct, frozen=True):
    """Choose the run's id and journal it: NodeStarted."""

    node: int


class AwaitRun(msgspec.Struct, frozen=True):
    """Create the run unless it is there, with this image, and see it to its end: NodeEnded."""

    node: int
    run: str
    digest: str


class End(msgspec.Struct, frozen=True):
    """Journal the end."""

    event: ev.RunEnded


class Hold(msgspec.Struct, frozen=True):
    """Nothing may be started: a person paused the promotion."""


Move: TypeAlias = StartRun | AwaitRun | End | Hold


def begin(promotion: Promotion) -> Walk:
    """Before anything happened: kept nodes are behind it, and give the image."""
    nodes = tuple(
        NodeState("kept", n.kept.run, "succeeded") if n.kept else NodeState("pending" if n.plan else "skipped")
        for n in promotion.nodes
    )
    digest = next((n.kept.digest for n in promotion.nodes if n.kept and n.kept.digest), "")
    return Walk(nodes, digest)


def decide(promotion: Promotion, walk: Walk) -> Move | None:
    """The one thing to do now; None when it has ended."""
    if walk.end:
        return None
    current = at(walk)
    node = walk.nodes[current] if current is not None else None
    if node is not None and node.word == "running":
        return AwaitRun(promotion.nodes[current or 0].number, node.run, walk.digest)
    if walk.stopping:
        return End(ev.RunEnded("aborted", _cause(promotion, current)))
    if node is not None and node.word == "failed":
        return End(ev.RunEnded("failed", _cause(promotion, current)))
    if current is None:
        return End(ev.RunEnded("succeeded"))
    return Hold() if walk.paused else StartRun(promotion.nodes[current].number)


def evolve(promotion: Promotion, walk: Walk, event: ev.Event) -> Walk:
    """The situation after `event`. An event that makes no sense here changes nothing."""
    match event:
        case ev.NodeStarted():
            return _started(promotion, walk, event)
        case ev.NodeEnded():
            return _ended(promotion, walk, event)
        case ev.VerbAsked(verb="pause") if not walk.end:
            return replace(walk, paused=True)
        case ev.VerbAsked(verb="resume"):
            return replace(walk, paused=False)
        case ev.VerbAsked(verb="abort") if not walk.end:
            return replace(walk, stopping=True)
        case ev.RunEnded():
            return replace(walk, end=event.state)
    return walk


def fold(promotion: Promotion, events: Iterable[ev.Event]) -> Walk:
    """The situation after all events, from the beginning."""
    walk = begin(promotion)
    for event in events:
        walk = evolve(promotion, walk, event)
    return walk


def at(walk: Walk) -> int | None:
    """Index of the node that is worked on or comes next; None behind the last one."""
    return next((i for i, n in enumerate(walk.nodes) if n.word in ("pending", "running", "failed")), None)


def current_run(walk: Walk) -> str:
    """The run that is awaited; "" between runs."""
    return next((n.run for n in walk.nodes if n.word == "running"), "")


def _started(promotion: Promotion, walk: Walk, event: ev.NodeStarted) -> Walk:
    current = at(walk)
    if current is None or promotion.nodes[current].number != event.node or walk.nodes[current].word != "pending":
        return walk
    return _with(walk, current, NodeState("running", event.run))


def _ended(promotion: Promotion, walk: Walk, event: ev.NodeEnded) -> Walk:
    """Once for each run. Another image than the promoted one is a failure however well the run ended."""
    current = at(walk)
    if current is None or walk.nodes[current] != NodeState("running", event.run):
        return walk
    mixed = bool(walk.digest and event.digest and event.digest != walk.digest)
    word: NodeWord = "succeeded" if event.state == "succeeded" and not mixed else "failed"
    walk = _with(walk, current, NodeState(word, event.run, event.state))
    return replace(walk, digest=walk.digest or event.digest, mixed=walk.mixed or mixed)


def _with(walk: Walk, index: int, node: NodeState) -> Walk:
    return replace(walk, nodes=(*walk.nodes[:index], node, *walk.nodes[index + 1 :]))


def _cause(promotion: Promotion, current: int | None) -> str:
    return f"node.{promotion.nodes[current].number}" if current is not None else ""
