"""What a release takes from a deployment document, for one environment: what step functions read of it."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from rollbook.model.deployment import (
    AlertRule,
    CommandRole,
    Environment,
    Migration,
    ProbeSpec,
    RunbookRow,
    ShellCommand,
)


class Closing(msgspec.Struct, frozen=True):
    """How one item of the checklist is closed. evidence: by what the survey found (`said`) · waived: not at all, and
    why · rotation: by the whole deployment · covered: by the template's items of the function `said`."""

    line: int
    how: Literal["evidence", "waived", "rotation", "covered"]
    said: str = ""


SecretOrigin: TypeAlias = Literal["written", "marked", "blank"]
"""How the environment's cell of a secret reads, which says where its value is looked for (M3, M5): `written` in the
document itself, `marked` `[Secret]`: with the site's providers first, `blank`: in the configuration file first."""
DATABASE_VARIABLES: Final = ("DATABASE_URL", "DB_URL", "DATABASE_URI", "DATABASE_DSN", "POSTGRES_URL", "POSTGRESQL_URL")
"""What variables that name a database are called, in the order in which they are looked for."""


class WorkloadTarget(msgspec.Struct, frozen=True):
    """The workload that a run changes, resolved: what it claims, and where its commands act (M29). `cluster` as the
    document names it, "" where it names none."""

    cluster: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return "/".join((self.cluster, self.namespace, self.name))


class Settlement(msgspec.Struct, frozen=True):
    """What settles one item ahead of the release (M24): evidence of the survey (`detail`) · a rehearsal of this plan ·
    the release window's gate · an act of the run · a person · waived, outside protected environments."""

    text: str
    how: Literal["evidence", "rehearsal", "window", "act", "person", "waived"]
    detail: str = ""
    document: str = ""
    line: int = 0


class DeploymentFacts(msgspec.Struct, frozen=True):
    """One environment's part of a deployment document. Secrets are names only: `secret:NAME` (M5)."""

    document: str
    """Path of the document."""
    environment: Environment
    """The row of the environment list."""
    variables: dict[str, str] = {}
    """Variable → value, or `secret:NAME`; blank ones that nothing fills are absent (M3)."""
    migrations: tuple[Migration, ...] = ()
    commands: dict[CommandRole, tuple[ShellCommand, ...]] = {}
    """The document's commands by role (M27), those of operations left out."""
    alerts: tuple[AlertRule, ...] = ()
    probes: tuple[ProbeSpec, ...] = ()
    runbook: tuple[RunbookRow, ...] = ()
    project: str = ""
    """Directory of the project, as the site gives it; "" means the embedded site's own."""
    closings: tuple[Closing, ...] = ()
    """How the checklist's items are closed, where the plan knows it."""
    sha256: str = ""
    """Of the document's file: a value that is written in it is taken from no other text."""
    secrets: dict[str, SecretOrigin] = {}
    """Every secret of the environment, and how its cell reads."""
    sources: dict[str, str] = {}
    """Variable → where its value comes from, as people call it; "" for one that nothing gives."""
    targets: tuple[WorkloadTarget, ...] = ()
    """The workloads that the run changes, the one that its servers run first; empty without a deployment document."""
    database: str = ""
    """What keeps two runs off one database: its address without user and password, or the secret that holds it; ""
    where nothing names one."""
    checklist: tuple[Settlement, ...] = ()
    """Items ahead of the release, and what else was open and is waived."""
    stakeholders: dict[str, tuple[str, ...]] = {}
    """Role → people, who are told ahead of the release."""
