"""Fixtures for all tests: the seed documents, where they are present, and read models of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.documents import load, read
from rollbook.model.workflow import Source, Workflow

ROOT = Path(__file__).parent.parent
SEEDS = ROOT.parent / "shared" / "seeds"
SEEDS_ABSENT = "the seed documents are not in ../shared/seeds"
"""How a skip for want of them begins: the one reason that ROLLBOOK_REQUIRE_ALL=1 accepts."""


def _seed(start: str) -> Path:
    """The seed document, or a skip: the documents do not belong to the project, so nobody can require them."""
    found = sorted(SEEDS.glob(f"{start}_*.txt")) if SEEDS.is_dir() else []
    if not found:
        pytest.skip(f"{SEEDS_ABSENT}: no {start}_*.txt there")
    return found[0]


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
