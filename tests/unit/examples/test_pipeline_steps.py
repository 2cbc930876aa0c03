"""The steps of the example pipeline are plain functions: called here without Rollbook."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from rollbook import StepFailed

DAY, SHOPS = "2026-03-02", ["north", "south"]


@pytest.fixture
def steps(examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_steps", examples / "rollbook_steps.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "WORK", tmp_path / "sales")
    return module


async def test_a_day_is_loaded_once_however_often_it_is_run(steps: ModuleType) -> None:
    for _ in range(2):
        for shop in SHOPS:
            await steps.land(shop, DAY)
        await steps.stage(DAY)
        await steps.swap(DAY)
        await steps.merge(SHOPS)
    assert (await steps.all_delivered(SHOPS, DAY)).passed
    assert (await steps.complete(DAY)).passed
    assert (await steps.duplicate_rate(DAY)).events == 0
    assert (await steps.null_rate(DAY)).events == 0


async def test_a_missing_shop_is_seen(steps: ModuleType) -> None:
    await steps.land("north", DAY)
    assert (await steps.missing_shops(SHOPS, DAY)).value == 1
    assert not (await steps.all_delivered(SHOPS, DAY)).passed


async def test_a_day_that_moved_too_far_is_refused(steps: ModuleType) -> None:
    assert "within" in await steps.compare(SHOPS, DAY, 0.5)
    with pytest.raises(StepFailed):
        await steps.compare(SHOPS, DAY, 0.01)


async def test_a_file_that_is_not_there_is_refused(steps: ModuleType) -> None:
    with pytest.raises(StepFailed):
        await steps.read_sales("west", DAY)
