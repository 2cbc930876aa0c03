"""`rollbook explain`: the page of a rule in both languages, and the reference written from the same pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.app.explain import every_page, explain, write_pages
from rollbook.binding.findings import CODES as BINDING
from rollbook.documents.faults import faults
from rollbook.linting import all_rules
from rollbook.planning.findings import CODES as PLANNING
from rollbook.problems import Refused


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("rule", [rule.name for rule in all_rules()])
def test_every_rule_has_a_page_with_a_reason_and_two_examples(rule: str, language: str) -> None:
    page = explain(rule, language)
    assert page.startswith(f"# {rule} (RB")
    assert page.count("````markdown\n#") == 2
    assert ("为什么" in page) == (language == "zh")


def test_a_rule_may_be_named_by_its_number_in_any_case() -> None:
    assert explain("rb201", "en") == explain("approval-count", "en")


def test_an_unknown_rule_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(Refused) as refused:
        explain("aproval-count", "en")
    assert "approval-count" in refused.value.hint.en
    assert "approval-count" in refused.value.hint.zh


@pytest.mark.parametrize("name", sorted({*faults(), *BINDING, *PLANNING}))
def test_every_problem_that_any_command_names_has_a_page(name: str) -> None:
    for language in ("en", "zh"):
        page = explain(name, language)
        assert page.startswith(f"# {name} (RB")
        assert name not in faults() or "{" not in page


def test_numbers_belong_to_one_page() -> None:
    codes = [explained.code for explained in every_page() if explained.code]
    assert len(codes) == len(set(codes))


def test_the_reference_has_a_page_per_problem_and_language_and_an_index(tmp_path: Path) -> None:
    names = {path.name for path in write_pages(tmp_path)}
    assert names == {"README.md"} | {f"{e.name}{end}" for e in every_page() for end in (".md", ".zh.md")}
    index = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert all(f"({explained.name}.md)" in index for explained in every_page())


def test_a_name_has_one_number_whoever_reports_it() -> None:
    tables = [{n: f.code for n, f in faults().items()}, BINDING, PLANNING, {r.name: r.code for r in all_rules()}]
    numbers: dict[str, set[str]] = {}
    for name, code in (pair for table in tables for pair in table.items()):
        numbers.setdefault(name, set()).add(code)
    assert {name: codes for name, codes in numbers.items() if len(codes) > 1} == {}
