"""HTTP GET on loopback, many at once and cheap: probes, Envoy's admin page and the load generator share it.

A general client costs about a millisecond of processor time a request; the generator alone sends 120 a second beside
everything else on a small machine, and hundreds of probes run side by side.
"""

from __future__ import annotations

import asyncio
import json
import time

import msgspec

from rollbook.values import Json

HOST = "127.0.0.1"
LOST = (OSError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, IndexError)
"""What a broken connection or an unreadable answer raises."""


class Answer(msgspec.Struct, frozen=True):
    """`status` 0: no answer, and `error` says why. `seconds` from the first byte sent to the last one read."""

    status: int
    body: bytes = b""
    seconds: float = 0.0
    error: str = ""

    def json(self) -> Json:
        """The decoded body; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


async def get(port: int, path: str, limit_s: float) -> Answer:
    """One request on a connection of its own. Never raises: no answer within the limit has status 0."""
    line = Line(port)
    try:
        return await line.get(path, limit_s)
    finally:
        line.close()


class Line:
    """A connection that is kept: one request after the other; opened again after it broke."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def get(self, path: str, limit_s: float) -> Answer:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(limit_s):
                status, body = await self._ask(path)
        except TimeoutError:
            self.close()
            return Answer(0, b"", time.perf_counter() - started, f"no answer within {limit_s:g} s")
        except LOST as error:
            self.close()
            return Answer(0, b"", time.perf_counter() - started, str(error) or type(error).__name__)
        return Answer(status, body, time.perf_counter() - started)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _ask(self, path: str) -> tuple[int, bytes]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(HOST, self.port)
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: rollbook\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
        body = await _body(self._reader, headers)
        if headers.get("connection") == "close":
            self.close()
        return int(head[0].split(" ")[1]), body


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    chunks = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        chunks.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return b"".join(chunks)
