"""Plans of a deployment document survive every failure: its canary, its migration, its people."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.binding.library import Library
from rollbook.documents import load, read
from rollbook.drivers.rehearsal import rehearse
from rollbook.model.site import Site
from rollbook.model.workflow import Document, Workflow
from rollbook.planning.plan import make_plan


def document_of(path: Path) -> Document:
    document = read(load(str(path))).document
    assert document is not None
    return document


@pytest.mark.parametrize("environment", ["DEV", "QA", "PROD"])
def test_no_failure_of_a_deployment_document_breaks_an_invariant(seed_d: Path, environment: str) -> None:
    library = Library.built_in()
    plan = make_plan(
        [document_of(seed_d)], {"environment": environment, "version": "v2"}, Site.embedded(), library=library
    )
    found = rehearse(plan, library, 1)
    assert found.complete
    assert found.violations == ()
    assert {"succeeded", "rolled_back", "failed", "frozen"} <= set(found.ends)


def test_m32_both_documents_with_their_canary_break_no_invariant(seed_d: Path, seed_w_model: Workflow) -> None:
    library = Library.built_in()
    given = {"environment": "production", "version": "v2", "servers": "[a, b, c]"}
    plan = make_plan([seed_w_model, document_of(seed_d)], given, Site.embedded(), library=library)
    assert all(wave.canary for wave in plan.waves)
    found = rehearse(plan, library, 1)
    assert found.violations == ()
    assert found.ends["succeeded"] > 0
