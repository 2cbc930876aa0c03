"""The hash chain that makes a journal tamper-evident: each entry's hash covers its own text and the hash before it.

    hash = sha256(previous ‖ canonical JSON of [run, seq, epoch, at, event])

The event is hashed as the very text that is stored, so a later version that adds optional fields to an event still
verifies the entries of an older one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from rollbook.model.events import Entry, Event, RunCreated
from rollbook.values import Words


class Stored(msgspec.Struct, frozen=True):
    """One entry as it stands in the store, before its event is decoded. `event` is canonical JSON."""

    run: str
    seq: int
    epoch: int
    at: float
    event: str
    previous: str
    hash: str


class Tip(NamedTuple):
    """The newest entry of a run: its number and hash. `START` for a run without entries."""

    seq: int
    hash: str


START = Tip(0, "")


def seal(run: str, tip: Tip, epoch: int, at: float, events: Sequence[Event]) -> tuple[Stored, ...]:
    """Number and chain `events` behind `tip`."""
    sealed = []
    for event in events:
        draft = Stored(run, tip.seq + 1, epoch, at, event_text(event), tip.hash, "")
        sealed.append(msgspec.structs.replace(draft, hash=digest(draft)))
        tip = Tip(draft.seq, sealed[-1].hash)
    return tuple(sealed)


def opened(stored: Stored) -> Entry:
    """The entry with its event decoded."""
    event = msgspec.json.decode(stored.event, type=Event)
    return Entry(stored.run, stored.seq, stored.epoch, stored.at, event, stored.previous, stored.hash)


def breaks(run: str, stored: Iterable[Stored], plan_key: str, plan: bytes, head: str) -> tuple[Words, ...]:
    """Everything wrong with a run: gaps, changed text, a changed or foreign plan, a cut-off end. Empty when sound."""
    found = [] if plan_key == plan_digest(plan) else [CHANGED_PLAN.format(run=run)]
    tip = START
    for entry in stored:
        if entry.seq != tip.seq + 1:
            found.append(MISSING.format(run=run, seq=tip.seq + 1, found=entry.seq))
        if entry.run != run or entry.previous != tip.hash or entry.hash != digest(entry):
            found.append(CHANGED.format(run=run, seq=entry.seq))
        if tip == START and not _starts(entry, plan_key):
            found.append(FOREIGN_PLAN.format(run=run))
        tip = Tip(entry.seq, entry.hash)
    if tip.hash != head:
        found.append(CUT.format(run=run, seq=tip.seq))
    return tuple(found)


MISSING = Words(
    "run {run}: entry {seq} is missing (found {found})", "运行 {run}：缺少第 {seq} 条记录（见到第 {found} 条）"
)
CHANGED = Words(
    "run {run}: entry {seq} was changed after it was written (its hash does not fit)",
    "运行 {run}：第 {seq} 条记录写入后被改动（哈希不符）",
)
CHANGED_PLAN = Words(
    "run {run}: the plan was changed after it was stored (its hash does not fit)",
    "运行 {run}：计划存入后被改动（哈希不符）",
)
FOREIGN_PLAN = Words("run {run}: the plan is not the one it was started with", "运行 {run}：计划不是启动时的计划")
CUT = Words(
    "run {run}: the journal ends at entry {seq}, which is not the newest one that was written",
    "运行 {run}：日志止于第 {seq} 条，并非最后写入的一条",
)


def plan_digest(plan: bytes) -> str:
    """A plan's key: the hash of its canonical JSON, which is what is stored."""
    return hashlib.sha256(plan).hexdigest()


def event_text(event: Event) -> str:
    return msgspec.json.encode(event, order="deterministic").decode()


def digest(entry: Stored) -> str:
    """The hash that `entry` must have."""
    body = msgspec.json.encode([entry.run, entry.seq, entry.epoch, entry.at, entry.event])
    return hashlib.sha256(entry.previous.encode() + body).hexdigest()


def _starts(entry: Stored, plan_key: str) -> bool:
    try:
        event = opened(entry).event
    except msgspec.MsgspecError:
        return False
    return isinstance(event, RunCreated) and event.plan == plan_key and event.run == entry.run
