"""What a reader wants to know of a run, folded from its plan and journal (`fold.fold`). Frozen, JSON-serialisable.

Times are seconds since the Unix epoch (`at`, `started`) or lengths in seconds (`seconds`); shares are fractions of 1.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from rollbook.machine.state import RunState
from rollbook.model.migrations import SchemaLeft
from rollbook.values import Json, Language, Words

StepWord: TypeAlias = Literal["pending", "running", "waiting", "succeeded", "failed", "partial", "skipped"]
"""partial: some waves went through it, and the run went back before the others."""
WaveWord: TypeAlias = Literal["pending", "running", "done", "stopped"]
WatchWord: TypeAlias = Literal["pending", "running", "standing", "passed", "tripped", "no_data"]
ServerWord: TypeAlias = Literal["untouched", "changing", "out", "updated", "failed", "restoring", "restored", "unknown"]
GateWord: TypeAlias = Literal["pending", "open", "passed", "rejected", "timed_out", "withdrawn"]
"""withdrawn: nobody was asked, or the run ended before anybody answered."""
Mark: TypeAlias = Literal["yes", "no", "unknown", "running", "skipped", "none"]
"""What a bullet's evidence says: done or true · failed or false · nobody knows · under way · left out · not reached."""


class Proof(msgspec.Struct, frozen=True):
    """One piece of evidence: the outcome of one task. `seq` is the journal's entry that proves it."""

    task: str
    mark: Mark
    at: float
    seq: int
    server: str = ""
    wave: int = 0
    detail: str = ""
    numbers: dict[str, float] = {}
    output: tuple[str, ...] = ()


class StepView(msgspec.Struct, frozen=True):
    number: int
    title: str
    kind: str
    state: StepWord
    started: float | None = None
    seconds: float | None = None
    reason: str = ""
    """Why it was skipped."""
    waves_done: int = 0
    waves: int = 0
    """How many waves go through it; 0 for steps outside the rotation."""


class Side(msgspec.Struct, frozen=True):
    """Requests of one side of a canary since its stage is watched; `rate` the failed ones' share, None without any."""

    requests: int = 0
    failed: int = 0
    rate: float | None = None


class WatchView(msgspec.Struct, frozen=True):
    """One condition of a canary stage and how far its test has come (M34).

    `state`: pending · running · standing (judged on while the stage waits for a person) · passed · tripped · no_data.
    `evidence` is the capital of the bet against the release and `threshold` (1/α) what it trips at; `progress` says
    how near it is, from 0 to 1 by magnitude. A pass needs `needed` requests on the canary side."""

    text: str
    state: WatchWord = "pending"
    canary: Side = Side()
    stable: Side = Side()
    limit: float | None = None
    evidence: float | None = None
    threshold: float | None = None
    progress: float = 0.0
    needed: int = 0
    seconds: float = 0.0
    at: float | None = None
    """When these figures were taken."""
    seq: int = 0
    """The journal's entry; 0 for figures of a test under way."""
    detail: str = ""


class WaveView(msgspec.Struct, frozen=True):
    """`left_s`: what is left of the soak, None when it is not under way. `share`: the part of all traffic that the
    release really got while it was watched."""

    number: int
    servers: tuple[str, ...]
    traffic: float
    state: WaveWord
    started: float | None = None
    seconds: float | None = None
    soak_s: float = 0.0
    left_s: float | None = None
    watch: tuple[WatchView, ...] = ()
    share: float | None = None


class ServerView(msgspec.Struct, frozen=True):
    """`before` and `after` are release tags as text; "" means that the server ran nothing."""

    name: str
    before: str
    after: str
    state: ServerWord


class Answer(msgspec.Struct, frozen=True):
    person: str
    roles: tuple[str, ...]
    answer: str
    comment: str
    at: float


class GateView(msgspec.Struct, frozen=True):
    """`until` is when the gate's time is over. `expects` is the verb that answers it ("approve", "done" …)."""

    id: str
    title: str
    kind: str
    state: GateWord
    step: int = 0
    why: str = ""
    opened: float | None = None
    until: float | None = None
    opens: float | None = None
    """When it opens by itself: a release window's."""
    approvers: tuple[str, ...] = ()
    """ "role: person, person" for each role."""
    need: str = "any"
    answers: tuple[Answer, ...] = ()
    expects: str = "approve"
    choices: tuple[str, ...] = ()


class Advice(msgspec.Struct, frozen=True):
    """A row of the runbook that a failure looks like (M26). `sure`: its trouble is what failed; else only words are
    alike."""

    problem: str
    symptom: str
    steps: tuple[str, ...]
    line: int = 0
    sure: bool = False


class Closed(msgspec.Struct, frozen=True):
    """A checklist item that was settled when the run was made: proved, or waived (M24). `seq` is the entry."""

    text: str
    how: Literal["evidence", "rehearsal", "waived"]
    detail: str
    document: str
    line: int
    seq: int


class Cause(msgspec.Struct, frozen=True):
    """Why a run did not go through: where it broke and the last lines that explain it."""

    step: int = 0
    title: str = ""
    item: str = ""
    server: str = ""
    error: str = ""
    hint: str = ""
    output: tuple[str, ...] = ()
    runbook: tuple[Advice, ...] = ()


class Moment(msgspec.Struct, frozen=True):
    """One line of the timeline."""

    at: float
    seq: int
    text: Words
    mark: Mark = "none"


class Sample(msgspec.Struct, frozen=True):
    """Traffic around one moment: requests and failed ones since the sample before, p95 response time in seconds."""

    at: float
    requests: int = 0
    failed: int = 0
    p95_s: float | None = None
    error_rate: float | None = None


class Client(msgspec.Struct, frozen=True):
    """The load generator's own count over the run: what a client of the service saw."""

    sent: int = 0
    failed: int = 0
    samples: tuple[Sample, ...] = ()


class RunView(msgspec.Struct, frozen=True):
    id: str
    state: RunState
    title: str
    environment: str
    version: str
    initiator: str
    language: Language
    created: float
    ended: float | None
    told: float | None
    """When the first reporting step began."""
    turned: float | None
    """When the rollback began."""
    looked: float
    """Until when the view reaches."""
    ending: str
    """How the run ends once its reporting steps are done; "" while that is open."""
    plan: str
    head: str
    """Hash of the newest journal entry."""
    seq: int
    steps: tuple[StepView, ...] = ()
    waves: tuple[WaveView, ...] = ()
    servers: tuple[ServerView, ...] = ()
    gates: tuple[GateView, ...] = ()
    proofs: dict[str, tuple[Proof, ...]] = {}
    """Evidence by the plan's item id."""
    timeline: tuple[Moment, ...] = ()
    metrics: dict[str, Json] = {}
    client: Client | None = None
    cause: Cause | None = None
    warnings: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()
    """Response time and error rate over the run."""
    weight: float | None = None
    """The share of all traffic that the balancer is to give the release now; None without a canary."""
    facts: dict[str, Json] = {}
    """What steps returned: `image.digest`, `migrations.applied` …"""
    checklist: tuple[Closed, ...] = ()
    schema: SchemaLeft | None = None
    """What of its migrations stays behind (M31)."""
    orphaned: bool = False
    """Under way by its journal, but the process that carried it is gone and no worker lives (F8)."""

    @property
    def open_gates(self) -> tuple[GateView, ...]:
        return tuple(gate for gate in self.gates if gate.state == "open")

    @property
    def over(self) -> bool:
        """Whether nothing more will happen without a person. A frozen run is not over."""
        return self.state in ("succeeded", "failed", "rolled_back", "aborted")
