"""A workflow template as read: what the document says, in order, with line and column; nothing decided yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from rollbook.model.conditions import Condition, Expr, TypedLiteral
from rollbook.values import At, Json, Language

if TYPE_CHECKING:
    from rollbook.model.deployment import Deployment

StepKind: TypeAlias = Literal["action", "condition", "approval", "parallel", "loop", "subprocess"]
ParameterType: TypeAlias = Literal["string", "array", "boolean", "integer", "number", "object"]


class Source(msgspec.Struct, frozen=True):
    """One document file as text. `sha256` is over the bytes of the file."""

    path: str
    text: str
    sha256: str


class Unread(msgspec.Struct, frozen=True):
    """A part that was not recognised: kept, shown and warned about, never dropped."""

    what: str
    text: str
    at: At
    about: str = ""
    """What its section is about, where the headings of a deployment document say."""


class Parameter(msgspec.Struct, frozen=True):
    name: str
    type: ParameterType
    required: bool = False
    description: str = ""
    enum: tuple[Json, ...] = ()
    default: Json = None
    has_default: bool = False
    example: Json = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    at: At = At()


class Item(msgspec.Struct, frozen=True):
    """One bullet: the unit that is bound and run.

    `phrase` is its identity: text without typed literals ("{}" in their places), width- and space-normalised,
    case-folded. `code` is set when the whole item is one inline code span or a fence (language in `code_language`).
    """

    text: str
    phrase: str
    literals: tuple[TypedLiteral, ...] = ()
    children: tuple[Item, ...] = ()
    code: str = ""
    code_language: str = ""
    checkbox: bool | None = None
    at: At = At()
    guard: str = ""
    """The comment that makes its command conditional (如需 …): a person says whether it runs (M27)."""


class Group(msgspec.Struct, frozen=True):
    """Items done in order. In a parallel step several groups run side by side; `loop` is the loop variable
    ("server" of "对每个 server 执行") and makes one lane per element of the array parameter it is the singular of."""

    name: str = ""
    loop: str = ""
    items: tuple[Item, ...] = ()
    at: At = At()


class Effect(msgspec.Struct, frozen=True):
    """What a branch of a decision does.

    kind "approval": value one of required, optional, none · "goto": value = step number (everything between is
    skipped) · "skip": value = step number · "set": name and value · "log": free text in value.
    """

    kind: Literal["approval", "goto", "skip", "set", "log"]
    value: Json
    name: str = ""
    text: str = ""
    at: At = At()


class Branch(msgspec.Struct, frozen=True):
    """`condition` None is the else branch."""

    condition: Condition | None
    effects: tuple[Effect, ...]
    at: At = At()


class Decision(msgspec.Struct, frozen=True):
    branches: tuple[Branch, ...]
    at: At = At()


class Approvers(msgspec.Struct, frozen=True):
    """Who may approve in one environment. `environment` is the document's spelling; "" means any."""

    environment: str
    roles: tuple[str, ...]
    at: At = At()
    joined_by: Literal["and", "or", ""] = ""
    """How the document joins the roles: "技术负责人 + 运维负责人" is "and"."""


class Approval(msgspec.Struct, frozen=True):
    """`need`: "any" one person, "all" every role, or a number of persons; None when the document does not say."""

    timeout_s: float | None = None
    timeout_at: At = At()
    need: Literal["any", "all"] | int | None = None
    need_at: At = At()
    channels: tuple[str, ...] = ()
    approvers: tuple[Approvers, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    """Further configuration lines as written (label, value)."""
    at: At = At()


class Step(msgspec.Struct, frozen=True):
    number: int
    title: str
    kind: StepKind
    description: str = ""
    groups: tuple[Group, ...] = ()
    success: tuple[Condition, ...] = ()
    skip: tuple[Condition, ...] = ()
    decision: Decision | None = None
    approval: Approval | None = None
    notices: tuple[Item, ...] = ()
    """Content of the notification (`通知内容`), one line an item."""
    settings: tuple[tuple[str, str], ...] = ()
    """Other labelled values, such as retry or timeout, as written (label, value)."""
    timeout_s: float | None = None
    at: At = At()


RollbackAction: TypeAlias = Literal["stop", "restore", "switch_back", "manual"]


class RollbackRange(msgspec.Struct, frozen=True):
    """`first`..`last` inclusive (0 and 10**9 stand for open ends). `action`: stop = nothing to undo; restore = bring
    the old release back; switch_back = the same while keeping capacity; manual = text that only a person can follow."""

    first: int
    last: int
    action: RollbackAction
    text: str
    at: At = At()


class Criterion(msgspec.Struct, frozen=True):
    text: str
    expr: Expr
    at: At = At()


class Example(msgspec.Struct, frozen=True):
    """A usage example: its request text is parsed by planning/requests like any `--request` file."""

    title: str
    text: str
    at: At = At()


class Metric(msgspec.Struct, frozen=True):
    name: str
    description: str = ""
    at: At = At()


class Workflow(msgspec.Struct, frozen=True):
    """A whole template. `metadata` keeps unknown keys too; `version` in it is the template's own (M3)."""

    source: Source
    language: Language
    title: str
    metadata: dict[str, Json] = {}
    metadata_at: At = At()
    parameters: tuple[Parameter, ...] = ()
    steps: tuple[Step, ...] = ()
    rollback: tuple[RollbackRange, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    examples: tuple[Example, ...] = ()
    metrics: tuple[Metric, ...] = ()
    unread: tuple[Unread, ...] = ()

    def step(self, number: int) -> Step | None:
        return next((s for s in self.steps if s.number == number), None)


class Procedure(msgspec.Struct, frozen=True):
    """Any other Markdown: headings are stages in document order, their bullets and fences items (DESIGN §3).

    `steps` are numbered by position, one per heading that holds items; `Step.kind` is "action"."""

    source: Source
    language: Language
    title: str
    metadata: dict[str, Json] = {}
    steps: tuple[Step, ...] = ()
    unread: tuple[Unread, ...] = ()


Document: TypeAlias = "Workflow | Procedure | Deployment"
