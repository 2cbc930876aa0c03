"""Where the embedded site may not be kept, `site up` refuses before it starts anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.app.site import bring_up
from rollbook.problems import Refused


def test_a_place_that_cannot_hold_the_site_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".rollbook").write_text("a file in the way", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused, match="cannot be kept"):
        bring_up(("web-1",))
