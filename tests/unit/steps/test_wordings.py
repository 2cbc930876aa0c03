"""A release in the English that people write: all of it bound, and nothing that says something else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from rollbook.binding.library import Library
from rollbook.binding.wordings import meaning
from rollbook.model.phrases import phrase_of

LIBRARY = Library.built_in()
TEXTS = tomllib.loads((Path(__file__).parents[2] / "data" / "wordings.toml").read_text("utf-8"))
QUANTITIES = ("Error rate", "Service error rate", "Response time", "Test pass rate", "Success rate")


def bound(text: str, kinds: tuple[str, ...]) -> str:
    found = LIBRARY.find(phrase_of(text)[0], kinds)
    return found.binding.partition("@")[0].removeprefix("rollbook.steps.") if found else ""


@pytest.mark.parametrize("name", TEXTS["items"])
def test_items_are_bound_however_they_are_said(name: str) -> None:
    assert {text: bound(text, ("step",)) for text in TEXTS["items"][name]} == dict.fromkeys(TEXTS["items"][name], name)


@pytest.mark.parametrize("name", TEXTS["statements"])
def test_statements_are_bound_however_they_are_said(name: str) -> None:
    assert {text: bound(text, ("check",)) for text in TEXTS["statements"][name]} == dict.fromkeys(
        TEXTS["statements"][name], name
    )


@pytest.mark.parametrize("text", TEXTS["other_acts"])
def test_another_act_is_not_bound(text: str) -> None:
    assert bound(text, ("step",)) == ""


@pytest.mark.parametrize("text", TEXTS["opposites"])
def test_the_opposite_of_a_statement_is_not_bound(text: str) -> None:
    assert bound(text, ("check",)) == ""


@pytest.mark.parametrize(
    "quantity", ["Error rate", "Service error rate", "Response time", "Test pass rate", "Success rate"]
)
def test_quantities_are_bound(quantity: str) -> None:
    assert bound(quantity, ("measure",)).startswith("figures:")


def test_no_two_functions_of_the_library_mean_the_same() -> None:
    from rollbook.binding.wordings import by_meaning

    assert [words for index in by_meaning(LIBRARY.all()).values() for words, found in index.items() if not found] == []


def test_only_english_is_reworded() -> None:
    assert meaning("停止服务") == ()
    assert bound("停止一下服务", ("step",)) == ""


def test_looking_up_ten_thousand_unknown_phrases_reads_the_library_once() -> None:
    library = Library.built_in()
    library.find("some unknown phrase", ("step",))
    index = library._meanings
    for n in range(100):
        assert library.find(f"unknown phrase {n}", ("step",)) is None
    assert library._meanings is index
