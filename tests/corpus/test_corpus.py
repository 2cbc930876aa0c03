"""Every document of the corpus reads to its golden model and problems."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def _updating() -> ModuleType:
    spec = importlib.util.spec_from_file_location("corpus_update", Path(__file__).parent / "update.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


UPDATE = _updating()


@pytest.mark.parametrize("case", UPDATE.cases(), ids=lambda case: case.name)
def test_a_document_reads_to_its_golden(case: Path) -> None:
    model, problems = UPDATE.outcome(case)
    assert problems.decode() == (case / "problems.json").read_text(encoding="utf-8")
    assert model.decode() == (case / "model.json").read_text(encoding="utf-8")


def test_every_example_is_in_the_corpus(examples: Path) -> None:
    names = {case.name for case in UPDATE.cases()}
    assert {path.stem for path in examples.glob("*.md")} - {"README"} <= names
