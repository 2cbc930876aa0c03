"""The small typed core: values that cross every boundary. Units are in names or types, never in comments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

Language: TypeAlias = Literal["en", "zh"]
Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict of the same. A recursive alias costs msgspec import time."""


class Words(NamedTuple):
    """One user-visible text in both languages. Every text a user sees is one of these until it is printed."""

    en: str
    zh: str

    def said(self, language: str) -> str:
        """The text in `language` ("zh…" gives Chinese, anything else English)."""
        return self.zh if language.startswith("zh") else self.en

    def format(self, **values: object) -> Words:
        """Both texts with `{name}` filled in."""
        return Words(self.en.format(**values), self.zh.format(**values))


class At(msgspec.Struct, frozen=True, array_like=True):
    """A place in a document: line and column count from 1; 0 means "the document as a whole"."""

    line: int = 0
    column: int = 0


class Duration(msgspec.Struct, frozen=True, order=True):
    """A length of time in seconds."""

    seconds: float

    def __str__(self) -> str:
        """Shortest exact spelling, such as `30s`, `1h30m`, `0.5s`."""
        if self.seconds < 60 or self.seconds != int(self.seconds):
            return f"{self.seconds:g}s"
        hours, rest = divmod(int(self.seconds), 3600)
        minutes, seconds = divmod(rest, 60)
        parts = [f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if n]
        return "".join(parts) or "0s"


class Percent(msgspec.Struct, frozen=True, order=True):
    """A proportion as a fraction of 1: `Percent(0.05)` is 5 %."""

    fraction: float

    def __str__(self) -> str:
        return f"{self.fraction * 100:g}%"


class Server(msgspec.Struct, frozen=True):
    """One machine (or what plays one) that a release touches. `name` is its identity in documents and journal."""

    name: str
    address: str = ""
    labels: tuple[str, ...] = ()


class Counts(msgspec.Struct, frozen=True):
    """What a measure returns (M36): `events` of `n` observations, e.g. requests answered 5xx of all requests.

    For measures of a quantity rather than a proportion (a p95 in seconds), `value` is that quantity over the `n`
    observations, and `exceeds(limit)` counts are given in `events` by the source that knows the limit.
    """

    n: int
    events: int = 0
    value: float | None = None
    detail: str = ""
    allowed: float | None = None
    """For exceedances: the share of observations that may exceed the limit (0.05 where the limit is on a p95)."""
    stable_n: int = 0
    stable_events: int = 0
    """The same count on the side that still runs the prior release (M35); 0 where there is none."""


VerdictState: TypeAlias = Literal["pass", "fail", "no_data"]


class Verdict(msgspec.Struct, frozen=True):
    """The answer of a check: passed, failed, or not enough data to say (never read as success: M13)."""

    state: VerdictState
    detail: str = ""
    numbers: dict[str, float] = {}

    @property
    def passed(self) -> bool:
        return self.state == "pass"

    @staticmethod
    def ok(detail: str = "", **numbers: float) -> Verdict:
        return Verdict("pass", detail, numbers)

    @staticmethod
    def bad(detail: str, **numbers: float) -> Verdict:
        return Verdict("fail", detail, numbers)

    @staticmethod
    def unknown(detail: str, **numbers: float) -> Verdict:
        return Verdict("no_data", detail, numbers)


class Secret:
    """A value that never prints. Only adapters call `reveal`."""

    __slots__ = ("_value", "name")

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.name})"

    __str__ = __repr__


class Image(msgspec.Struct, frozen=True):
    """A built artifact. `tag` is its name for people, `digest` ("sha256:…") its identity; "" until it is known."""

    tag: str
    digest: str = ""


class Prior(msgspec.Struct, frozen=True):
    """What a server ran and served before this run first touched it (M38). Rollback restores exactly this.

    `generation` names the running instance (the id of the run that started it); "" with an empty `image.tag` means
    the server ran nothing.
    """

    generation: str
    image: Image
    configuration: dict[str, str]
    weight: float = 1.0
    in_rotation: bool = True


class Release(msgspec.Struct, frozen=True):
    """What this run puts on servers. `generation` is the run's id; `configuration` is the release-specific file."""

    version: str
    environment: str
    generation: str
    image: Image
    configuration: dict[str, str]


class RunInfo(msgspec.Struct, frozen=True):
    """What a step function may know of its run: names, parameters, late variables (M4) and earlier steps' facts."""

    id: str
    environment: str
    version: str
    initiator: str
    language: str
    parameters: Mapping[str, Json]
    variables: Mapping[str, Json]
    """Late variables: status, total_duration (seconds as text), started, failed_step, cause …"""
    facts: Mapping[str, Json]
    """Everything that earlier steps of this run returned, by name."""
    step: int = 0
    notices: tuple[str, ...] = ()
    """The current step's notification lines, interpolated."""
    settings: Mapping[str, Json] = {}
    """What the plan took from the site: `SiteFacts` by field name (ready_limit_s, cut_open_requests, roles …)."""
    traffic: float | None = None
    """Share of all traffic that the release is to carry once the current wave has rejoined; None: as the prior did."""
    unfinished: tuple[int, ...] = ()
    """Steps, reporting ones excepted, that are neither done nor validly skipped (M16)."""
    priors: Mapping[str, Prior] = {}
    """Every touched server's prior state (M38), for items about several servers."""
    schema: tuple[str, ...] | None = None
    """Migrations that were applied before this run touched the database, oldest first; None where that was not
    recorded."""


class Sampling(msgspec.Struct, frozen=True):
    """How a check or measure is to look (M13): where, how many observations, against which limit."""

    where: Literal["", "probe", "traffic"] = ""
    n: int = 0
    limit: float | None = None
    """The number of the document's comparison, in the measure's unit (seconds, fraction of 1, count)."""
    alpha: float = 0.01
