"""A whole embedded site in a temporary directory, always taken down."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollbook.adapters.embedded import EmbeddedSite
from rollbook.adapters.embedded.envoy_process import envoy_binary
from rollbook.problems import Refused

SERVERS = ("app-1", "app-2", "应用 3")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[EmbeddedSite]:
    """Three servers on the baseline release, in rotation, under load."""
    require_envoy()
    made = EmbeddedSite(tmp_path)
    try:
        made.up(SERVERS)
        yield made
    finally:
        made.down()


def require_envoy() -> None:
    """Skip without the `demo` extra, except where everything is required."""
    try:
        envoy_binary()
    except Refused as missing:
        if os.environ.get("ROLLBOOK_REQUIRE_ALL") == "1":
            raise
        pytest.skip(str(missing))
