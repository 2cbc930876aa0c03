"""Every server of the plan, untouched ones too: what it ran before, what it runs now, how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from rollbook.model.events import PriorRecorded, ServerRestored, ServerSeen, Surveyed
from rollbook.model.plan import PlanItem
from rollbook.views.log import RESTORE, Log, place_of
from rollbook.views.run_view import Proof, ServerView, ServerWord

STARTS_PRIOR = ":start_prior"
"""The restoring function after which a server runs its prior release again."""


class Act(NamedTuple):
    """One touching item on one server, planned or done. `proof` is None while it was not begun."""

    item: PlanItem
    proof: Proof | None
    restoring: bool

    @property
    def done(self) -> bool:
        return self.proof is not None and self.proof.mark == "yes"


def servers_of(log: Log) -> tuple[ServerView, ...]:
    """In the order of the plan."""
    acts: dict[str, list[Act]] = {server.name: [] for server in log.plan.servers}
    for name, act in _acts(log):
        acts[name].append(act)
    before = _tags_before(log)
    restored = {event.server for _, event in log.of(ServerRestored)}
    seen = {event.server: event.reachable for _, event in log.of(Surveyed)}
    views = []
    for name, on_server in acts.items():
        state = "restored" if name in restored else _state(on_server, seen.get(name, False))
        old = before.get(name, "")
        new = state != "restored" and _runs_new(on_server)
        views.append(ServerView(name, old, _new_tag(log) if new else old, state))
    return tuple(views)


def _acts(log: Log) -> Iterator[tuple[str, Act]]:
    """Every touching item of the program and of the rollback, by the servers it is about."""
    for stage in log.plan.program:
        for lane in stage.lanes:
            about = (lane.server,) if lane.server else stage.servers
            for item in (log.items[item_id] for item_id in lane.items):
                if item.touches:
                    proof = log.outcomes.get(f"{stage.id}/{lane.key}/{item.id}")
                    yield from ((name, Act(item, proof, False)) for name in about)
    for proof in log.outcomes.values():
        place = place_of(proof.task)
        if place.stage == RESTORE and (server := log.server_of(proof.task)):
            yield server, Act(log.items[place.item], proof, True)


def _tags_before(log: Log) -> dict[str, str]:
    """Release tags from the look before the first step, and over them the priors; the first record of a prior counts
    (M38)."""
    seen = {event.server: release_tag(event.prior.image.tag) for _, event in log.of(ServerSeen)}
    recorded: dict[str, str] = {}
    for _, event in log.of(PriorRecorded):
        recorded.setdefault(event.server, release_tag(event.prior.image.tag))
    return seen | recorded


def release_tag(name: str) -> str:
    """The tag of an image's name: what stands behind the repository (`registry:5000/shop:v2` has `v2`)."""
    repository, colon, tag = name.rpartition(":")
    return name if not colon or "/" in tag or not repository else tag


def _new_tag(log: Log) -> str:
    """The release's tag; a plan that builds no image has only the version to name it by."""
    return log.plan.image.tag if log.plan.image else log.plan.version


def _state(acts: list[Act], reachable: bool) -> ServerWord:
    """`reachable`: the newest look after an unknown outcome saw the server."""
    begun = [act for act in acts if act.proof]
    if not begun:
        return "untouched"
    marks = {act.proof.mark for act in begun if act.proof}
    if "unknown" in marks and not reachable:
        return "unknown"
    if any(act.restoring for act in begun):
        return "restoring"
    if "no" in marks:
        return "failed"
    if _converted(acts) and all(act.done for act in acts if act.item.leaves or act.item.returns):
        return "updated"
    return "out" if any(act.item.leaves for act in begun) else "changing"


def _runs_new(acts: list[Act]) -> bool:
    """Whether the server runs the new release: everything up to its return is done, and the prior one is not back."""
    back = any(act.restoring and act.done and act.item.binding.partition("@")[0].endswith(STARTS_PRIOR) for act in acts)
    return _converted(acts) and not back


def _converted(acts: list[Act]) -> bool:
    forward = [act for act in acts if not act.restoring]
    changing = list(takewhile(lambda act: not act.item.returns, forward))
    return bool(changing) and all(act.done for act in changing)
