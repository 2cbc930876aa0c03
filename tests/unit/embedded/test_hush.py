"""The keeper of an instance with secrets: they stay out of its log, and nothing else changes (M5)."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollbook.adapters.embedded import processes
from rollbook.adapters.embedded.hushing import hushed
from rollbook.adapters.embedded.oci import files_of
from rollbook.values import Secret

SECRET = "canary-w0rd ä/7"
LIMIT_S = 60.0
LOOK_S = 0.01


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    asyncio.run(processes.end(tmp_path, 1.0))


def start(home: Path, code: str) -> None:
    with hushed((Secret("WORD", SECRET),)) as keeper:
        argv = (*keeper.argv, sys.executable, "-I", "-c", code)
        processes.spawn(home, argv, environment={"WORD": SECRET, **keeper.environment}, passed=keeper.passed)


def log_with(home: Path, end: bytes) -> bytes:
    """The log once `end` is in it."""
    give_up = time.monotonic() + LIMIT_S
    while end not in (said := (home / "log").read_bytes()):
        assert time.monotonic() < give_up, said
        time.sleep(LOOK_S)
    return said


def test_m05_a_secret_written_letter_by_letter_is_not_in_the_log(home: Path) -> None:
    code = "import os, sys\nfor c in os.environ['WORD']: sys.stdout.write(c); sys.stdout.flush()\nprint('. end')"
    start(home, code)
    assert log_with(home, b". end") == b"[secret WORD]. end\n"


def test_m05_bytes_that_are_no_text_come_out_as_they_went_in(home: Path) -> None:
    start(home, "import os\nos.write(1, bytes(range(256)))\nos.write(2, b'\\xff end\\n')")
    assert log_with(home, b"\xff end\n") == bytes(range(256)) + b"\xff end\n"


def test_m05_neither_the_list_of_secrets_nor_its_file_reaches_the_program(home: Path) -> None:
    code = "import os\nprint([os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd') if n not in '012'"
    start(home, code + " and os.path.exists(f'/proc/self/fd/{n}')], 'ROLLBOOK_HUSH' in os.environ, 'end')")
    said = log_with(home, b"end")
    assert b"memfd" not in said
    assert b"False end" in said
    assert str(home / "lock").encode() in said, "the program holds the lock, as without a keeper"


def test_f07_asked_to_end_the_program_finishes_and_is_heard_to_its_last_word(home: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "def end(*_):\n    print('bye', os.environ['WORD'], flush=True)\n    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\nprint('up', flush=True)\nwhile True: signal.pause()"
    )
    start(home, code)
    log_with(home, b"up")
    assert processes.runs(home)
    asyncio.run(processes.end(home, LIMIT_S))
    assert not processes.runs(home)
    assert (home / "log").read_bytes() == b"up\nbye [secret WORD]\n"


def test_f08_when_the_program_dies_so_does_its_keeper(home: Path) -> None:
    start(home, "import os\nprint(os.environ, flush=True)\nos._exit(9)")
    assert asyncio.run(processes.until_ended(home, LIMIT_S))
    assert b"'WORD': '[secret WORD]'" in (home / "log").read_bytes()


def test_m05_settings_of_environments_stay_out_of_images(tmp_path: Path) -> None:
    for name in (".env", ".env.prod", ".env.example", "app.env", "deep/.env.qa", "main.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("A=b\n")
    assert set(files_of(tmp_path)) == {".env.example", "app.env", "main.py"}
