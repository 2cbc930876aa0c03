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
    goldens = UPDATE.outcome(case)
    kept = {path.name for path in case.iterdir()} - {"document.md"}
    assert kept == set(goldens)
    for name in sorted(goldens, reverse=True):
        assert goldens[name].decode() == (case / name).read_text(encoding="utf-8"), name


def test_thirty_deployment_documents_of_both_languages_are_in_the_corpus() -> None:
    names = [case.name for case in UPDATE.cases() if (case / "check.txt").exists()]
    assert len(names) >= 30
    assert min(sum(n.endswith(f".{language}") for n in names) for language in ("zh", "en")) >= 12


def test_every_example_is_in_the_corpus(examples: Path) -> None:
    names = {case.name for case in UPDATE.cases()}
    assert {path.stem for path in examples.glob("*.md")} - {"README"} <= names
