"""The embedded site as it stands: servers, what each runs, and what its client was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from rollbook.ports import Endpoint, HostState
from rollbook.values import Words
from rollbook.views.columns import in_columns
from rollbook.views.pretty import pretty
from rollbook.views.wording import percent


class Server(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def release(self) -> str: ...
    @property
    def state(self) -> HostState: ...
    @property
    def endpoints(self) -> Sequence[Endpoint]: ...


class Status(Protocol):
    @property
    def up(self) -> bool: ...
    @property
    def address(self) -> str: ...
    @property
    def servers(self) -> Sequence[Server]: ...
    @property
    def load(self) -> bool: ...
    @property
    def client(self) -> Mapping[str, int]: ...


def render(status: Status, form: str, language: str) -> str:
    if form == "json":
        return pretty(_json(status))
    return "\n".join(_lines(status, language))


def _json(status: Status) -> dict[str, object]:
    servers = [
        {
            "name": server.name,
            "release": server.release,
            "instances": [
                {"generation": i.generation, "tag": i.image.tag, "running": i.running, "ready": i.ready}
                for i in server.state.instances
            ],
            "endpoints": [
                {"generation": e.generation, "weight": e.weight, "state": e.state, "active": e.active}
                for e in server.endpoints
            ],
        }
        for server in status.servers
    ]
    client = dict(status.client)
    return {"up": status.up, "address": status.address, "load": status.load, "client": client, "servers": servers}


def _lines(status: Status, language: str) -> Iterator[str]:
    def say(en: str, zh: str) -> str:
        return Words(en, zh).said(language)

    yield (
        say(f"up at http://{status.address}", f"运行于 http://{status.address}") if status.up else say("down", "未运行")
    )
    total = sum(e.weight for server in status.servers for e in server.endpoints if e.state == "in") or 1.0
    rows = []
    for server in status.servers:
        weight = sum(e.weight for e in server.endpoints if e.state == "in") / total
        rows.append((server.name, server.release or "-", percent(weight)))
    yield from in_columns(rows)
    sent, failed = status.client.get("sent", 0), status.client.get("failed", 0)
    yield say(f"client: {sent} requests sent, {failed} failed", f"客户端：发出 {sent} 个请求，失败 {failed} 个")
