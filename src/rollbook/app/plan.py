"""Use case: from documents and options to a plan. Reads files, touches nothing."""

from __future__ import annotations

from pathlib import Path

import msgspec

from rollbook.model.plan import Plan


class PlanRequest(msgspec.Struct, frozen=True):
    """RUN-OPTIONS as typed. `parameters` are NAME=VALUE texts; `request` is a file or "-"."""

    documents: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    request: str = ""
    example: str = ""
    strategy: str = ""
    manual: bool = False
    site: str = ""
    time_scale: float = 1.0


def plan_documents(request: PlanRequest) -> Plan:
    """The plan for `request`. Raises ProblemsFound with every problem of documents and parameters."""
    raise NotImplementedError


def write_plan(plan: Plan, path: str) -> None:
    """Write the plan file that `run --plan` obeys."""
    from rollbook.planning.plan import encode

    Path(path).write_bytes(encode(plan))
