"""Every server of the plan, untouched ones too: what it ran before, what it runs now, how it stands."""

from __future__ import annotations

from rollbook.model.events import PriorRecorded, ServerRestored, ServerSeen, Surveyed
from rollbook.model.plan import Lane, PlanItem, Stage
from rollbook.views.log import RESTORE, Log, place_of
from rollbook.views.run_view import Proof, ServerView, ServerWord


def servers_of(log: Log) -> tuple[ServerView, ...]:
    priors = _tags_before(log)
    return tuple(_server(log, server.name, priors.get(server.name, "")) for server in log.plan.servers)


def _server(log: Log, name: str, before: str) -> ServerView:
    state = _state(log, name)
    on_new = state in ("updated", "failed") or (state == "out" and _converted(log, name))
    return ServerView(name, before, _new_tag(log) if on_new and _converted(log, name) else before, state)


def _tags_before(log: Log) -> dict[str, str]:
    """Release tags from the look before the first step, and over them the priors; the first record of a prior counts
    (M38)."""
    seen = {event.server: event.prior.image.tag for _, event in log.of(ServerSeen)}
    recorded: dict[str, str] = {}
    for _, event in log.of(PriorRecorded):
        recorded.setdefault(event.server, event.prior.image.tag)
    return seen | recorded


def _new_tag(log: Log) -> str:
    """The release's tag; a plan that builds no image has only the version to name it by."""
    return log.plan.image.tag if log.plan.image else log.plan.version


def _state(log: Log, name: str) -> ServerWord:
    if any(event.server == name for _, event in log.of(ServerRestored)):
        return "restored"
    proofs = _proofs(log, name)
    if any(place_of(proof.task).stage == RESTORE for proof in proofs):
        return "restoring"
    if not any(_touches(log, proof) for proof in proofs):
        return "untouched"
    if _unseen(log, name, proofs):
        return "unknown"
    if any(proof.mark == "no" for proof in proofs):
        return "failed"
    if _finished(log, name, "returns") or (_converted(log, name) and not _has(log, "returns")):
        return "updated" if _converted(log, name) else "changing"
    return "out" if any(_item(log, proof).leaves for proof in proofs if _touches(log, proof)) else "changing"


def _proofs(log: Log, name: str) -> tuple[Proof, ...]:
    return tuple(proof for proof in log.outcomes.values() if name in _about(log, proof))


def _about(log: Log, proof: Proof) -> tuple[str, ...]:
    """The servers a task acts on: its lane's, or all of its stage's when it acts on a wave at once."""
    if proof.server:
        return (proof.server,)
    stage = log.stages.get(place_of(proof.task).stage)
    return stage.servers if stage and _touches(log, proof) else ()


def _item(log: Log, proof: Proof) -> PlanItem:
    return log.items[place_of(proof.task).item]


def _touches(log: Log, proof: Proof) -> bool:
    item = log.items.get(place_of(proof.task).item)
    return item is not None and item.touches


def _unseen(log: Log, name: str, proofs: tuple[Proof, ...]) -> bool:
    """The newest look found nothing, or an outcome is unknown and nobody has looked yet."""
    looks = [event.reachable for _, event in log.of(Surveyed) if event.server == name]
    return any(proof.mark == "unknown" and not log.items[place_of(proof.task).item].expr for proof in proofs) and not (
        looks and looks[-1]
    )


def _converted(log: Log, name: str) -> bool:
    """Whether every item that changes this server, up to its return, is done: it runs the new release."""
    tasks = [
        f"{stage.id}/{lane.key}/{item}"
        for stage, lane, item in _lanes(log, name)
        if log.items[item].touches and not log.items[item].returns
    ]
    return bool(tasks) and all(task in log.outcomes and log.outcomes[task].mark == "yes" for task in tasks)


def _lanes(log: Log, name: str) -> list[tuple[Stage, Lane, str]]:
    return [
        (stage, lane, item)
        for stage in log.plan.program
        for lane in stage.lanes
        for item in lane.items
        if lane.server == name or (not lane.server and name in stage.servers and stage.kind == "work")
    ]


def _finished(log: Log, name: str, trait: str) -> bool:
    return any(
        getattr(log.items[item], trait) and log.outcomes.get(f"{stage.id}/{lane.key}/{item}", _NONE).mark == "yes"
        for stage, lane, item in _lanes(log, name)
    )


def _has(log: Log, trait: str) -> bool:
    return any(getattr(item, trait) for item in log.items.values())


_NONE = Proof("", "none", 0.0, 0)
