"""A deployment document as read: where and with what. What the document says, with line and column; nothing decided.

Names of environments keep the document's spelling; identities are resolved when planning (M1). A blank cell is `Cell`
with `blank` True and is never a value (M3).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from rollbook.model.conditions import Condition
from rollbook.model.workflow import Item, Source, Unread
from rollbook.values import At, Json, Language

CommandRole: TypeAlias = Literal[
    "build", "push", "deploy", "verify", "migrate_up", "migrate_down", "migrate_status", "rollback", "backup",
    "operations", "other",
]  # fmt: skip
PipelineKind: TypeAlias = Literal["commit", "build", "unit_test", "image", "deploy", "integration_test", "other"]
Mark: TypeAlias = Literal["", "automatic", "manual", "pull_request"]
Phase: TypeAlias = Literal["before", "during", "after"]


class Cell(msgspec.Struct, frozen=True):
    """One table cell. `text` is without emphasis and code marks; `blank`: empty, `-` where it means nothing,
    `YYYY-MM-DD`, `[链接]` … (M3). `secret`: it says `[Secret]` (M5)."""

    text: str = ""
    blank: bool = True
    secret: bool = False
    at: At = At()


class Environment(msgspec.Struct, frozen=True):
    """One row of the environment list. `others` keeps columns of other names (label → cell)."""

    name: str
    domain: Cell = Cell()
    cluster: Cell = Cell()
    namespace: Cell = Cell()
    configuration_file: Cell = Cell()
    others: dict[str, Cell] = {}
    at: At = At()


class Variable(msgspec.Struct, frozen=True):
    """One row of the variable matrix; `values`: environment as spelled in the column head → cell. One `[Secret]` in
    any column makes it secret in all (M5)."""

    name: str
    description: str = ""
    values: dict[str, Cell] = {}
    secret: bool = False
    at: At = At()


class Resource(msgspec.Struct, frozen=True):
    """One row of the resource table. `kind` says what it is about: replicas, cpu (cores), memory (bytes) or other."""

    name: str
    kind: Literal["replicas", "cpu", "memory", "other"]
    values: dict[str, Cell] = {}
    at: At = At()


class PipelineNode(msgspec.Struct, frozen=True):
    """One node of the pipeline drawing, in order; `mark` is the note tied to it by display column."""

    text: str
    kind: PipelineKind
    environment: str = ""
    mark: Mark = ""
    mark_text: str = ""
    at: At = At()


class ShellWord(msgspec.Struct, frozen=True):
    """One word of a command, its quotes removed, references to variables written `${NAME}`. `known`: nothing but
    those references stands between `text` and what the program will get (no pattern, no substitution)."""

    text: str
    variables: tuple[str, ...] = ()
    known: bool = True


class ShellCommand(msgspec.Struct, frozen=True):
    """One command of a fence with the comment above it (M27). `guarded`: the comment makes it conditional (如需 …)."""

    text: str
    role: CommandRole
    comment: str = ""
    guarded: bool = False
    at: At = At()
    words: tuple[ShellWord, ...] = ()
    """Program and arguments; empty for what is more than one program call (pipes, loops, subshells)."""
    operators: tuple[str, ...] = ()
    """What else of the shell it uses: `|`, `>`, `||`, `&`, `$()`, `if`, `NAME=` … A `&&` is no operator: it parts two
    commands, of which the second follows only when the first succeeded, as everywhere in a fence."""
    prepares: bool = False
    """It does nothing by itself but sets up the commands below it (`cd`, `export`, an assignment)."""
    reaches: str = ""
    """The program in it that speaks to other machines (`ssh`, `kubectl`, `curl` …); "" for one that works here."""
    chooses: str = ""
    """The word by which it chooses a cluster itself (`--context`, `KUBECONFIG=`); "" where the environment does."""


class CommandFence(msgspec.Struct, frozen=True):
    """One shell fence: its section's title, its exact text, its commands in order. `about`: what the headings over it
    are about (`rollback`, `migrations`, `operations` …), "" when none says."""

    section: str
    language: str
    text: str
    commands: tuple[ShellCommand, ...]
    at: At = At()
    about: str = ""


class Migration(msgspec.Struct, frozen=True):
    """One row of the migration table. `reversible` None: the document does not say. `checksum` as stated, or ""."""

    version: str
    script: str
    description: str = ""
    reversible: bool | None = None
    checksum: str = ""
    at: At = At()
    down_script: str = ""
    """The script that undoes it, where the table names one."""
    applied: str = ""
    """What became of it in a run that filled the document in."""


class ChecklistItem(msgspec.Struct, frozen=True):
    """`evidence`: what a run or a person wrote behind the item, sign first (`✓ 10:02 …`); no part of its text."""

    phase: Phase
    item: Item
    evidence: str = ""


class CanaryStage(msgspec.Struct, frozen=True):
    """One canary stage. `traffic` is a fraction of 1; `duration_s` None for `-` or an unreadable-but-blank cell."""

    number: int
    traffic: float
    duration_s: float | None = None
    rollback_when: Condition | None = None
    promote_when: Condition | None = None
    at: At = At()
    duration_at: At = At()
    traffic_at: At = At()
    rollback_for_s: float | None = None
    """How long the rollback condition must last before it counts (`持续 5 分钟`), where the document says."""
    measured: dict[str, str] = {}
    """What the stage was in a run that filled the document in: traffic, requests, events, verdict, duration,
    evidence → text."""


class ProbeSpec(msgspec.Struct, frozen=True):
    """One probe of the probe YAML, Kubernetes' defaults filled in for absent fields (M11)."""

    kind: Literal["liveness", "readiness", "startup"]
    path: str = ""
    port: int | str = 0
    command: tuple[str, ...] = ()
    initial_delay_s: float = 0.0
    period_s: float = 10.0
    timeout_s: float = 1.0
    success_threshold: int = 1
    failure_threshold: int = 3
    at: At = At()


class AlertRule(msgspec.Struct, frozen=True):
    name: str
    condition: Condition
    severity: str = ""
    channels: tuple[str, ...] = ()
    for_s: float | None = None
    at: At = At()


class Link(msgspec.Struct, frozen=True):
    """A dashboard or log link; `url` "" where the document leaves it blank."""

    label: str
    url: str = ""
    at: At = At()


class RunbookRow(msgspec.Struct, frozen=True):
    """One known problem: what it looks like and the numbered steps of its cell (M26)."""

    problem: str
    symptom: str
    steps: tuple[str, ...]
    at: At = At()


class SignOff(msgspec.Struct, frozen=True):
    """One row of the sign-off table; the cells keep their places so that signing can fill them."""

    role: str
    name: Cell
    date: Cell
    status: Cell
    at: At = At()


class Downstream(msgspec.Struct, frozen=True):
    path: str
    description: str = ""
    done: bool = False
    at: At = At()


class FrontMatter(msgspec.Struct, frozen=True):
    """The document's own facts. Scalars stay text (`0.1`); blanks are "" or () (M3). `others` keeps further keys."""

    status: str = ""
    author: str = ""
    reviewers: tuple[str, ...] = ()
    created: str = ""
    updated: str = ""
    version: str = ""
    depends_on: tuple[str, ...] = ()
    others: dict[str, Json] = {}
    lines: dict[str, At] = {}
    """Key → its place."""


class UnreadCell(msgspec.Struct, frozen=True):
    """A table cell whose text no rule understood: listed by `check`."""

    table: str
    column: str
    text: str
    at: At = At()
    expected: bool = False
    """Its column has a meaning, and the text is none of what may stand there; else nobody looks at the column."""


class Deployment(msgspec.Struct, frozen=True):
    """A whole deployment document. Every tuple is in document order; sections that are absent are empty."""

    source: Source
    language: Language
    title: str
    front: FrontMatter = FrontMatter()
    information: dict[str, Cell] = {}
    """The information table: label → value (项目名称, 部署版本 …)."""
    release_version: Cell = Cell()
    """部署版本: the default of `${version}` when filled (M3)."""
    release_window: Cell = Cell()
    architecture: str = ""
    environments: tuple[Environment, ...] = ()
    variables: tuple[Variable, ...] = ()
    resources: tuple[Resource, ...] = ()
    pipeline: tuple[PipelineNode, ...] = ()
    fences: tuple[CommandFence, ...] = ()
    migrations: tuple[Migration, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    canary: tuple[CanaryStage, ...] = ()
    probes: tuple[ProbeSpec, ...] = ()
    alerts: tuple[AlertRule, ...] = ()
    links: tuple[Link, ...] = ()
    runbook: tuple[RunbookRow, ...] = ()
    signoffs: tuple[SignOff, ...] = ()
    downstream: tuple[Downstream, ...] = ()
    unread_cells: tuple[UnreadCell, ...] = ()
    unread: tuple[Unread, ...] = ()

    def commands(self, *roles: CommandRole) -> tuple[ShellCommand, ...]:
        """Commands of these roles, in document order."""
        return tuple(c for f in self.fences for c in f.commands if c.role in roles)
