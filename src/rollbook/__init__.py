"""Rollbook: deployment documents that run. The public words only; everything else is imported from its module."""

from rollbook.binding.markers import check, idempotent, measure, once, pure, step
from rollbook.problems import Refused, RollbookError, StepFailed, Unreachable
from rollbook.values import Counts, Duration, Image, Percent, Prior, Release, RunInfo, Server, Verdict

__version__ = "0.1.0"

__all__ = [
    "Counts",
    "Duration",
    "Image",
    "Percent",
    "Prior",
    "Refused",
    "Release",
    "RollbookError",
    "RunInfo",
    "Server",
    "StepFailed",
    "Unreachable",
    "Verdict",
    "check",
    "idempotent",
    "measure",
    "once",
    "pure",
    "step",
]
