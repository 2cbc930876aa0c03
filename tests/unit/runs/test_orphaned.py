"""A run that was just handed to a worker is not called abandoned before that worker can have taken it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from plans import release_plan
from rollbook.app.places import Place, find_run, situation
from rollbook.app.show import STARTING_S, view_of
from rollbook.drivers.journal import SqlJournal
from rollbook.drivers.tables import open_engine
from rollbook.model.events import RunCreated
from rollbook.model.site import Site
from rollbook.planning.codec import canonical, plan_hash


@pytest.mark.parametrize(("ago", "orphaned"), [(0.0, False), (10 * STARTING_S, True)])
def test_only_a_run_that_nobody_took_in_time_is_orphaned(tmp_path: Path, ago: float, orphaned: bool) -> None:
    plan = release_plan(2)
    place = Place(
        Site(kind="ssh", directory=str(tmp_path)), SqlJournal(open_engine(f"sqlite:///{tmp_path}/journal.db"))
    )
    row = {"environment": plan.environment, "version": "v1", "title": plan.title, "at": repr(time.time() - ago)}
    created = RunCreated("r1", plan_hash(plan), plan.environment, "v1", "operator", "embedded")
    place.journal.create("r1", plan_hash(plan), canonical(plan), row, [created])
    assert view_of(place, situation(place.journal, find_run(place.journal, "r1"))).orphaned is orphaned
