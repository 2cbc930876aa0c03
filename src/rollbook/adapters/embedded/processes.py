"""Processes that outlive the command which started them, and are found again by any other.

A process is known by its home directory: it inherits the lock of `HOME/lock` and the kernel holds that lock exactly as
long as the process lives. So there is no moment, between two system calls of a dying engine, in which a process runs
unseen, none can be started twice, and no number of a process that is gone is ever trusted.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rollbook.adapters.locking import try_lock
from rollbook.problems import StepFailed
from rollbook.values import Words

KILL_LIMIT_S = 10.0
TAKE_LIMIT_S = 0.5
POLL_S = 0.005
HOME_VARIABLE = "ROLLBOOK_PROCESS_HOME"
"""Set in each process: with the lock it holds, what it is recognised by."""
DETACH = '"$@" &'
"""Leaves the process to init, so that no engine has to reap it."""


def spawn(
    home: Path,
    argv: Sequence[str],
    log: str = "log",
    environment: Mapping[str, str] | None = None,
    passed: Sequence[int] = (),
) -> bool:
    """Start the home's process in a session of its own, its output appended to `HOME/log`; it inherits the open files
    `passed`. False: it runs already."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("ab") as lock, (home / log).open("ab") as output:
        if runs(home) or not _take(lock.fileno()):
            return False
        subprocess.run(
            ["/bin/sh", "-c", DETACH, "sh", *argv],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=home,
            env={"PATH": os.defpath, **(environment or {}), HOME_VARIABLE: str(home)},
            pass_fds=(lock.fileno(), *passed),
            start_new_session=True,
        )
    return True


def runs(home: Path) -> bool:
    """Whether the home's process lives."""
    try:
        with (home / "lock").open("ab") as lock:
            return not try_lock(lock.fileno(), shared=True)
    except FileNotFoundError:
        return False


def _take(descriptor: int) -> bool:
    """Take the lock that says "it runs". Those who only look hold it for microseconds, so it is tried for a while."""
    give_up = time.monotonic() + TAKE_LIMIT_S
    while not try_lock(descriptor):
        if time.monotonic() > give_up:
            return False
        time.sleep(POLL_S / 5)
    return True


async def until_ended(home: Path, limit_s: float) -> bool:
    """Wait for the process to be gone; False when it lives on at the limit."""
    give_up = time.monotonic() + limit_s
    while runs(home):
        if time.monotonic() > give_up:
            return False
        await asyncio.sleep(POLL_S)
    return True


async def end(home: Path, grace_s: float) -> None:
    """SIGTERM, `grace_s` seconds, SIGKILL; returns when the process is verified dead, else raises StepFailed."""
    _send(home, signal.SIGTERM)
    if await until_ended(home, grace_s):
        return
    _send(home, signal.SIGKILL)
    if not await until_ended(home, KILL_LIMIT_S):
        raise StepFailed(Words(f"the process of {home.name} does not die", f"{home.name} 的进程无法终止"))


def processes_of(home: Path) -> tuple[int, ...]:
    """Ids of the processes that hold the home's lock file open and were started for this home."""
    try:
        wanted = (home / "lock").stat()
    except FileNotFoundError:
        return ()
    numbers = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
    return tuple(n for n in numbers if _belongs(n, home) and _holds(n, wanted))


def _send(home: Path, number: signal.Signals) -> None:
    """Signal exactly the home's processes: looked at again once the kernel has pinned each of them."""
    for process in processes_of(home):
        try:
            pinned = os.pidfd_open(process)
        except ProcessLookupError:
            continue
        try:
            if process in processes_of(home):
                signal.pidfd_send_signal(pinned, number)
        except ProcessLookupError:
            pass  # it ended between the look and the signal: what was wanted
        finally:
            os.close(pinned)


def _belongs(process: int, home: Path) -> bool:
    try:
        variables = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    return os.fsencode(f"{HOME_VARIABLE}={home}") in variables


def _holds(process: int, wanted: os.stat_result) -> bool:
    try:
        opened = [f"/proc/{process}/fd/{number}" for number in os.listdir(f"/proc/{process}/fd")]
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    return any(_is_file(name, wanted) for name in opened)


def _is_file(name: str, wanted: os.stat_result) -> bool:
    """Whether the open file is the wanted one; it may be closed while we look."""
    try:
        found = os.stat(name)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    return (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino)
