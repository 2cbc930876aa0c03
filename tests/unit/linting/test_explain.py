"""`rollbook explain`: the page of a rule in both languages, and the reference written from the same pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.app.explain import explain, write_pages
from rollbook.linting import all_rules
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


def test_the_reference_has_a_page_per_rule_and_language_and_an_index(tmp_path: Path) -> None:
    names = {path.name for path in write_pages(tmp_path)}
    assert names == {"README.md"} | {f"{r.name}{end}" for r in all_rules() for end in (".md", ".zh.md")}
    index = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert all(f"({rule.name}.md)" in index for rule in all_rules())
