"""ports.Reports for one run: its report, written from its journal as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rollbook.app.places import Place


class RunReports:
    def __init__(self, run: str, place: Place) -> None:
        self._run = run
        self._place = place

    async def write(self) -> str:
        """Write Markdown, HTML and JSON under `.rollbook/reports/`; returns the path of the Markdown file."""
        from rollbook.app.report import write_report

        return write_report(self._run, self._place)
