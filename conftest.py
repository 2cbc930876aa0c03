"""What holds for every test, wherever it stands.

- With ROLLBOOK_REQUIRE_ALL=1 (CI) a test that skips because something is missing fails: a green run then means that
  everything ran. Only the seeds may be absent, since they are not part of the repository.
- HYPOTHESIS_PROFILE=soak generates 1,000 cases wherever a test does not say how many.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("soak", max_examples=1000, deadline=None, derandomize=False)
if profile := os.environ.get("HYPOTHESIS_PROFILE"):
    settings.load_profile(profile)

REQUIRE_ALL = os.environ.get("ROLLBOOK_REQUIRE_ALL") == "1"
MAY_BE_ABSENT = "the seed documents are not in ../shared/seeds"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    refuse_skip(report)
    return report


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure where everything is required; an expected failure is not a skip."""
    if not (REQUIRE_ALL and report.skipped) or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if MAY_BE_ABSENT not in reason:
        report.outcome = "failed"
        report.longrepr = f"everything is required here (ROLLBOOK_REQUIRE_ALL=1), but: {reason}"
