"""The site's time: the machine's, with waits scaled where the user asked for it."""

from __future__ import annotations

import asyncio
import time


class ScaledClock:
    """`scale` 0.1 makes a soak of ten minutes last one; it is for soaks and gate timers, never for samples."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._scale)
