"""Fixtures for all tests: the seed documents, where they are present, and read models of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rollbook.documents import load, read
from rollbook.model.workflow import Source, Workflow

ROOT = Path(__file__).parent.parent
SEEDS = ROOT.parent / "shared" / "seeds"


def _seed(start: str) -> Path:
    found = sorted(SEEDS.glob(f"{start}_*.txt")) if SEEDS.is_dir() else []
    if found:
        return found[0]
    if os.environ.get("ROLLBOOK_REQUIRE_ALL") == "1":
        pytest.fail(f"the seed document {start}_*.txt is not in {SEEDS}, and ROLLBOOK_REQUIRE_ALL=1 allows no skipping")
    pytest.skip(f"the seed document {start}_*.txt is not in ../shared/seeds")


@pytest.fixture(scope="session")
def seed_w() -> Path:
    """Path of the workflow template that the project was built for."""
    return _seed("004")


@pytest.fixture(scope="session")
def seed_d() -> Path:
    """Path of the deployment document that the project was built for."""
    return _seed("000")


@pytest.fixture(scope="session")
def seed_w_model(seed_w: Path) -> Workflow:
    """The workflow template as read."""
    document = read(load(seed_w)).document
    assert isinstance(document, Workflow)
    return document


@pytest.fixture(scope="session")
def examples() -> Path:
    """Directory of the example book."""
    return ROOT / "examples"


def source_of(text: str, path: str = "document.md") -> Source:
    """A document that is only text."""
    import hashlib

    return Source(path, text, hashlib.sha256(text.encode()).hexdigest())
