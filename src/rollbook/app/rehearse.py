"""Use case: rehearse every failure of a plan (DESIGN §5). Touches nothing; the machine, the loop and the built-in
steps are the ones that run."""

from __future__ import annotations

from rollbook.drivers.performing import Functions
from rollbook.drivers.rehearsal import Rehearsal, Violation
from rollbook.model.plan import Plan

__all__ = ["Rehearsal", "Violation", "rehearse_plan"]


def rehearse_plan(plan: Plan, functions: Functions, failures: int = 1) -> Rehearsal:
    """Explore all runs of `plan` with at most `failures` failures at once."""
    from rollbook.drivers.rehearsal import rehearse

    return rehearse(plan, functions, failures)
