"""A phrase and its literals against what an author wrote: bind first, substitute later."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.binding.library import Library
from rollbook.binding.matching import arguments, match, misfits, plain_value
from rollbook.binding.stubs import stub_for
from rollbook.model.phrases import phrase_of

STEPS = """\
from rollbook.binding.markers import pure, step
from rollbook.values import Duration, Percent

@step("keep {share} of {name} for {limit}", effect=pure)
async def keep(share: Percent, name: str, limit: Duration) -> None: ...

@step("pass 100% of it", effect=pure)
async def everything() -> None: ...
"""


@pytest.fixture(name="library")
def _library(tmp_path: Path) -> Library:
    (tmp_path / "rollbook_steps.py").write_text(STEPS)
    return Library.built_in().with_project(tmp_path)


def test_literals_reach_the_braces_in_their_order(library: Library) -> None:
    phrase, literals = phrase_of("Keep 20% of `it` for 5 minutes")
    found = match(library, phrase, literals, ("step",))
    assert found is not None
    values = {name: plain_value(v) for name, v in arguments(found, literals).items()}
    assert values == {"share": 0.2, "name": "it", "limit": 300.0}
    assert misfits(found, literals) == ()


def test_literals_of_the_wrong_kind_are_named(library: Library) -> None:
    phrase, literals = phrase_of("keep 5 minutes of 3 for 20%")
    found = match(library, phrase, literals, ("step",))
    assert found is not None
    assert [(name, kind) for name, kind, _ in misfits(found, literals)] == [("share", "Percent"), ("limit", "Duration")]


def test_a_number_that_the_author_wrote_out_must_be_the_documents(library: Library) -> None:
    for text, bound in (("pass 100% of it", True), ("pass 90% of it", False)):
        phrase, literals = phrase_of(text)
        assert (match(library, phrase, literals, ("step",)) is not None) == bound


def test_values_cannot_change_which_function_runs(library: Library) -> None:
    phrase, literals = phrase_of("keep ${share} of `pass 100% of it` for ${limit}")
    found = match(library, phrase, literals, ("step",))
    assert found is not None
    assert found.binding.startswith("rollbook_steps:keep@")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("等待缓存预热（最多2分钟）", "step"),
        ("Warm 30% of the cache in 2 minutes, then 40% more", "step"),
        ('Say "hello" to `it` at ${place}', "step"),
        ("缓存命中率", "measure"),
        ("the cache is warm", "check"),
    ],
)
def test_a_pasted_stub_loads_and_binds_the_phrase(tmp_path: Path, text: str, kind: str) -> None:
    phrase, literals = phrase_of(text)
    head = (
        "from rollbook.binding.markers import check, measure, once, step\n"
        "from rollbook.values import Counts, Duration, Percent, Verdict\n\n"
    )
    (tmp_path / "rollbook_steps.py").write_text(head + stub_for(text, literals, kind) + "\n", encoding="utf-8")
    library = Library.built_in().with_project(tmp_path)
    found = match(library, phrase, literals, (kind,))
    assert found is not None
    assert found.origin == "project"


def test_stubs_of_chinese_phrases_can_be_pasted_into_one_file(tmp_path: Path) -> None:
    texts = ("确认备份文件存在", "通知值班人员", "检查行数")
    head = "from rollbook.binding.markers import once, step\n"
    stubs = "\n\n".join(stub_for(text, (), "step") for text in texts)
    (tmp_path / "rollbook_steps.py").write_text(f"{head}\n{stubs}\n", encoding="utf-8")
    library = Library.built_in().with_project(tmp_path)
    assert [f.pattern for f in library.all() if f.origin == "project"] == list(texts)


@given(st.text(min_size=1, max_size=60))
def test_a_stub_of_any_text_is_python(text: str) -> None:
    literals = phrase_of(text)[1]
    compile(stub_for(text, literals, "step"), "stub", "exec")
