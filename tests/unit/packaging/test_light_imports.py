"""`check` and `plan` start from cold in a quarter of a second: they load nothing that only a run needs.

The benchmark measures the time; this test names the module that a change has dragged in.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "apprise", "asyncio", "dbos", "envoy", "httpx", "jinja2", "lark", "multiprocessing", "opentelemetry", "rich",
    "sqlalchemy", "unittest", "uvicorn",
)  # fmt: skip
DOCUMENT = Path(__file__).parents[3] / "examples" / "release.en.md"
SECRETS = Path(__file__).parents[2] / "corpus" / "deploy-notify.en" / "document.md"
"""Asks whether its secrets are there."""
GIVEN = ["-p", "environment=staging", "-p", "version=v3.4.0", "-p", "servers=[shop-1, shop-2, shop-3]"]
COMMANDS = {
    "check": ["check", str(DOCUMENT)],
    "plan": ["plan", str(DOCUMENT), "--site", "embedded", *GIVEN],
    "plan with secrets": ["plan", str(SECRETS), "--site", "embedded", "--manual", *GIVEN[2:4], "-p", "environment=dev"],
    "help": ["--help"],
    "explain": ["explain", "outage"],
    "steps": ["steps"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_that_only_read_load_nothing_that_only_a_run_needs(name: str, tmp_path: Path) -> None:
    code = (
        "import sys; from rollbook.cli import main\n"
        f"code = main({COMMANDS[name]!r})\n"
        f"sys.exit(code or ', '.join(m for m in {HEAVY!r} if m in sys.modules) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
