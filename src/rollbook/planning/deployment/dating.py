"""Dates in documents, written year first. Other forms are not judged: which number is the month is anybody's guess."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from rollbook.model.deployment import Cell, Deployment

DATE = re.compile(r"(?<!\d)(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2})(?!\d)")
ELSEWHERE = datetime.timedelta(days=1)
"""It may be tomorrow already where somebody signs."""


def dates_in(text: str) -> Iterator[datetime.date | str]:
    """Every date in `text`; one that no calendar has as it is spelled."""
    for found in DATE.finditer(text):
        try:
            yield datetime.date(*(int(part) for part in found.groups()))
        except ValueError:
            yield found[0]


def signed_ahead(deployment: Deployment, today: datetime.date) -> Iterator[tuple[Cell, datetime.date]]:
    """Signatures of a day that has not come, on which nobody can have signed."""
    for row in deployment.signoffs:
        for date in dates_in("" if row.date.blank else row.date.text):
            if isinstance(date, datetime.date) and date > today + ELSEWHERE:
                yield row.date, date
