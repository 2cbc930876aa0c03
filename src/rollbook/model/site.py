"""The site: facts that prose does not carry (DESIGN §0). Frozen, read from `rollbook.toml` by `planning.sites`."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from rollbook.values import Json, Server

SiteKind: TypeAlias = Literal["embedded", "ssh", "kubernetes"]


class Person(msgspec.Struct, frozen=True):
    """Somebody who may act. `user` is the operating system's user who proves the name (M44); "" means the name."""

    name: str
    roles: tuple[str, ...] = ()
    user: str = ""
    token_sha256: str = ""
    """SHA-256 (hex) of a token that proves the name where the operating system's user does not."""


ShortStage: TypeAlias = Literal["hold", "wait", "observed"]


class Limits(msgspec.Struct, frozen=True):
    """Bounds which prose leaves open. Seconds end in `_s`; shares are fractions of 1."""

    max_out: int | None = None
    """Servers that may be out of rotation at once; None: a quarter, at least one."""
    max_failures: int = 0
    """Failed servers tolerated over all waves (F10: 0 means 0)."""
    command_limit_s: float = 600.0
    """After this a command counts as hung."""
    ready_limit_s: float = 30.0
    """How long a release may take until it is ready, where the document names no limit (M11)."""
    drain_limit_s: float = 30.0
    """How long open requests may take where the document names no limit (M11)."""
    cut_open_requests: bool = False
    """Whether requests still open at the drain limit may be cut (M10)."""
    probe_samples: int = 300
    """Probe requests that a proportion is judged on (M13)."""
    traffic_samples: int = 300
    """Real requests within the limit that a wave waits for (M13)."""
    probe_rate: float = 100.0
    """Probe requests per second that the site sends to one server: for expected times only."""
    traffic_rate: float = 100.0
    """Real requests per second over all servers: for expected times only."""
    alpha: float = 0.01
    """Chance of a false rollback per run, split over the run's tests (M34)."""
    usable_share: float | None = None
    """Share of all traffic one server can carry; None: 1 / (N - max(1, N // 4)) (M33)."""
    canary_soak_s: float = 60.0
    """How long a canary stage is watched where no document says (M32)."""
    ask_schema: bool = False
    """Whether a rollback waits for a person's word where the document takes the schema back under a condition (如需 …,
    if needed). Without it such a rollback leaves the schema, ends, and names the command for later (M31)."""
    short_stage: ShortStage = "hold"
    """What a canary stage does whose time is over before it had the requests that would have found twice its limit
    (M13): hold = ask people; wait = watch on until there are enough, for twice the time that should take; observed = go
    on when what was seen is within the limit on `traffic_samples` requests."""
    stated: tuple[str, ...] = ()
    """Which of them the site file gives; the others are defaults."""


class StepBinding(msgspec.Struct, frozen=True):
    """One line of `[steps]`: a phrase and what it means here: `target` "module:function", or a shell command."""

    phrase: str
    target: str = ""
    shell: str = ""
    line: int = 0


class SecretSources(msgspec.Struct, frozen=True):
    """Where secrets are looked for (M5), Vault first, environment variables last. "" leaves a source out."""

    environment: str = ""
    """What stands before a secret's name in the variable that holds it."""
    file: str = ""
    """Path of a file of lines `NAME=value` that only its owner may read."""
    keyring: str = ""
    """The keyring's service."""
    vault: str = ""
    """Address of a HashiCorp Vault, or of an OpenBao."""
    vault_mount: str = "secret"
    """Where its KV engine, version 2, is mounted."""
    vault_path: str = ""
    """The secret, of version 2 of the KV engine, whose fields are the secrets here."""
    vault_namespace: str = ""
    """Its namespace, where it has any."""


class Site(msgspec.Struct, frozen=True):
    """Where a run acts and who may say what. `directory` is the site file's; relative paths start there."""

    name: str = "embedded"
    """Shown in plans and claims; without one, the name of the directory."""
    kind: SiteKind = "embedded"
    """Which adapters a run uses."""
    path: str = ""
    directory: str = "."
    initiator: str = "operator"
    """Who starts runs here; never approves alone (M44)."""
    environments: dict[str, str] = {}
    """The site's map between spellings: "QA" → "staging" (M1); keys and values as written."""
    protected: tuple[str, ...] = ()
    """Environments protected beside production (M2)."""
    people: tuple[Person, ...] = ()
    """Who has which roles."""
    channels: dict[str, str] = {}
    """Channel of the documents → address for the notifier."""
    servers: tuple[Server, ...] = ()
    """Addresses by name; servers of the parameters not named here are known by name alone."""
    limits: Limits = Limits()
    steps: tuple[StepBinding, ...] = ()
    """What phrases mean here; before the built-in library, behind the project's own."""
    parameters: dict[str, Json] = {}
    """Defaults, weaker than the document's own."""
    project: str = ""
    """The project under test; "" means the embedded site's own example project."""
    repository: str = ""
    """The image's repository name; "" means the project's directory name."""
    state: str = ""
    """Database URL of journal and queues, such as `postgresql+psycopg://user@host/rollbook`; "" means SQLite under
    `.rollbook/`."""
    secrets: SecretSources = SecretSources()
    """Where secrets are looked for, Vault first, then keyring, file and environment variables
    (`docs/deployment/secrets.md`)."""
    databases: dict[str, str] = {}
    """Environment → its database's URL, or `secret:NAME`; stronger than the document's DATABASE_URL."""
    time_zone: str = ""
    """Of release windows: an IANA name or an offset; "" the local time of the machine that carries the run."""
    windows: dict[str, str] = {}
    """Environment → when runs may begin to change it, such as `Tue/Thu 10:00-16:00`."""
    metrics: dict[str, str] = {}
    """For `export monitoring`: `http_requests_total`, `http_request_duration_seconds`, `code` → what they are called
    here; `selector` → the labels of the service's own series (`job="shop"`); any other measure of the document → its
    expression."""
    receivers: dict[str, str] = {}
    """For `export monitoring`: channel of the documents → address of Alertmanager's webhook, or `file:PATH` of a file
    that holds it."""
    strategy: str = ""
    """`rolling`, `rolling:25%`, `canary` or `all-at-once`, where `--strategy` is not given."""

    @staticmethod
    def embedded() -> Site:
        """The site of `--site embedded`: local processes, one person for each role, QA read as staging."""
        return Site(environments={"QA": "staging"})

    @property
    def can_run_beside(self) -> bool:
        """Whether an instance may be started beside a running one (M33)."""
        return self.kind == "embedded"

    def people_of(self, role: str) -> tuple[str, ...]:
        """Names of those who have `role`. Where nobody has a declared role, the embedded site has one person of
        that name."""
        wanted = role.casefold()
        named = tuple(p.name for p in self.people if any(r.casefold() == wanted for r in p.roles))
        return named or ((role,) if self.kind == "embedded" else ())

    def roles_of(self, person: str) -> tuple[str, ...]:
        """Declared roles of a person; on the embedded site a person without an entry has the role of their name."""
        declared = next((p.roles for p in self.people if p.name == person), None)
        if declared is not None:
            return declared
        return (person,) if self.kind == "embedded" else ()
