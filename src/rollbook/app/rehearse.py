"""Use case: rehearse every failure of a plan (DESIGN §5), and remember which plans were (M24, ADR 30). Touches nothing
outside; the machine, the loop and the built-in steps are the ones that run."""

from __future__ import annotations

import time

import msgspec

import rollbook
from rollbook.drivers.performing import Functions
from rollbook.drivers.rehearsal import Rehearsal, Violation
from rollbook.model.plan import Plan
from rollbook.model.site import Site

__all__ = ["Rehearsal", "Rehearsed", "Violation", "recorded", "rehearse_plan", "rehearsed"]

FOLDER = "rehearsals"


class Rehearsed(msgspec.Struct, frozen=True):
    """The record of a rehearsal: of which plan, by which Rollbook, and its outcome. `failures`: at once."""

    plan: str
    rollbook: str
    at: float
    failures: int
    states: int
    ends: dict[str, int]
    violations: tuple[Violation, ...] = ()
    complete: bool = True

    @property
    def passed(self) -> bool:
        """Everything was explored and nothing broke."""
        return self.complete and not self.violations and self.failures > 0


def rehearse_plan(plan: Plan, functions: Functions, failures: int = 1, site: Site | None = None) -> Rehearsal:
    """Explore all runs of `plan` with at most `failures` failures at once. Recorded at `site` where an item of the
    plan's checklist asks for it."""
    from rollbook.drivers.rehearsal import rehearse

    found = rehearse(plan, functions, failures)
    if site is not None and is_asked_for(plan):
        record(plan, found, failures, site)
    return found


def rehearsed(plan: Plan, functions: Functions, site: Site) -> Rehearsed:
    """The recorded rehearsal of this very plan; without one it is rehearsed now."""
    found = recorded(plan, site)
    if found is None:
        rehearse_plan(plan, functions, site=site)
        found = recorded(plan, site)
        assert found is not None, "a rehearsal is recorded"
    return found


def is_asked_for(plan: Plan) -> bool:
    """Whether a checklist item is closed by a rehearsal."""
    return plan.deployment is not None and any(item.how == "rehearsal" for item in plan.deployment.checklist)


def record(plan: Plan, found: Rehearsal, failures: int, site: Site) -> None:
    """Keep it under the plan's hash, which covers documents, parameters, site, facts and step code."""
    from rollbook.planning.codec import plan_hash
    from rollbook.wiring import state_directory

    key = plan_hash(plan)
    kept = Rehearsed(
        key, rollbook.__version__, time.time(), failures, found.states, found.ends, found.violations, found.complete
    )
    path = state_directory(site) / FOLDER / f"{key}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(kept)))
    beside.replace(path)


def recorded(plan: Plan, site: Site) -> Rehearsed | None:
    """What is recorded of this plan; None where nothing is, where the record cannot be read, or where another Rollbook
    made it: its machine may be another."""
    from rollbook.planning.codec import plan_hash
    from rollbook.wiring import state_directory

    key = plan_hash(plan)
    try:
        found = msgspec.json.decode((state_directory(site) / FOLDER / f"{key}.json").read_bytes(), type=Rehearsed)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    return found if (found.plan, found.rollbook) == (key, rollbook.__version__) else None
