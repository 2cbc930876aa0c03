"""How an example release misbehaves on purpose: the last part of its version says so, whatever its tag (DESIGN §11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from rollbook.values import Image

Behaviour: TypeAlias = Literal["", "nostart", "notready", "errors", "slow", "crash"]

MISBEHAVIOURS: tuple[Behaviour, ...] = ("nostart", "notready", "errors", "slow", "crash")
ERROR_SHARE = 0.05
"""`-errors`: this share of real and probe requests is answered 500."""
SLOW_S = 0.8
"""`-slow`: seconds that an answer takes."""
CRASH_AT = 20
"""`-crash`: the process exits at this request."""
VERSION_LABELS = ("version", "org.opencontainers.image.version")


def behaviour_of(version: str) -> Behaviour:
    """The misbehaviour that a version's suffix asks for; "" for every other version, which is good."""
    return next((b for b in MISBEHAVIOURS if version.endswith(f"-{b}")), "")


def version_of(image: Image, labels: Mapping[str, str]) -> str:
    """The version an image was built as: its label, else the last part of its tag."""
    labelled = next((labels[name] for name in VERSION_LABELS if labels.get(name)), "")
    return labelled or image.tag.rpartition(":")[2]
