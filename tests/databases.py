"""A PostgreSQL of the tests' own: a temporary cluster behind a socket file, ended with the session."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

USER = "postgres"


@contextmanager
def postgresql() -> Iterator[str]:
    """A SQLAlchemy URL. Skips where PostgreSQL is not installed."""
    programs = programs_directory()
    home = Path(tempfile.mkdtemp(prefix="rollbook-pg-"))
    try:
        _give_to_user(home)
        data, log = home / "data", home / "log"
        _run(programs / "initdb", "-D", str(data), "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories='{home}' -c max_connections=50"
        _run(programs / "pg_ctl", "-D", str(data), "-l", str(log), "-o", options, "-w", "start")
        try:
            yield f"postgresql+psycopg://{USER}@/{USER}?host={home}"
        finally:
            _run(programs / "pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home)


def programs_directory() -> Path:
    found = shutil.which("initdb") or next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None)
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    if os.geteuid() == 0 and not _has_user():
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    return Path(found).resolve().parent


def _run(program: Path, *arguments: str) -> None:
    as_user = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    subprocess.run([*as_user, str(program), *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/")


def _give_to_user(home: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(home, USER)


def _has_user() -> bool:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return True
