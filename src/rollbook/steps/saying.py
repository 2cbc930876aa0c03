"""What a step says about its work, in the language of the run."""

from __future__ import annotations

from rollbook.values import Json, RunInfo, Words


def said(run: RunInfo, en: str, zh: str) -> str:
    """One of the two texts."""
    return Words(en, zh).said(run.language)


def setting(run: RunInfo, name: str, default: float) -> float:
    """A number that the plan took from the site."""
    value: Json = run.settings.get(name)
    return default if value is None else float(value)


def count_of(run: RunInfo, fact: str) -> int | None:
    """A whole number that an earlier step of this run found out; None when none did."""
    value: Json = run.facts.get(fact)
    return None if value is None else int(value)
