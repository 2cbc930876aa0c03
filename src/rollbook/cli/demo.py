"""`rollbook demo`: the example book's release on the embedded site of a directory of its own, seen live."""

from __future__ import annotations

import os
from pathlib import Path

from rollbook.app.init import write_new
from rollbook.app.places import place_of
from rollbook.app.plan import PlanRequest, plan_documents
from rollbook.app.run import start_run
from rollbook.app.site import take_down
from rollbook.cli.carrying import PARKED, carry_here
from rollbook.cli.terminal import Terminal
from rollbook.values import Words

DOCUMENT = "release.md"
GOOD, BAD = "v3.4.0", "v3.5.0-errors"
SERVERS = "[shop-1, shop-2, shop-3]"


def run_demo(directory: str, terminal: Terminal, bad: bool = False, keep: bool = False) -> int:
    """Run the example release in `directory`, made if it is not there. Returns the run's exit code."""
    from importlib.resources import files

    home = Path(directory)
    if not (home / DOCUMENT).exists():
        write_new(home, iter([files("rollbook").joinpath("starter", "book", terminal.language, DOCUMENT)]))
    # The embedded site lives in the working directory, and so do its background workers.
    os.chdir(home)
    given = ("environment=staging", f"servers={SERVERS}", f"version={BAD if bad else GOOD}")
    plan = plan_documents(PlanRequest((DOCUMENT,), given)).plan
    place = place_of()
    code = carry_here(start_run(plan, place), place, terminal)
    again = "resume" if code == PARKED else "show"
    if code != PARKED and not keep:
        take_down()
    terminal.say(
        Words(
            f"look again: cd {home} && rollbook {again} last",
            f"再看一遍：cd {home} && rollbook {again} last",
        )
    )
    return code
