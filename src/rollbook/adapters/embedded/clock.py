"""The site's time is the machine's. `--time-scale` shortens soaks and timers in the loop, never a wait in here."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
