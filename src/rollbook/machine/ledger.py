"""What rollback and later steps need to remember: each server's prior state, and the facts that steps returned."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from rollbook.model.events import Event, Finished, PriorRecorded, SchemaRecorded, StageEntered, StageLeft
from rollbook.values import Json, Prior


class Ledger(msgspec.Struct, frozen=True):
    """A fold of the journal beside State: data that no decision depends on, only its carrying out."""

    priors: dict[str, Prior] = {}
    facts: dict[str, Json] = {}
    schema: tuple[str, ...] | None = None
    """Migrations that were applied before this run's first (M31); None where that is not recorded."""
    left: frozenset[str] = frozenset()
    """Stages that are behind the run."""
    entered_at: float = 0.0
    """When the current stage was entered, in seconds since the Unix epoch: a watch that an engine's death interrupts
    goes on for what is left of its time."""


def keep(ledger: Ledger, event: Event, at: float = 0.0) -> Ledger:
    """The ledger after one event, journaled at `at`. A server's prior is written once: the first counts (M38)."""
    if isinstance(event, StageEntered):
        return replace(ledger, entered_at=at)
    if isinstance(event, PriorRecorded) and event.server not in ledger.priors:
        return replace(ledger, priors={**ledger.priors, event.server: event.prior})
    if isinstance(event, SchemaRecorded) and ledger.schema is None:
        return replace(ledger, schema=event.versions)
    if isinstance(event, Finished) and event.data:
        return replace(ledger, facts={**ledger.facts, **event.data})
    if isinstance(event, StageLeft):
        return replace(ledger, left=ledger.left | {event.stage})
    return ledger


def fold(events: Iterable[Event]) -> Ledger:
    ledger = Ledger()
    for event in events:
        ledger = keep(ledger, event)
    return ledger
