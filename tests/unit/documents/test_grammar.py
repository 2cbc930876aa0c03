"""The tables of the condition grammar are what lark makes of it."""

from __future__ import annotations

import subprocess
import sys

from rollbook.documents.grammar import conditions
from rollbook.documents.grammar.tables import make


def test_the_committed_tables_are_those_of_the_grammar() -> None:
    assert conditions() == make()


def test_reading_does_not_import_lark(seed_w: object) -> None:
    code = (
        "import sys; from rollbook.documents import load, read; read(load(sys.argv[1]));"
        "sys.exit(any(m in sys.modules for m in ('lark', 'asyncio', 'httpx', 'sqlalchemy', 'rich', 'dbos')))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(seed_w)], check=False).returncode == 0
