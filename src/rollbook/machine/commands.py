"""What the machine may ask the loop to do. Each has a key: the loop never has two of one key in flight."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from rollbook.model.events import Event

LOOK = "look/"


class Record(msgspec.Struct, frozen=True):
    """Journal this event: a decision, nothing to perform."""

    event: Event


class Perform(msgspec.Struct, frozen=True):
    """Journal the intent, then run the task's item; the outcome is Finished, Failed, Cancelled, Unknown or Judged."""

    task: str
    server: str = ""
    attempt: int = 1

    @property
    def key(self) -> str:
        return self.task


class StandWatch(msgspec.Struct, frozen=True):
    """Judge a watch's condition for as long as this is asked for, without an end: nothing that serves the new release
    may be unwatched (M40). Nothing is journaled for it but a trip (Judged "fail") or a broken measure (Failed)."""

    task: str

    @property
    def key(self) -> str:
        return self.task


class LookAt(msgspec.Struct, frozen=True):
    """See a server before the first step: a release that cannot see all its servers does not begin. Outcome:
    ServerSeen, or Failed of "look/SERVER"."""

    server: str

    @property
    def key(self) -> str:
        return f"{LOOK}{self.server}"


class RecordPrior(msgspec.Struct, frozen=True):
    """Look at a server before its first touch and journal what it runs (M38). `task` is told when that fails."""

    server: str
    task: str

    @property
    def key(self) -> str:
        return f"prior/{self.server}"


class RecordSchema(msgspec.Struct, frozen=True):
    """Read which migrations are applied before this run's first, and journal it (M31). Outcome: SchemaRecorded, or
    Unknown of `task` where the database does not say."""

    task: str

    @property
    def key(self) -> str:
        return f"schema/{self.task}"


class Survey(msgspec.Struct, frozen=True):
    """After an unknown outcome: can the server be seen? Outcome: Surveyed."""

    task: str
    server: str

    @property
    def key(self) -> str:
        return f"survey/{self.task}"


class LookForRequest(msgspec.Struct, frozen=True):
    """Is an approval request for this environment and version pending (M14)? Outcome: RequestLooked."""

    gate: str

    @property
    def key(self) -> str:
        return f"request/{self.gate}"


class LookAtClock(msgspec.Struct, frozen=True):
    """Is the gate's release window open? Outcome: WindowLooked."""

    gate: str

    @property
    def key(self) -> str:
        return f"window/{self.gate}"


class Cancel(msgspec.Struct, frozen=True):
    """Stop the task and verify that it is dead (F7). Outcome: the task's own, or Cancelled, or Unknown."""

    task: str

    @property
    def key(self) -> str:
        return f"cancel/{self.task}"


class ClaimTargets(msgspec.Struct, frozen=True):
    """Take the claim on every target of the plan. Outcome: Claimed, or RunEnded(failed) when another run holds one."""

    targets: tuple[str, ...]

    @property
    def key(self) -> str:
        return "claim"


class Await(msgspec.Struct, frozen=True):
    """Wait for people or time. `seconds` None: for ever. The timer runs from the entry that opened `timer`."""

    timer: str
    seconds: float | None = None
    gate: bool = True
    """False for soaks."""
    wall: bool = False
    """It ends at the moment which the newest look at the clock named (WindowLooked), on no scaled clock."""

    @property
    def key(self) -> str:
        return f"await/{self.timer}"


Looks: TypeAlias = Survey | RecordSchema | LookForRequest | LookAtClock


Effectful: TypeAlias = Perform | StandWatch | LookAt | RecordPrior | Looks | Cancel | ClaimTargets
Command: TypeAlias = Record | Effectful | Await
