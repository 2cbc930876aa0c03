"""Events of what needs nobody: a release window that was looked at, checklist items that were settled (M24)."""

from __future__ import annotations

from typing import Literal

import msgspec


class WindowLooked(msgspec.Struct, frozen=True, tag="window_looked"):
    """What the clock said at a release window's gate: whether it is open; when it opens next, in seconds since the Unix
    epoch, None when it never does again. `zone` is that of `said`, the opening as the wall clock shows it."""

    gate: str
    open: bool
    opens: float | None = None
    said: str = ""


class ItemClosed(msgspec.Struct, frozen=True, tag="item_closed"):
    """A checklist item ahead of the release that was settled when the run was made: proved by `detail`, or waived,
    where the environment is not protected (M24)."""

    text: str
    how: Literal["evidence", "rehearsal", "waived"]
    detail: str = ""
    document: str = ""
    line: int = 0
