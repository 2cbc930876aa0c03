"""Every rule over its fixtures and its own page: what is bad is reported at the right lines, what is good is not.

A fixture is a whole document, `fixtures/RULE/bad.LANGUAGE.md` or `good.…`; a bad one ends with a comment that says on
which lines the rule reports it. Adding a rule is adding a folder here. For rules about two documents a line
`<!-- the next document -->` parts them; lines count within each.
What a rule knows of a project or of other tools stands in comments too: see `outside_of`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rollbook import documents
from rollbook.binding.library import Library
from rollbook.linting import all_rules, lint
from rollbook.linting.context import Lock, Outside
from rollbook.linting.rule import Rule
from rollbook.model.workflow import Source

FIXTURES = Path(__file__).parent / "fixtures"
LANGUAGES = ("en", "zh")
NEXT = "\n<!-- the next document -->\n"
RULES = {rule.name: rule for rule in all_rules()}
LIBRARY = Library.built_in()


def lines_of(rule: str, text: str) -> list[int]:
    """Lines on which the rule reports something in a document with this text."""
    parts = text.split(NEXT)
    readings = [documents.read(Source(f"doc{number}.md", part, "")) for number, part in enumerate(parts)]
    assert not [p for reading in readings for p in reading.problems if p.severity == "error"]
    read = [reading.document for reading in readings if reading.document]
    return [p.at.line for p in lint(read, LIBRARY, outside=outside_of(text)) if p.rule == rule]


def outside_of(text: str) -> Outside:
    """What the comments of a fixture say of the world beside it: `the project has: …`, `squawk says: …`."""
    has = re.search(r"<!-- the project has: (.+) -->", text)
    says = re.search(r"<!-- squawk says: (.+) -->", text)
    told = [re.fullmatch(r"(\S+):(\d+) (\S+)", part) for part in says[1].split(", ")] if says else []
    return Outside(
        present=frozenset(has[1].split(", ")) if has else None,
        locks=tuple(Lock(found[1], int(found[2]), found[3]) for found in told if found),
    )


def test_every_rule_has_fixtures_and_every_fixture_a_rule() -> None:
    assert {folder.name for folder in FIXTURES.iterdir()} == set(RULES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULES)
def test_the_bad_fixture_is_reported_on_its_lines(rule: str, language: str) -> None:
    text = (FIXTURES / rule / f"bad.{language}.md").read_text(encoding="utf-8")
    expected = re.search(r"<!-- reported on lines: ([\d, ]+) -->", text)
    assert expected
    assert lines_of(rule, text) == [int(line) for line in expected[1].split(",")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULES)
def test_the_good_fixture_is_not_reported(rule: str, language: str) -> None:
    assert lines_of(rule, (FIXTURES / rule / f"good.{language}.md").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_the_examples_of_the_page_are_what_they_say(rule: Rule, language: str) -> None:
    assert lines_of(rule.name, rule.page.bad.said(language))
    assert not lines_of(rule.name, rule.page.good.said(language))


def test_names_and_numbers_are_unique() -> None:
    rules = all_rules()
    assert len({rule.name for rule in rules}) == len({rule.code for rule in rules}) == len(rules)
