"""Promises about the built-in library as a whole."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import rollbook.steps
from rollbook.binding.markers import MARK, Mark
from rollbook.model.phrases import brace_names, phrase_of

MODULES = sorted(m.name for m in pkgutil.iter_modules(rollbook.steps.__path__) if not m.ispkg)


def marked() -> Iterator[tuple[str, object, Mark]]:
    for name in MODULES:
        module = importlib.import_module(f"rollbook.steps.{name}")
        for function in vars(module).values():
            mark = getattr(function, MARK, None)
            if mark is not None and function.__module__ == module.__name__:
                yield f"{name}:{function.__name__}", function, mark


LIBRARY = list(marked())


def test_m19_every_step_is_pure_or_idempotent() -> None:
    assert {name for name, _, mark in LIBRARY if mark.kind == "step" and mark.effect == "once"} == set()


def test_every_function_says_what_it_does() -> None:
    assert {name for name, function, _ in LIBRARY if not (function.__doc__ or "").strip()} == set()


def test_every_function_has_phrases_in_both_languages() -> None:
    chinese = re.compile(r"[\u4e00-\u9fff]")
    for name, _, mark in LIBRARY:
        assert any(chinese.search(p) for p in mark.phrases), name
        assert any(not chinese.search(p) for p in mark.phrases), name


def test_no_phrase_of_one_kind_means_two_things() -> None:
    meant = Counter(
        (mark.kind, phrase) for _, _, mark in LIBRARY for phrase in {phrase_of(pattern)[0] for pattern in mark.phrases}
    )
    assert [key for key, count in meant.items() if count > 1] == []


def test_every_brace_is_an_argument_of_its_function() -> None:
    for name, function, mark in LIBRARY:
        for pattern in mark.phrases:
            assert set(brace_names(pattern)) <= set(function.__annotations__), (name, pattern)


def test_what_touches_servers_says_so() -> None:
    touching = {name for name, _, mark in LIBRARY if mark.touches}
    assert {"traffic:leave", "traffic:stop", "release:start", "routing:rejoin", "restoring:start_prior"} <= touching
    assert not any(mark.touches for _, _, mark in LIBRARY if mark.kind != "step")


def test_the_rotation_runs_from_leaving_to_returning() -> None:
    assert {n for n, _, m in LIBRARY if m.leaves_rotation} == {"traffic:leave", "restoring:withdraw"}
    assert {n for n, _, m in LIBRARY if m.returns_to_rotation} == {"routing:rejoin", "restoring:rejoin_prior"}


def test_importing_the_library_brings_no_event_loop() -> None:
    names = ", ".join(f"rollbook.steps.{m}" for m in MODULES)
    heavy = "{'asyncio', 'httpx', 'sqlalchemy', 'dbos', 'rich', 'xml.etree.ElementTree', 'packaging.requirements'}"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {names}; print(sorted({heavy} & set(sys.modules)))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


CONDITIONS = re.compile(r"[<>＜＞=]|为 (?:true|false)|低于|^\S+: ")


def bullets(text: str, start: str, end: str) -> list[str]:
    body = text[text.index(start) : text.index(end)]
    return [m[1].strip() for m in re.finditer(r"^\s*[-*] (.+)$", body, re.MULTILINE)]


def test_every_statement_of_the_seed_template_is_known(seed_w: Path) -> None:
    text = seed_w.read_text("utf-8")
    known = {phrase_of(pattern)[0] for _, _, mark in LIBRARY for pattern in mark.phrases}
    said = [b for b in bullets(text, "## 工作流步骤", "## 使用示例") if not CONDITIONS.search(b.lstrip("✅ "))]
    assert len(said) > 40
    assert [b for b in said if phrase_of(b)[0] not in known] == []


@pytest.mark.parametrize(
    "quantity", ["测试通过率", "响应时间", "错误率", "test pass rate", "response time", "error rate"]
)
def test_every_quantity_of_the_seed_template_is_measured(quantity: str) -> None:
    measured = {phrase_of(p)[0] for _, _, mark in LIBRARY if mark.kind == "measure" for p in mark.phrases}
    assert phrase_of(quantity)[0] in measured
