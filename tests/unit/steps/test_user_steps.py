"""A project's own steps: plain functions that import what they need from `rollbook` and are tested by calling them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import rollbook
from rollbook.binding.library import Library
from rollbook.model.phrases import phrase_of

STEPS = '''
from __future__ import annotations

from rollbook import Balancer, Counts, Duration, Host, Percent, RunInfo, Server, Verdict, check, measure, pure, step


@step("验证数据库迁移（最多{limit}）", "verify the database migration (at most {limit})", effect=pure)
async def migration(servers: list[Server], host: Host, limit: Duration) -> str:
    """See that every server knows the new schema."""
    return f"{len(servers)} servers within {limit}"


@check("库存至少{share}可用")
async def stock(run: RunInfo, share: Percent) -> Verdict:
    """Enough of the stock can be sold."""
    return Verdict.ok() if share.fraction < 0.9 else Verdict.bad("too little")


@measure("购物车错误率", "cart error rate")
async def carts(balancer: Balancer) -> Counts:
    """Carts that were lost."""
    return Counts(1000, 2)


@check("no serious code issues")
async def ours() -> Verdict:
    """Our own meaning of a built-in phrase."""
    return Verdict.ok()
'''


def library(tmp_path: Path) -> Library:
    (tmp_path / "rollbook_steps.py").write_text(STEPS, "utf-8")
    return Library.built_in().with_project(tmp_path)


def test_a_project_adds_phrases_with_the_words_of_the_package_alone(tmp_path: Path) -> None:
    found = library(tmp_path).find(phrase_of("验证数据库迁移（最多90秒）")[0])
    assert found is not None
    assert (found.origin, found.mark.effect) == ("project", "pure")


def test_a_projects_own_meaning_comes_before_the_built_in_one(tmp_path: Path) -> None:
    found = library(tmp_path).find(phrase_of("No serious code issues")[0], ("check",))
    assert found is not None
    assert (found.origin, found.binding.startswith("rollbook.")) == ("project", False)


def test_a_step_stays_the_plain_function_that_its_author_wrote(tmp_path: Path) -> None:
    ours = library(tmp_path)
    found = ours.find(phrase_of("库存至少80%可用")[0], ("check",))
    assert found is not None
    verdict = asyncio.run(ours.load(found.binding)(run=None, share=rollbook.Percent(0.8)))
    assert verdict.passed


def test_every_word_of_the_package_is_there() -> None:
    assert [name for name in rollbook.__all__ if not hasattr(rollbook, name)] == []


def test_a_word_that_is_not_there_is_an_attribute_error() -> None:
    assert not hasattr(rollbook, "no_such_word")
