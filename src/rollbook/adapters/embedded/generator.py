"""The load generator: a steady client of the embedded site that counts what it was not answered well.

    python -m rollbook.adapters.embedded.generator DIRECTORY USED ADDRESS RECORD

Sends 120 requests a second through Envoy (ADDRESS is the file that says where it listens), each once, and appends a
line per second to the file RECORD. It ends by itself when its directory is gone, when no run has touched the file USED
for half an hour, and in any case after twelve hours.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from itertools import cycle, takewhile
from pathlib import Path

from rollbook.adapters.embedded.exchange import Answer, Line

REQUESTS_PER_S = 120
IDLE_LIMIT_S = 30 * 60.0
LIFE_LIMIT_S = 12 * 3600.0
ANSWER_LIMIT_S = 10.0
BAD_STATUS = 500
PATHS = ("/", "/slowish", "/products/17", "/", "/features/search", "/slowish", "/products/4", "/version")
"""What it asks for; a quarter of the requests takes 20 to 50 ms, so that a drain has something to wait for."""


async def generate(home: Path, used: Path, address: Path, record: Path) -> None:
    """Send requests at their times, whatever became of the earlier ones (an open loop hides no slowness)."""
    client = Client(address)
    begun = time.monotonic()
    tasks: set[asyncio.Task[None]] = set()
    for number, path in enumerate(cycle(PATHS)):
        await asyncio.sleep(max(0.0, begun + number / REQUESTS_PER_S - time.monotonic()))
        task = asyncio.create_task(client.send(path))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        if number % REQUESTS_PER_S == 0:
            if not wanted(home, used, time.monotonic() - begun):
                break
            append(record, client.second(time.time()))
    await asyncio.gather(*tasks)
    append(record, client.second(time.time()))


class Client:
    """Counts of the second that is running, and connections that are free."""

    def __init__(self, address: Path) -> None:
        self.address = address
        self.free: list[Line] = []
        self.sent = 0
        self.failed = 0
        self.times: list[float] = []

    async def send(self, path: str) -> None:
        """One request, sent once; a connection is used again only after a whole answer."""
        line = self.free.pop() if self.free else Line(port_in(self.address))
        answer = await line.get(path, ANSWER_LIMIT_S)
        self.count(answer)
        if answer.status:
            self.free.append(line)

    def count(self, answer: Answer) -> None:
        self.sent += 1
        self.failed += answer.status == 0 or answer.status >= BAD_STATUS
        self.times.append(answer.seconds)

    def second(self, now: float) -> dict[str, float]:
        """The counts since the last call, as one line of the record."""
        times, counted = sorted(self.times), (self.sent, self.failed)
        self.sent, self.failed, self.times = 0, 0, []
        p50, p95 = (times[int(len(times) * share)] if times else 0.0 for share in (0.5, 0.95))
        return {"at": now, "sent": counted[0], "failed": counted[1], "p50": round(p50, 4), "p95": round(p95, 4)}


def wanted(home: Path, used: Path, age_s: float) -> bool:
    """Whether anybody still has a use for the load."""
    try:
        return home.exists() and age_s < LIFE_LIMIT_S and time.time() - used.stat().st_mtime < IDLE_LIMIT_S
    except FileNotFoundError:
        return False


def append(file: Path, line: dict[str, float]) -> None:
    """One write to the end of the file, so that a reader never sees half a line followed by another."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    except FileNotFoundError:
        return  # the site's directory is gone; the next look ends the generator
    with os.fdopen(descriptor, "wb", buffering=0) as output:
        output.write(json.dumps(line).encode() + b"\n")


def seconds_in(record: Path, since: float, until: float) -> tuple[dict[str, float], ...]:
    """The record's lines of that time, oldest first; a last one that is still being written is left out."""
    lines = record.read_bytes().split(b"\n")[:-1] if record.exists() else []
    latest_first = (json.loads(line) for line in reversed(lines))
    wanted = takewhile(lambda second: second["at"] >= since, latest_first)
    return tuple(second for second in wanted if second["at"] <= until)[::-1]


def port_in(address: Path) -> int:
    """The port in a file with `host:port`; 1, where nobody listens, while there is no such file."""
    try:
        return int(address.read_text().rpartition(":")[2])
    except (FileNotFoundError, ValueError):
        return 1


if __name__ == "__main__":
    asyncio.run(generate(*(Path(argument) for argument in sys.argv[1:5])))
