"""Plans made from documents, the seed and the example book, survive every failure that a rehearsal knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from plans import Functions, canary_plan, release_plan
from rollbook.app.plan import Planned, PlanRequest, plan_documents
from rollbook.drivers.rehearsal import rehearse
from rollbook.model.plan import Plan

ENDS = {"succeeded", "failed", "rolled_back", "aborted", "frozen"}
SERVERS = "servers=[app-1, app-2, app-3]"


def planned(document: Path, environment: str, *more: str, servers: str = SERVERS) -> Planned:
    parameters = (f"environment={environment}", servers, "version=v2.1.0", *more)
    return plan_documents(PlanRequest((str(document),), parameters, site="embedded"))


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_no_single_failure_of_the_seed_breaks_an_invariant(seed_w: Path, environment: str) -> None:
    found = planned(seed_w, environment)
    told = rehearse(found.plan, found.library, 1)
    assert told.complete
    assert told.violations == ()
    assert {"succeeded", "rolled_back", "failed", "frozen"} <= set(told.ends)


@pytest.mark.slow
def test_no_pair_of_failures_of_the_seed_breaks_an_invariant(seed_w: Path) -> None:
    found = planned(seed_w, "production")
    told = rehearse(found.plan, found.library, 2)
    assert told.complete
    assert told.violations == ()


def test_a_single_server_of_the_seed_is_replaced_beside_the_old_one(seed_w: Path) -> None:
    found = planned(seed_w, "production", servers="servers=[only]")
    assert rehearse(found.plan, found.library, 1).violations == ()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_single_failure_of_the_example_book_breaks_an_invariant(examples: Path, language: str) -> None:
    found = plan_documents(PlanRequest((str(examples / f"release.{language}.md"),), example="1", site="embedded"))
    told = rehearse(found.plan, found.library, 1)
    assert told.complete
    assert told.violations == ()


@pytest.mark.parametrize("plan", [release_plan(3, approval=True), release_plan(1), canary_plan(2)])
def test_m43_every_run_ends_in_one_of_five_states(plan: Plan) -> None:
    assert set(rehearse(plan, Functions(), 1).ends) <= ENDS


def test_m43_a_run_that_touched_nothing_ends_failed_and_one_that_did_ends_rolled_back() -> None:
    ends = rehearse(release_plan(2), Functions(), 1).ends
    assert ends["failed"] > 0
    assert ends["rolled_back"] > 0
