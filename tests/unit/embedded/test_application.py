"""The example application and the probing client speak HTTP with each other, however the bytes are cut."""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import asynccontextmanager

import pytest

from rollbook.adapters.embedded import processes
from rollbook.adapters.embedded.application import Application, Connection
from rollbook.adapters.embedded.exchange import Line, get
from rollbook.adapters.embedded.files import read_json, write_json
from rollbook.adapters.embedded.host import APPLICATION

RELEASE = {"version": "v1", "tag": "app:v1", "digest": "sha256:0", "generation": "g", "server": "服务器 1"}


@asynccontextmanager
async def application(home, behaviour=""):
    write_json(home / "release.json", {**RELEASE, "behaviour": behaviour})
    write_json(home / "configuration.json", {"语言": "中文"})
    processes.spawn(home, (sys.executable, "-I", "-S", str(APPLICATION), str(home)))
    try:
        while not (home / "listening.json").exists():
            assert processes.runs(home), (home / "log").read_text()
            await asyncio.sleep(0.01)
        yield read_json(home / "listening.json")["port"]
    finally:
        await processes.end(home, 5.0)


@pytest.fixture
def home(tmp_path):
    return tmp_path / "instance"


async def test_requests_cut_into_bytes_or_sent_together_are_all_answered(home):
    async with application(home) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        request = b"POST /config HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        for byte in request:
            writer.write(bytes([byte]))
            await writer.drain()
        writer.write(
            request + request.replace(b"/config", b"/slowish") + b"GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n"
        )
        answers = (await reader.read(-1)).decode()
        writer.close()
    assert re.findall(r"HTTP/1.1 (\d+) ", answers) == ["200", "200", "200", "404"]
    assert answers.count("中文") == 2


async def test_a_kept_connection_serves_many_requests_and_is_opened_again_when_it_broke(home):
    async with application(home) as port:
        line = Line(port)
        assert [(await line.get("/", 5.0)).status for _ in range(50)] == [200] * 50
        await processes.end(home, 5.0)
        assert (await line.get("/", 5.0)).status == 0
        line.close()


class Wire:
    """What a connection writes to."""

    def __init__(self) -> None:
        self.written, self.closed = b"", False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True


async def test_sigterm_closes_idle_connections_and_lets_the_open_request_finish(home):
    async with application(home):
        played = Application(str(home))
    played.done, played.server = asyncio.get_running_loop().create_future(), Wire()
    busy, idle = Connection(played), Connection(played)
    for connection in (busy, idle):
        connection.connection_made(Wire())
    busy.data_received(b"GET /slowish HTTP/1.1\r\n\r\n")
    played.end()
    assert (idle.transport.closed, busy.transport.closed, played.done.done()) == (True, False, False)
    assert played.server.closed, "nobody new is let in"
    await asyncio.wait_for(played.done, 5.0)
    assert busy.transport.written.startswith(b"HTTP/1.1 200 ")
    assert b"Connection: close" in busy.transport.written
    assert busy.transport.closed


async def test_no_answer_has_status_nothing_and_says_why():
    assert (await get(1, "/", 1.0)).status == 0
    silent = await asyncio.start_server(lambda *_: asyncio.sleep(60), "127.0.0.1", 0)
    async with silent:
        answer = await get(silent.sockets[0].getsockname()[1], "/", 0.05)
    assert (answer.status, answer.error) == (0, "no answer within 0.05 s")


async def test_chunked_answers_are_joined():
    async def chunked(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(chunked, "127.0.0.1", 0)
    async with server:
        answer = await get(server.sockets[0].getsockname()[1], "/", 5.0)
    assert (answer.status, answer.body) == (200, b"abcde")
