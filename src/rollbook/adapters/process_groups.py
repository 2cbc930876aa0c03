"""Groups of processes: ended as a whole, and seen to be gone (F7)."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

from rollbook.problems import Unreachable
from rollbook.values import Words

GRACE_S = 2.0
"""Between asking a group of processes to end and ending it."""
DEAD_WITHIN_S = 5.0
POLL_S = 0.01


async def end_group(process: asyncio.subprocess.Process) -> None:
    """End whatever is left of the process' group, and see that it is gone (F7)."""
    if process.returncode is None and _signal(process.pid, signal.SIGTERM):
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE_S)
    _signal(process.pid, signal.SIGKILL)
    await process.wait()
    if not await _gone(process.pid):
        raise Unreachable(
            Words(f"processes of group {process.pid} could not be ended", f"无法结束进程组 {process.pid} 中的进程")
        )


async def _gone(group: int) -> bool:
    """Whether no process of the group is alive, looked at until it is so or the bound is reached."""
    waited = 0.0
    while _signal(group, 0) and _lives(group):
        if waited >= DEAD_WITHIN_S:
            return False
        await asyncio.sleep(POLL_S)
        waited += POLL_S
    return True


def _lives(group: int) -> bool:
    """Whether a member still runs: one that is dead and waits for its parent to notice does not (Linux tells them
    apart; elsewhere every member counts)."""
    processes = Path("/proc")
    if not (processes / "self" / "stat").exists():
        return True
    return any(_alive_in(group, entry) for entry in processes.iterdir() if entry.name.isdigit())


def _alive_in(group: int, entry: Path) -> bool:
    try:
        state, _, member_of = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
    except (OSError, ValueError):
        return False
    return int(member_of) == group and state not in ("Z", "X")


def _signal(group: int, number: int) -> bool:
    """Send a signal to a process group; False when there is no such group."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
