"""ports.Reports for one run: its report, written from its journal as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rollbook.app.places import Place
    from rollbook.drivers.carrying import Outcome


class RunReports:
    """What a reporting step writes is the record as it stands in the middle of reporting; `write_final` replaces it."""

    def __init__(self, run: str, place: Place) -> None:
        self._run = run
        self._place = place

    async def write(self) -> str:
        """Write Markdown, HTML and JSON under `.rollbook/reports/`; returns the path of the Markdown file."""
        from rollbook.app.report import write_report

        return write_report(self._run, self._place)


def write_final(run: str, place: Place, outcome: Outcome) -> None:
    """The record of a run that has ended, whoever carried it and whatever its document says about reporting."""
    if outcome.kind == "ended":
        from rollbook.app.report import finish

        finish(run, place)
