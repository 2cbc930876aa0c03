"""What commands of a document ask for once they are understood whole (M28): operations on ports, as data.

Texts may hold references `${NAME}`, filled in when they are carried out. `namespace` is "" where the command names none
and the environment's own counts.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from rollbook.model.deployment import CommandFence, ShellCommand
from rollbook.values import Words

RolloutVerb: TypeAlias = Literal["status", "pause", "resume", "undo", "restart", "history"]
ObjectKind: TypeAlias = Literal["deployments", "services", "pods"]


class Build(msgspec.Struct, frozen=True, tag="build"):
    """`docker build`: paths are relative to the project; `dockerfile` "" means the context's own."""

    image: str
    context: str = "."
    dockerfile: str = ""


class Push(msgspec.Struct, frozen=True, tag="push"):
    image: str


class Change(msgspec.Struct, frozen=True, tag="change"):
    """`kubectl apply` and `kubectl set image`, alone or both as one change. `images`: container → image of
    `deployment`."""

    files: tuple[str, ...] = ()
    deployment: str = ""
    images: dict[str, str] = {}
    namespace: str = ""


class Rollout(msgspec.Struct, frozen=True, tag="rollout"):
    verb: RolloutVerb
    deployment: str
    to_revision: int = 0
    timeout_s: float | None = None
    namespace: str = ""


class Scale(msgspec.Struct, frozen=True, tag="scale"):
    deployment: str
    replicas: int
    namespace: str = ""


class Get(msgspec.Struct, frozen=True, tag="get"):
    kind: ObjectKind
    name: str = ""
    namespace: str = ""


class Logs(msgspec.Struct, frozen=True, tag="logs"):
    """`lines` None: all that are kept."""

    deployment: str
    follow: bool = False
    lines: int | None = None
    namespace: str = ""


class Top(msgspec.Struct, frozen=True, tag="top"):
    """What the pods use."""

    namespace: str = ""


class Exec(msgspec.Struct, frozen=True, tag="exec"):
    """A program in an instance; `interactive`: it wants a terminal or standard input."""

    deployment: str
    argv: tuple[str, ...]
    interactive: bool = False
    namespace: str = ""


Operation: TypeAlias = Build | Push | Change | Rollout | Scale | Get | Logs | Top | Exec


class Offer(msgspec.Struct, frozen=True):
    """One operations command of a document. `operation` None: it is the shell's, and `why` says what only the shell
    understands."""

    number: int
    command: ShellCommand
    fence: CommandFence
    operation: Operation | None
    why: Words = Words("", "")
