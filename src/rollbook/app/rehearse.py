"""Use case: rehearse every failure of a plan (DESIGN §5). Touches nothing; the machine, the loop and the built-in
steps are the ones that run."""

from __future__ import annotations

from rollbook.drivers.performing import Functions
from rollbook.drivers.rehearsal import Rehearsal, Violation
from rollbook.model.plan import Plan

__all__ = ["Rehearsal", "Violation", "rehearsal_json", "rehearse_plan"]


def rehearse_plan(plan: Plan, functions: Functions, failures: int = 1) -> Rehearsal:
    """Explore all runs of `plan` with at most `failures` failures at once."""
    from rollbook.drivers.rehearsal import rehearse

    return rehearse(plan, functions, failures)


def rehearsal_json(rehearsal: Rehearsal, language: str) -> dict[str, object]:
    """The object of the command-line contract (DESIGN §11)."""
    violations = [
        {"invariant": v.invariant.said(language), "story": [line.said(language) for line in v.story]}
        for v in rehearsal.violations
    ]
    return {
        "states": rehearsal.states,
        "ends": rehearsal.ends,
        "violations": violations,
        "complete": rehearsal.complete,
    }
