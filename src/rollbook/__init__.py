"""Rollbook: deployment documents that run. The words a step function needs; everything else is in its own module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollbook.binding.markers import check, idempotent, measure, once, pure, step
from rollbook.problems import Refused, RollbookError, StepFailed, Unreachable
from rollbook.values import (
    Counts,
    Duration,
    Image,
    Percent,
    Prior,
    Release,
    RunInfo,
    Sampling,
    Server,
    Verdict,
    Words,
)

if TYPE_CHECKING:
    from rollbook.ports import Balancer, Clock, Host, Message, Notifier, Project, Records, Registry, Reports

__version__ = "0.1.0"

__all__ = [
    "Balancer",
    "Clock",
    "Counts",
    "Duration",
    "Host",
    "Image",
    "Message",
    "Notifier",
    "Percent",
    "Prior",
    "Project",
    "Records",
    "Refused",
    "Registry",
    "Release",
    "Reports",
    "RollbookError",
    "RunInfo",
    "Sampling",
    "Server",
    "StepFailed",
    "Unreachable",
    "Verdict",
    "Words",
    "check",
    "idempotent",
    "measure",
    "once",
    "pure",
    "step",
]


def __getattr__(name: str) -> object:
    """Ports are imported when a step asks for one: commands that only read documents do without them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from rollbook import ports

    return getattr(ports, name)
