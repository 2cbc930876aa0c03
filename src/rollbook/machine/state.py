"""What a run is, folded from its journal. Holds no clock, no hash and no history, so equal situations are equal values.

Lanes belong to the current stage; targets are the servers of the plan, in its order. Everything that only a reader
wants (times, texts, evidence) is folded by views; priors and facts by `ledger`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from rollbook.machine.program import Program
from rollbook.model.plan import Stage

Phase: TypeAlias = Literal["new", "forward", "undoing", "reporting", "ended"]
RunState: TypeAlias = Literal[
    "running", "waiting", "paused", "rolling_back", "succeeded", "failed", "rolled_back", "aborted", "frozen"
]
LaneStatus: TypeAlias = Literal[
    "idle", "running", "doubt", "unknown", "lost", "held", "failed", "cancelled", "left_out"
]
"""idle: the item at `position` may start (or the lane is done) · running: intended · doubt: intended by an engine that
died · unknown: outcome unknown, to be looked at · lost: looked at and still unknown · held: judged without data ·
left_out: its server failed within the failure budget."""


class Lane(msgspec.Struct, frozen=True, array_like=True):
    """Progress of one lane: index of its next or current item, what that item is doing, and which try this is."""

    position: int = 0
    status: LaneStatus = "idle"
    attempt: int = 0


class Target(msgspec.Struct, frozen=True, array_like=True):
    """One server in the ledger. `out`: out of rotation by our act, as far as known; `restore` its rollback lane."""

    seen: bool = False
    """It was looked at before the first step."""
    known: bool = False
    """Its prior state is recorded."""
    touched: bool = False
    out: bool = False
    failed: bool = False
    """Its lane failed within the failure budget; to be repaired before another server leaves."""
    restored: bool = False
    restore: Lane = Lane()
    by_hand: bool = False
    """A person answered for its state."""


class Schema(msgspec.Struct, frozen=True, array_like=True):
    """The database in the ledger (M31). `known`: what was applied before is recorded; `touched`: a migration was begun;
    `restore`: its way back, once all servers are back; `lost`: what that would lose, for the person who is asked;
    `settled`: it is taken back, or stays."""

    known: bool = False
    touched: bool = False
    restore: Lane = Lane()
    lost: str = ""
    settled: bool = False


class OpenGate(msgspec.Struct, frozen=True, array_like=True):
    """A gate that waits. `answers`: (person, roles) of those who said yes."""

    id: str
    answers: frozenset[tuple[str, tuple[str, ...]]] = frozenset()


class State(msgspec.Struct, frozen=True, cache_hash=True):
    """The whole situation of a run."""

    phase: Phase = "new"
    claimed: bool = False
    """It holds its targets against other runs, until it ends (M41)."""
    stage: int = 0
    entered: bool = False
    lanes: tuple[Lane, ...] = ()
    targets: tuple[Target, ...] = ()
    skipped: frozenset[int] = frozenset()
    gates: tuple[OpenGate, ...] = ()
    passed: frozenset[str] = frozenset()
    """Gates that were answered yes, tasks a person allowed or answered for."""
    looked: bool | None = None
    """Whether a request was pending for the optional approval of this stage."""
    timer_fired: bool = False
    failed: bool = False
    stopping: Literal["", "abort", "rollback"] = ""
    """A person asked to go back."""
    paused: bool = False
    changed: bool = False
    """Step code differs from what was approved (M44)."""
    frozen: bool = False
    failures: int = 0
    undo_order: tuple[int, ...] = ()
    undo_beside: bool = False
    """Old releases return beside the new ones, which leave afterwards."""
    schema: Schema = Schema()
    ending: Literal["", "succeeded", "failed", "rolled_back", "aborted"] = ""
    """How the run will end once reporting is done."""
    end: Literal["", "succeeded", "failed", "rolled_back", "aborted", "frozen"] = ""


def start(program: Program) -> State:
    return State(targets=tuple(Target() for _ in program.servers))


def current(program: Program, state: State) -> Stage | None:
    """The stage the run is in, None behind the last one."""
    return program.stages[state.stage] if state.stage < len(program.stages) else None


def open_gate(state: State, gate: str) -> OpenGate | None:
    return next((g for g in state.gates if g.id == gate), None)


def in_flight(state: State) -> bool:
    """Whether any command was intended and has no outcome."""
    lanes = (*state.lanes, *(t.restore for t in state.targets), state.schema.restore)
    return any(lane.status in ("running", "doubt") for lane in lanes)


def run_state(state: State) -> RunState:
    """The word that users see."""
    if state.phase == "ended":
        return state.end or "failed"
    if state.frozen:
        return "frozen"
    if state.phase == "undoing" or state.stopping or (state.failed and state.phase == "forward"):
        return "rolling_back"
    if state.paused:
        return "paused"
    return "waiting" if state.gates and not in_flight(state) else "running"
