"""What a process uses, from Linux's /proc: processor over its life, memory now."""

from __future__ import annotations

import os
from pathlib import Path

START, USER, SYSTEM, RESIDENT = 19, 11, 12, 21
"""Fields of /proc/PID/stat, counted behind the name in brackets (proc(5): 22, 14, 15, 24)."""


def used_by(process: int) -> tuple[float, float]:
    """Cores (on average since it started) and bytes; nothing of a process that has ended."""
    try:
        stat = (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()
        uptime = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0.0, 0.0
    ticks = os.sysconf("SC_CLK_TCK")
    lived = max(1.0 / ticks, uptime - int(stat[START]) / ticks)
    worked = (int(stat[USER]) + int(stat[SYSTEM])) / ticks
    return worked / lived, float(int(stat[RESIDENT]) * os.sysconf("SC_PAGE_SIZE"))
