"""`@step`, `@check`, `@measure`: decorators that only mark. Loading (binding/library) registers and validates.

A marked function stays the plain function it was, directly callable in tests. Its arguments come from three disjoint
places: `{braces}` of the phrase (typed by annotation: Duration, Percent, int, float, str), port and run types from
wiring (Host, Balancer, …, Release, RunInfo), and the rest from parameters or the loop variable (`server: Server`,
`servers: list[Server]`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec

Effect: TypeAlias = Literal["pure", "idempotent", "once"]
Kind: TypeAlias = Literal["step", "check", "measure"]

pure: Effect = "pure"
"""Looks, changes nothing outside the run's own folder: may be repeated at will."""
idempotent: Effect = "idempotent"
"""Looks, acts, verifies: repeating it after a crash gives the same world (M19)."""
once: Effect = "once"
"""May not be repeated blindly: a crash inside it opens the gate "did it happen?" (M19)."""

MARK = "__rollbook_mark__"
F = TypeVar("F", bound=Callable[..., Any])


class Mark(msgspec.Struct, frozen=True):
    """What a decorator wrote down about a function. Several phrases (languages, synonyms) may name one function."""

    kind: Kind
    phrases: tuple[str, ...]
    effect: Effect = "pure"
    leaves_rotation: bool = False
    returns_to_rotation: bool = False
    touches: bool = False
    """Changes a server, balancer or other target: intent and prior state are journaled first (M38)."""
    reports: bool = False
    """Tells people or records: runs last whatever the outcome, never rolls back (M17)."""
    limit_s: float | None = None
    """Seconds after which the command counts as hung; None means the site's default."""
    judges: Literal["", "probe", "traffic"] = ""
    """Where a check or measure looks: probe requests to the server, real traffic, or ("") neither."""
    unit: str = ""
    """Unit of a measure that returns `Counts.value`: "s", "bytes" …; "" for proportions."""
    limit_of: str = ""
    """For a check that names no number: the phrase of the measure whose tightest stated limit it takes (M6)."""
    stops_prior: bool = False
    """Stops the release that ran before: in a canary's last stage this waits until the stage is judged (M32)."""
    migrates: bool = False
    """Changes the database's schema: what is applied is recorded before it begins (M31)."""


def step(
    *phrases: str,
    effect: Effect = "once",
    leaves_rotation: bool = False,
    returns_to_rotation: bool = False,
    touches: bool = False,
    reports: bool = False,
    limit_s: float | None = None,
    stops_prior: bool = False,
    migrates: bool = False,
) -> Callable[[F], F]:
    """Mark a coroutine function as what runs when a document says one of `phrases`."""
    touching = touches or leaves_rotation or returns_to_rotation or stops_prior
    traits = (effect, leaves_rotation, returns_to_rotation, touching, reports, limit_s)
    return _mark(Mark("step", phrases, *traits, stops_prior=stops_prior, migrates=migrates))


def check(
    *phrases: str, judges: Literal["", "probe", "traffic"] = "", limit_of: str = "", limit_s: float | None = None
) -> Callable[[F], F]:
    """Mark a coroutine function that answers with a Verdict."""
    return _mark(Mark("check", phrases, judges=judges, limit_of=limit_of, limit_s=limit_s))


def measure(
    *phrases: str, judges: Literal["", "probe", "traffic"] = "", unit: str = "", limit_s: float | None = None
) -> Callable[[F], F]:
    """Mark a coroutine function that answers with Counts; the document's comparison is applied by the engine."""
    return _mark(Mark("measure", phrases, judges=judges, unit=unit, limit_s=limit_s))


def _mark(mark: Mark) -> Callable[[F], F]:
    def apply(function: F) -> F:
        setattr(function, MARK, mark)
        return function

    return apply
