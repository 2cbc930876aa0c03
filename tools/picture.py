"""The picture of the README: the live view of a real run, as it was when its second wave was under way.

.venv/bin/python tools/picture.py DIRECTORY docs/pictures/demo.svg     # DIRECTORY: where `rollbook demo` ran
"""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from rollbook.app.places import existing_place, find_run, situation
from rollbook.app.show import client_of
from rollbook.machine.evolve import fold as fold_state
from rollbook.model.events import StageEntered
from rollbook.views.fold import fold
from rollbook.views.live import picture

WIDTH = 92
WAVE, STEP = 2, 9


def main(directory: str, target: str) -> None:
    picture_file = Path(target).resolve()
    picture_file.write_text(drawn(directory), encoding="utf-8")


def drawn(directory: str) -> str:
    os.chdir(directory)
    place = existing_place()
    now = situation(place.journal, find_run(place.journal, "last"))
    stage = f"w{WAVE}.s{STEP}.judge"
    seq = next(e.seq for e in now.entries if isinstance(e.event, StageEntered) and e.event.stage == stage)
    entries = now.entries[:seq]
    state = fold_state(now.program, (entry.event for entry in entries))
    client = client_of(place.site, entries[0].at, entries[-1].at)
    view = fold(now.plan, state, entries, client)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(picture(view, "en"))
    # The page may not fetch fonts from elsewhere: the reader's own monospace font serves.
    return re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title="rollbook run", theme=MONOKAI), flags=re.S)


if __name__ == "__main__":
    main(*sys.argv[1:])
