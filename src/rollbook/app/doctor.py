"""Use case: does this machine have what Rollbook needs? Looks only."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from rollbook.problems import RollbookError
from rollbook.values import Words
from rollbook.views.doctor import Finding

OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE = (3, 42)
"""What DBOS asks of the queues' database."""
RUN_MODULES = ("dbos", "sqlalchemy", "httpx", "apprise", "opentelemetry.sdk", "jinja2")
DEMO_MODULES = ("uvicorn", "ruff", "bandit", "pytest", "pytest_cov")
RUN_HINT = Words("pip install 'rollbook[run]'", "pip install 'rollbook[run]'")
DEMO_HINT = Words("pip install 'rollbook[demo]'", "pip install 'rollbook[demo]'")


def examine(site: str = "") -> tuple[Finding, ...]:
    """Everything that is there or missing, in the order in which one would put it right."""
    return tuple(_findings(site))


def _findings(site: str) -> Iterator[Finding]:
    version = platform.python_version()
    yield Finding(Words("Python ≥ 3.11", "Python ≥ 3.11"), sys.version_info >= OLDEST_PYTHON, version)
    yield from (_module(name, RUN_HINT) for name in RUN_MODULES)
    yield _sqlite()
    yield from (_module(name, DEMO_HINT) for name in DEMO_MODULES)
    yield _envoy()
    yield _site(site)
    yield from _secrets(site)
    yield _state_directory()


def _module(name: str, hint: Words) -> Finding:
    found = find_spec(name.partition(".")[0]) is not None and find_spec(name) is not None
    return Finding(Words(name, name), found, "", Words("", "") if found else hint)


def _sqlite() -> Finding:
    try:
        sqlite = import_module("pysqlite3")
    except ImportError:
        sqlite = import_module("sqlite3")
    good = tuple(map(int, sqlite.sqlite_version.split(".")[:2])) >= OLDEST_SQLITE
    hint = Words("", "") if good else Words("pip install pysqlite3-binary", "pip install pysqlite3-binary")
    return Finding(Words("SQLite ≥ 3.42", "SQLite ≥ 3.42"), good, sqlite.sqlite_version, hint)


def _envoy() -> Finding:
    name = Words("Envoy", "Envoy")
    try:
        from rollbook.adapters.embedded.envoy_process import envoy_binary

        return Finding(name, True, str(envoy_binary()))
    except ImportError:
        return Finding(name, False, "", DEMO_HINT)
    except RollbookError as missing:
        return Finding(name, False, missing.words.en, DEMO_HINT)


def _site(named: str) -> Finding:
    from rollbook.planning.sites import load_site

    name = Words("site file", "站点文件")
    try:
        found = load_site(named)
    except RollbookError as wrong:
        return Finding(name, False, wrong.words.en, Words("see `rollbook check`", "见 `rollbook check`"))
    return Finding(name, True, found.path or found.name)


def _secrets(named: str) -> Iterator[Finding]:
    """Every place that the site names for secrets, asked for one that nobody has."""
    from rollbook.planning.sites import load_site
    from rollbook.providing import examined

    try:
        site = load_site(named)
    except RollbookError:
        return
    for place, wrong in examined(site):
        name = Words(f"secrets: {place}", f"密钥：{place}")
        yield Finding(name, wrong is None, wrong.words.en if wrong else "", wrong.hint if wrong else Words("", ""))


def _state_directory() -> Finding:
    """The nearest directory that exists must be writable: journal and reports are made in it."""
    here = Path(".rollbook") if Path(".rollbook").is_dir() else Path()
    return Finding(Words("state directory writable", "状态目录可写"), os.access(here, os.W_OK), str(here.resolve()))
