"""What a run writes into its deployment document: values in the document's language, by the places they belong to.

`views.record` says what, `documents.deployment.filling` knows where; neither changes a byte that is not filled in.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

FactName: TypeAlias = Literal["run", "environment", "digest", "started", "ended", "person", "result"]
"""Facts of a release that the information table may tell, beside the version."""


class Tick(msgspec.Struct, frozen=True):
    """What became of one item of the checklist. `sign` is ✓ done, ✗ failed, ? not known, ⊘ waived, · not reached; only
    ✓ ticks the box. `said` is the evidence."""

    sign: str
    said: str

    @property
    def done(self) -> bool:
        return self.sign == "✓"


class Measured(msgspec.Struct, frozen=True):
    """What one canary stage really was, each figure as text; "-" where nothing was measured."""

    traffic: str = "-"
    requests: str = "-"
    events: str = "-"
    verdict: str = "-"
    duration: str = "-"
    evidence: str = "-"


class AppliedMigration(msgspec.Struct, frozen=True):
    """What became of one migration, and the SHA-256 of its script ("" unknown)."""

    said: str
    checksum: str = ""


class Signature(msgspec.Struct, frozen=True):
    """A row of the sign-off table that the run's approval answers. `date` in ISO 8601."""

    name: str
    date: str
    status: str


class Filling(msgspec.Struct, frozen=True):
    """Rows and items are named by their lines in the original."""

    version: str = ""
    facts: dict[FactName, str] = {}
    boxes: dict[int, Tick] = {}
    stages: dict[int, Measured] = {}
    migrations: dict[int, AppliedMigration] = {}
    signatures: dict[int, Signature] = {}
    record: tuple[str, ...] = ()
    """The run's record, lines of Markdown; a line that begins with `#` is a heading, one `#` its highest."""
