"""What a release takes from a deployment document, for one environment: what step functions read of it."""

from __future__ import annotations

from typing import Literal

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
