"""The plan: the waist of the hourglass. Frozen, JSON-serialisable, hashed; the only thing a run obeys.

It is made by `planning.plan` from documents + parameters + site + facts, and holds everything resolved: decisions
already known, items with their bindings, waves, gates, rollback ranges, and `program`, the stages in the order in
which the machine walks them. Units are in the names (`_s` seconds); `traffic` is a fraction of 1.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from rollbook.model.conditions import Expr, Operator
from rollbook.model.facts import DeploymentFacts
from rollbook.model.gates import GUARDED, Gate, kind_of
from rollbook.model.workflow import RollbackAction, Source
from rollbook.values import Json, Language, Server

PLAN_VERSION = 1
Zone: TypeAlias = Literal["before", "rotation", "after", "criteria", "reporting"]
Decision: TypeAlias = Literal["run", "skip", "pending"]


class Limit(msgspec.Struct, frozen=True):
    """A measured quantity against a number: `measure phrase op value`. `source` says where the number stands
    ("docs/deploy.md:120" or "site default") when the condition itself names none (M6)."""

    op: Operator
    value: float
    unit: str = ""
    source: str = ""


class Bound(msgspec.Struct, frozen=True):
    """One phrase bound to code. `binding` is "module:function@hash", "shell", "manual" or "command:…"."""

    phrase: str
    binding: str
    kind: Literal["step", "check", "measure", "manual", "shell"]
    args: dict[str, Json] = {}
    """Brace name → literal value (seconds, fraction, number, text)."""
    limit: Limit | None = None
    judges: Literal["", "probe", "traffic"] = ""
    """Where it looks (M13): probe requests while out of rotation, real traffic after the rejoin."""
    samples: int = 0
    """Observations needed before it may pass; 0 where one answer is enough."""
    expected_s: float = 0.0
    """Expected time to decide."""
    for_s: float = 0.0
    """How long it must be untrue before that counts: a rollback condition's “for 5 minutes”."""


class PlanItem(msgspec.Struct, frozen=True):
    """One executed bullet. Its id is "STEP.N" ("6.2"), success conditions "STEP.?N" ("8.?2"), criteria "criteria.N".

    For kind "check" the condition is `expr`, whose leaves' phrases are keys of `bound`; other kinds have one `bound`.
    """

    id: str
    text: str
    phrase: str
    kind: Literal["step", "check", "manual", "shell"]
    bound: tuple[Bound, ...]
    scope: Literal["run", "wave", "server"] = "run"
    effect: Literal["pure", "idempotent", "once"] = "pure"
    touches: bool = False
    leaves: bool = False
    returns: bool = False
    stops: bool = False
    """Stops the prior release; in a canary's last wave this waits until the wave is judged (M32)."""
    migrates: bool = False
    """Changes the database's schema: what is applied is recorded first (M31)."""
    limit_s: float = 600.0
    expr: Expr | None = None
    code: str = ""
    """The fence or inline code of a shell item."""
    late: tuple[str, ...] = ()
    """Late variables its text interpolates (M4)."""
    document: str = ""
    line: int = 0
    added: bool = False
    """Came from an override, not from the document."""
    from_step: int = 0
    """The step it belongs to (0: criteria, restore)."""
    group: str = ""
    """Items of one group run in order; the groups of a parallel step run side by side."""
    asks: bool = False
    """A person says yes before it runs (M18)."""
    guarded: bool = False
    """It stands under a condition (如需 …): a no leaves it out, and the run goes on (M27)."""

    @property
    def binding(self) -> str:
        """All bindings as one text; never empty."""
        return "; ".join(b.binding for b in self.bound) or "manual"


class PlanStep(msgspec.Struct, frozen=True):
    number: int
    title: str
    kind: str
    decision: Decision
    reason: str = ""
    items: tuple[PlanItem, ...] = ()
    checks: tuple[PlanItem, ...] = ()
    """Success conditions."""
    rollback: RollbackAction = "stop"
    rollback_text: str = ""
    gate: str = ""
    line: int = 0
    notices: tuple[str, ...] = ()
    """Lines of the notification, late variables still as `${name}`."""


class Wave(msgspec.Struct, frozen=True):
    """One pass of the rotation, or one traffic weight. `servers` carry the release's `traffic` in it.

    A rolling wave converts its servers. A canary wave (`canary`) converts only `added`, may convert none and change
    the weight alone, and is watched for `soak_s` by `watch`, the conditions judged on the canary side (M32, M37)."""

    number: int
    servers: tuple[str, ...]
    traffic: float
    soak_s: float = 0.0
    rollback_when: str = ""
    canary: bool = False
    added: tuple[str, ...] = ()
    watch: tuple[PlanItem, ...] = ()
    line: int = 0

    @property
    def converts(self) -> tuple[str, ...]:
        """The servers that go through the rotation in this wave."""
        return self.added if self.canary else self.servers


class Lane(msgspec.Struct, frozen=True):
    """Items done in order, beside other lanes. `server` "" for lanes that belong to the run or a wave."""

    key: str
    server: str
    items: tuple[str, ...]


class Stage(msgspec.Struct, frozen=True):
    """A stretch of the program: lanes run side by side, and the stage ends when all are done.

    kinds: work = items that act · judge = conditions · gate = wait for people (`gate` names it) · soak = wait `soak_s`
    · watch = conditions judged for as long as `soak_s`, and trips at once.
    """

    id: str
    kind: Literal["work", "judge", "gate", "soak", "watch"]
    zone: Zone
    step: int
    wave: int = 0
    lanes: tuple[Lane, ...] = ()
    gate: str = ""
    soak_s: float = 0.0
    servers: tuple[str, ...] = ()
    """The servers that wave-scope items and conditions of this stage are about."""
    traffic: float | None = None
    """The share of all traffic that the release carries once this stage is over; None: the wave's."""


class RollbackRule(msgspec.Struct, frozen=True):
    first: int
    last: int
    action: RollbackAction
    text: str
    line: int = 0


class Repair(msgspec.Struct, frozen=True):
    """A deviation from the letter of a document, named (M28)."""

    what: str
    why: str
    line: int = 0
    document: str = ""
    """Where `line` stands; "" the document whose steps are run."""


class Change(msgspec.Struct, frozen=True):
    """What an override changed, as shown in the diff."""

    text: str
    before: str = ""
    after: str = ""


class Blocker(msgspec.Struct, frozen=True):
    """Why this plan may not run yet."""

    rule: str
    text: str
    hint: str = ""
    document: str = ""
    line: int = 0
    column: int = 0

    @property
    def place(self) -> str:
        """`deploy.md:12:3`; "" for what stands in no document."""
        return ":".join(str(part) for part in (self.document, self.line, self.column) if part)


class PlanImage(msgspec.Struct, frozen=True):
    """The image's final name: repository and tag after interpolation (M21)."""

    repository: str
    tag: str
    line: int = 0
    digest: str = ""
    """What a promotion gives the run: the run builds nothing, and starts nothing else."""


class SiteFacts(msgspec.Struct, frozen=True):
    """What of the site file the plan resolved: shown, hashed, and obeyed by the run."""

    name: str
    environment: str
    """Identity of the environment (M1): development, staging, production, qa or the name itself."""
    protected: bool = False
    initiator: str = "operator"
    usable_share: float = 0.0
    """Share of all traffic one server can carry (M33)."""
    max_out: int = 1
    """Servers that may be out of rotation at once by our act: the floor."""
    max_failures: int = 0
    command_limit_s: float = 600.0
    ready_limit_s: float = 30.0
    probe_samples: int = 300
    traffic_samples: int = 300
    alpha: float = 0.01
    cut_open_requests: bool = False
    short_stage: str = "hold"
    """What a canary stage does that is over with too few requests: see the site file's `short_stage`."""
    roles: dict[str, tuple[str, ...]] = {}
    channels: dict[str, str] = {}
    """The site's channels by name; their addresses, which may hold tokens, stay in the site file (M5)."""
    project: str = ""
    """Directory of the project under test, as given by the site."""


class Plan(msgspec.Struct, frozen=True):
    documents: tuple[Source, ...]
    language: Language
    title: str
    environment: str
    """The document's or user's spelling."""
    version: str
    parameters: dict[str, Json]
    site: SiteFacts
    servers: tuple[Server, ...]
    steps: tuple[PlanStep, ...]
    waves: tuple[Wave, ...]
    strategy: str
    gates: tuple[Gate, ...]
    criteria: tuple[PlanItem, ...]
    rollback: tuple[RollbackRule, ...]
    restore: tuple[PlanItem, ...]
    """What is done to each touched server in a rollback, in order; ids "restore.N"."""
    program: tuple[Stage, ...]
    shift: tuple[PlanItem, ...] = ()
    """What sets the balancer's weights to a stage's traffic; ids "shift.N"."""
    restore_beside: tuple[PlanItem, ...] = ()
    """The way back where the old releases still run beside the new ones: they return before the new ones leave (F3,
    F4); ids "beside.N"."""
    take_back: tuple[PlanItem, ...] = ()
    """What is done to the schema once every server serves its old release again, where the document's rollback says so
    (M31): see what is lost, then take it back; ids "schema.N"."""
    image: PlanImage | None = None
    deployment: DeploymentFacts | None = None
    """What the run takes from a deployment document, for its environment."""
    configuration: dict[str, str] = {}
    late: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader should know: limits taken from elsewhere, defaults of the site, costs of the strategy."""
    metrics: tuple[str, ...] = ()
    facts: dict[str, Json] = {}
    """What the survey found, as used."""
    beside: bool = False
    """One server: the new release starts beside the old one (M33)."""
    version_: int = msgspec.field(default=PLAN_VERSION, name="version_of_format")

    def items(self) -> dict[str, PlanItem]:
        """Every item by id: steps' items and checks, criteria, watches, restore."""
        everything = [i for s in self.steps for i in (*s.items, *s.checks)]
        watches = [i for w in self.waves for i in w.watch]
        others = (*self.criteria, *watches, *self.shift, *self.restore, *self.restore_beside, *self.take_back)
        return {i.id: i for i in (*everything, *others)}

    @property
    def targets(self) -> tuple[str, ...]:
        """What a run of this plan claims, whatever its environment is called: servers, workloads, database (M29)."""
        site = self.site.name
        servers = [f"{site}/{server.name}" for server in self.servers]
        facts = self.deployment
        workloads = [f"{site}/{target}" for target in facts.targets if target.cluster] if facts else []
        database = [f"{site}/database/{facts.database}"] if facts and facts.database else []
        return (*servers, *workloads, *database)

    def gate(self, gate_id: str) -> Gate | None:
        return next((g for g in self.gates if g.id == gate_id), None)

    @property
    def approval(self) -> Gate | None:
        """The gate whose quorum also guards skipping an approval, a rejoin or a judge (M15)."""
        return next((g for g in self.gates if g.kind == "approval" and g.mode == "required"), None)

    def rule_for(self, gate: str) -> Gate | None:
        """The gate whose approvers and quorum decide about `gate`, also one made at run time; None: any one person may
        answer."""
        return self.gate(gate) or (self.approval if kind_of(gate) in GUARDED else None)
