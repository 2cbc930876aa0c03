"""Verbs about a run speak its document's language, unless ROLLBOOK_LANG says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from rollbook.app.places import Place, find_run
from rollbook.cli.terminal import Terminal
from rollbook.problems import RollbookError


class Spoken(msgspec.Struct, frozen=True):
    """What of a plan matters here."""

    language: str


@contextmanager
def speaking_of(run: str, place: Place, terminal: Terminal) -> Iterator[Terminal]:
    """The terminal in the run's language; errors raised in the body are said in it too."""
    plan = place.journal.plan(find_run(place.journal, run).run)
    language = msgspec.json.decode(plan, type=Spoken).language
    try:
        yield terminal._replace(language=terminal.chosen or language)
    except RollbookError as error:
        error.language = language
        raise
