"""Gates: where a run waits for people, or for a window, as the plan states them."""

from __future__ import annotations

from typing import Literal

import msgspec

from rollbook.model.windows import Window

GUARDED = ("hold", "skip", "floor", "schema", "changed")
"""Kinds of run-time gates that need the quorum of the document's approval, where it has one."""


def kind_of(gate: str) -> str:
    """The kind of a run-time gate: the word before the colon."""
    return gate.split(":", 1)[0]


class Choice(msgspec.Struct, frozen=True):
    """One branch of a decision that only a person can take."""

    name: str
    text: str
    skips: tuple[int, ...] = ()
    approval: Literal["required", "optional", "none", ""] = ""


class Approver(msgspec.Struct, frozen=True):
    role: str
    people: tuple[str, ...]
    """Who has the role on this site."""


class Gate(msgspec.Struct, frozen=True):
    """Where a run waits for people (M14, M44). `need`: "any" one person, "all" every role, or a number of persons.

    kind "window": it opens by itself when all `windows` are open; an answer overrides them."""

    id: str
    kind: Literal["approval", "manual", "choice", "outage", "window"]
    title: str
    step: int
    mode: Literal["required", "optional"] = "required"
    approvers: tuple[Approver, ...] = ()
    need: Literal["any", "all"] | int = "any"
    timeout_s: float | None = None
    channels: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    reason: str = ""
    line: int = 0
    windows: tuple[Window, ...] = ()
    document: str = ""
    """Where `line` stands; "" the document whose steps are run."""
