"""The events of a run. The journal holds nothing else, and nothing else is true about a run.

Events are past tense and self-contained: folding an old journal never re-runs newer code, so every verdict, choice
and reading of the clock that mattered is written here.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from rollbook.model.settled import ItemClosed as ItemClosed  # noqa: PLC0414
from rollbook.model.settled import WindowLooked as WindowLooked  # noqa: PLC0414
from rollbook.values import Json, Prior, VerdictState

EndState: TypeAlias = Literal["succeeded", "failed", "rolled_back", "aborted", "frozen"]
Verb: TypeAlias = Literal["pause", "resume", "abort", "retry", "skip", "rollback"]


class RunCreated(msgspec.Struct, frozen=True, tag="run_created"):
    run: str
    plan: str
    """Hash of the plan; the plan itself is stored beside the journal under this hash."""
    environment: str
    version: str
    initiator: str
    site: str
    time_scale: float = 1.0
    promotion: str = ""
    """The promotion that started it; "" for a run that a person started."""


class EngineStarted(msgspec.Struct, frozen=True, tag="engine_started"):
    """A worker took the run's lease. Tasks intended but without outcome are in doubt from here on.

    `code`: binding → hash of the step functions it loaded; a difference to the plan voids approvals (M44)."""

    epoch: int
    worker: str
    changed: tuple[str, ...] = ()


class Claimed(msgspec.Struct, frozen=True, tag="claimed"):
    targets: tuple[str, ...]


class ServerSeen(msgspec.Struct, frozen=True, tag="server_seen"):
    """The look at every server before the first step: what it runs. Not the prior of M38, which is recorded anew right
    before the first touch."""

    server: str
    prior: Prior


class StageEntered(msgspec.Struct, frozen=True, tag="stage_entered"):
    stage: str


class StageLeft(msgspec.Struct, frozen=True, tag="stage_left"):
    stage: str


class Decided(msgspec.Struct, frozen=True, tag="decided"):
    """A choice made during the run: a branch, a skip. `steps` are the numbers it skips."""

    what: str
    choice: str
    reason: str
    steps: tuple[int, ...] = ()


class PriorRecorded(msgspec.Struct, frozen=True, tag="prior_recorded"):
    """Write-once: the first per server counts (M38)."""

    server: str
    prior: Prior


class SchemaRecorded(msgspec.Struct, frozen=True, tag="schema_recorded"):
    """Migrations that were applied before this run's first, oldest first: write-once, as a server's prior state (M31).
    None where nothing says which database it is: then nothing is ever provably this run's."""

    versions: tuple[str, ...] | None = None


class Intended(msgspec.Struct, frozen=True, tag="intended"):
    """Journaled before the effect. `task` is "STAGE/LANE/ITEM"."""

    task: str
    server: str = ""
    attempt: int = 1


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """`data` are facts that later steps may use (merged into the run's facts)."""

    task: str
    detail: str = ""
    data: dict[str, Json] = {}


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    task: str
    error: str
    output: tuple[str, ...] = ()
    hint: str = ""


class Cancelled(msgspec.Struct, frozen=True, tag="cancelled"):
    """Stopped on request and verified to be no longer running (F7)."""

    task: str


class Unknown(msgspec.Struct, frozen=True, tag="unknown"):
    """Nobody can say whether the effect happened; to be looked at."""

    task: str
    error: str


STANDING = "standing/"
"""Before the id of a watch's task: the same condition, judged while the run waits or does something else."""


class Judged(msgspec.Struct, frozen=True, tag="judged"):
    task: str
    verdict: VerdictState
    detail: str = ""
    numbers: dict[str, float] = {}
    output: tuple[str, ...] = ()
    """With a failure: the last lines of output of the instances that were judged."""


class Surveyed(msgspec.Struct, frozen=True, tag="surveyed"):
    """The look after an unknown outcome. `reachable` False: still unknown."""

    task: str
    server: str
    reachable: bool
    detail: str = ""


class GateOpened(msgspec.Struct, frozen=True, tag="gate_opened"):
    """`gate` is the id of a plan gate or of one made at run time ("hold:…", "doubt:…", "frozen:…")."""

    gate: str
    why: str = ""


class RequestLooked(msgspec.Struct, frozen=True, tag="request_looked"):
    """Whether a request for this environment and version was pending when an optional approval was reached (M14)."""

    gate: str
    found: bool
    request: str = ""


class GateAnswered(msgspec.Struct, frozen=True, tag="gate_answered"):
    """One person's answer. `binds` is the approval hash it was given for (M44)."""

    gate: str
    answer: Literal["approve", "reject", "done", "happened", "not_happened", "choose"]
    person: str
    roles: tuple[str, ...] = ()
    comment: str = ""
    choice: str = ""
    binds: str = ""


class TimerFired(msgspec.Struct, frozen=True, tag="timer_fired"):
    """The time of a gate or soak is over. `timer` is the gate's or stage's id."""

    timer: str


class VerbAsked(msgspec.Struct, frozen=True, tag="verb_asked"):
    verb: Verb
    person: str
    roles: tuple[str, ...] = ()
    step: str = ""
    """What it names: a step number, a gate, or "" for the run as a whole."""
    reason: str = ""


class RollbackBegun(msgspec.Struct, frozen=True, tag="rollback_begun"):
    """`cause` is the failed task, gate or verb; `action` the range's word; `servers` what will be restored, in order.
    `beside`: no untouched server is left to carry the traffic, so the old releases return before the new ones leave."""

    cause: str
    action: str
    servers: tuple[str, ...]
    beside: bool = False


class ServerRestored(msgspec.Struct, frozen=True, tag="server_restored"):
    server: str


class Froze(msgspec.Struct, frozen=True, tag="froze"):
    """The run cannot go on without a person. A gate "frozen:…" is open with the reason."""

    why: str
    server: str = ""


class RunEnded(msgspec.Struct, frozen=True, tag="run_ended"):
    state: EndState
    cause: str = ""


class NodeStarted(msgspec.Struct, frozen=True, tag="node_started"):
    """A promotion's intent: this node of the pipeline is the run `run`, which is created right after."""

    node: int
    run: str


class NodeEnded(msgspec.Struct, frozen=True, tag="node_ended"):
    """How a node's run ended. `digest` is the image that it built or was given; "" when it knows none."""

    node: int
    run: str
    state: EndState
    digest: str = ""
    detail: str = ""
    begun: bool = True
    """False: the run could not be created, and `detail` says why."""


Event: TypeAlias = (
    RunCreated
    | EngineStarted
    | Claimed
    | ServerSeen
    | StageEntered
    | StageLeft
    | Decided
    | PriorRecorded
    | SchemaRecorded
    | Intended
    | Finished
    | Failed
    | Cancelled
    | Unknown
    | Judged
    | Surveyed
    | GateOpened
    | RequestLooked
    | WindowLooked
    | ItemClosed
    | GateAnswered
    | TimerFired
    | VerbAsked
    | RollbackBegun
    | ServerRestored
    | Froze
    | RunEnded
    | NodeStarted
    | NodeEnded
)


class Entry(msgspec.Struct, frozen=True):
    """One line of the journal. `at` is seconds since the Unix epoch; `hash` is over `previous` and the rest."""

    run: str
    seq: int
    epoch: int
    at: float
    event: Event
    previous: str
    hash: str
