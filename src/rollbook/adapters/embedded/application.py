"""The example application: what a server of the embedded site runs, one process an instance.

    python -I -S application.py DIRECTORY

DIRECTORY holds `release.json` (what it is) and `configuration.json` (read once, at the start, and reported at
`/config`). The process writes `listening.json` once it answers. It is small because it starts dozens of times in a
test, and stands alone because it plays a program that knows nothing of Rollbook.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

ERROR_SHARE = 0.05
SLOW_S = 0.8
CRASH_AT = 20
GONE_CHECK_S = 2.0
FEATURES = ("search", "cart", "checkout", "login")
STEADY = ("/health/live", "/health/ready")
"""Paths that a misbehaving release still answers as a good one does."""
HEALTH = ("/health", "/health/ready", "/api/health")


def main(directory: str) -> None:
    """Serve until SIGTERM (open requests are finished) or until the directory is gone."""
    application = Application(directory)
    if application.behaviour == "nostart":
        log("fatal: cannot load the payment module: no such file")
        sys.exit(1)
    asyncio.run(application.serve())


class Application:
    """One release on one server. `open` counts requests being answered."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.release = read(directory, "release.json")
        self.configuration = read(directory, "configuration.json")
        self.behaviour = self.release.get("behaviour", "")
        self.requests = 0
        self.open = 0
        self.ending = False
        self.connections: set[Connection] = set()
        self.dice = 12345

    async def serve(self) -> None:
        loop = asyncio.get_running_loop()
        self.done = loop.create_future()
        self.server = await loop.create_server(lambda: Connection(self), "127.0.0.1", 0, backlog=1024)
        loop.add_signal_handler(signal.SIGTERM, self.end)
        loop.call_later(GONE_CHECK_S, self.look_whether_gone)
        self.announce(self.server.sockets[0].getsockname()[1])
        await self.done

    def announce(self, port: int) -> None:
        log(f"release {self.release['version']} ({self.release['tag']}) listens on port {port}")
        temporary = os.path.join(self.directory, f".listening.{os.getpid()}")
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump({"pid": os.getpid(), "port": port}, file)
        os.replace(temporary, os.path.join(self.directory, "listening.json"))

    def end(self) -> None:
        """Take no more connections, close the idle ones, and stop when the last open request is answered."""
        log(f"asked to stop with {self.open} open requests")
        self.ending = True
        self.server.close()
        for connection in tuple(self.connections):
            connection.close_if_idle()
        self.stop_if_idle()

    def stop_if_idle(self) -> None:
        if self.ending and self.open == 0 and not self.done.done():
            log("stopped")
            self.done.set_result(None)

    def look_whether_gone(self) -> None:
        if not os.path.exists(os.path.join(self.directory, "release.json")):
            os._exit(0)
        asyncio.get_running_loop().call_later(GONE_CHECK_S, self.look_whether_gone)

    # -- answering

    def seconds(self, path: str) -> float:
        """How long the answer to `path` takes."""
        if self.behaviour == "slow" and path not in STEADY:
            return SLOW_S
        if path.startswith("/slowish"):
            return 0.02 + 0.03 * self.chance()
        return 0.002 if path == "/" else 0.0

    def answer(self, path: str) -> tuple[int, Any]:
        """Status and JSON body for one request."""
        self.requests += 1
        if self.behaviour == "crash" and self.requests >= CRASH_AT:
            log(f"environment: {dict(os.environ)}")
            log(f"fatal: out of handles at request {self.requests}")
            os._exit(1)
        if self.behaviour == "errors" and path not in STEADY and self.chance() < ERROR_SHARE:
            log(f"error: {path}: the inventory answered nonsense")
            return 500, {"status": "error", "path": path}
        if self.behaviour == "notready" and path in HEALTH:
            return 503, {"status": "starting", "waiting_for": "cache"}
        return self.content(path)

    def content(self, path: str) -> tuple[int, Any]:
        about = {name: self.release[name] for name in ("version", "tag", "digest", "generation", "server")}
        health = {"status": "ok", **about, "configuration": self.configuration}
        if path in ("/", "/slowish") or path.startswith("/products/"):
            return 200, {"status": "ok", "version": self.release["version"], "server": self.release["server"]}
        if path in (*HEALTH, "/health/live"):
            return 200, health
        known: dict[str, Any] = {
            "/version": about,
            "/config": {"generation": self.release["generation"], "configuration": self.configuration},
            "/features": {"features": FEATURES},
        }
        known |= {f"/features/{name}": {"status": "ok", "feature": name} for name in FEATURES}
        return (200, known[path]) if path in known else (404, {"status": "not found", "path": path})

    def chance(self) -> float:
        """A number from 0 to 1, the same sequence in every process: failures can be had again."""
        self.dice = (self.dice * 1103515245 + 12345) % 2**31
        return self.dice / 2**31


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive: one request after the other."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.buffer = b""
        self.busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.application.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.application.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.next_request()

    def next_request(self) -> None:
        """Take the next whole request from the buffer, if there is one and none is being answered."""
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if self.busy or not found:
            return
        lines = head.decode("latin-1").split("\r\n")
        headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        self.begin(lines[0].split(" ")[1].partition("?")[0], headers.get("connection", "").lower() == "close")

    def begin(self, path: str, last: bool) -> None:
        self.busy = True
        self.application.open += 1
        seconds = self.application.seconds(path)
        finish: Callable[[], None] = lambda: self.finish(path, last)  # noqa: E731
        if seconds:
            asyncio.get_running_loop().call_later(seconds, finish)
        else:
            finish()

    def finish(self, path: str, last: bool) -> None:
        status, body = self.application.answer(path)
        content = json.dumps(body, ensure_ascii=False).encode()
        last = last or self.application.ending
        closing = "Connection: close\r\n" if last else ""
        head = (
            f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n{closing}\r\n"
        )
        self.transport.write(head.encode() + content)
        self.busy = False
        self.application.open -= 1
        if last:
            self.transport.close()
        else:
            self.next_request()
        self.application.stop_if_idle()

    def close_if_idle(self) -> None:
        if not self.busy:
            self.transport.close()


def read(directory: str, name: str) -> Any:
    with open(os.path.join(directory, name), encoding="utf-8") as file:
        return json.load(file)


def log(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
