"""A workflow printed to Markdown reads to an equal workflow, in either language."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.documents import load, read
from rollbook.documents.printing import print_workflow
from rollbook.model.workflow import Workflow
from rollbook.values import Language
from shapes import source_of, unplaced, without

LANGUAGES: tuple[Language, ...] = ("zh", "en")


def assert_prints_stably(document: Workflow, language: Language) -> None:
    reading = read(source_of(print_workflow(document, language)))
    assert reading.problems == ()
    assert without(unplaced(reading.document), ("language",)) == without(unplaced(document), ("language",))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_seed_prints_and_reads_back(seed_w_model: Workflow, language: Language) -> None:
    assert_prints_stably(seed_w_model, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["release.zh.md", "release.en.md", "data-pipeline.en.md"])
def test_our_templates_print_and_read_back(examples: Path, name: str, language: Language) -> None:
    document = read(load(examples / name)).document
    assert isinstance(document, Workflow)
    assert_prints_stably(document, language)


def test_what_is_printed_is_in_the_language_asked_for(seed_w_model: Workflow) -> None:
    assert "## 工作流步骤" not in print_workflow(seed_w_model, "en")
    assert "**Success conditions**:" in print_workflow(seed_w_model, "en")
    assert "**成功条件**:" in print_workflow(seed_w_model, "zh")


def test_awkward_values_survive() -> None:
    text = (Path(__file__).parent / "texts" / "awkward.md").read_text(encoding="utf-8")
    document = read(source_of(text)).document
    assert isinstance(document, Workflow)
    assert_prints_stably(document, "en")
    assert document.steps[0].groups[0].items[0].code == "cat <<X\n```\n\tx\nX"
