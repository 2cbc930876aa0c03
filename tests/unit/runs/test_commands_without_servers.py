"""A procedure has no servers, and its commands still have a directory to run in."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.app.places import Place
from rollbook.app.run import carry, start_run
from rollbook.app.verbs import Who, answer
from rollbook.documents import load, read
from rollbook.drivers.holding import Hold, take_hold
from rollbook.drivers.journal import SqlJournal
from rollbook.drivers.tables import open_engine
from rollbook.model.site import Site
from rollbook.planning.plan import make_plan

CHECKLIST = """# Nightly backup

## Look

```bash
echo "there is room" && pwd
```
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    site = Site(directory=str(tmp_path), initiator="operator")
    return Place(site, SqlJournal(open_engine(f"sqlite:///{tmp_path}/.rollbook/journal.db")))


def approved(run: str, place: Place, directory: Path) -> None:
    """The command's gate is answered while another process carries the run: nobody need be woken."""
    hold: Hold = take_hold(place.journal, run, "another", directory / ".rollbook" / "locks")
    answer(run, "1.1", "approve", Who("ann", "ann"), place)
    hold.drop()


def test_a_checklists_command_runs_on_a_fresh_embedded_site(tmp_path: Path, place: Place) -> None:
    (tmp_path / "backup.md").write_text(CHECKLIST, encoding="utf-8")
    document = read(load(str(tmp_path / "backup.md"))).document
    assert document is not None
    plan = make_plan([document], {}, place.site, manual=True)
    run = start_run(plan, place)
    assert carry(run, place).kind == "parked"
    approved(run, place, tmp_path)
    outcome = carry(run, place)
    assert (outcome.kind, outcome.state) == ("ended", "succeeded")
