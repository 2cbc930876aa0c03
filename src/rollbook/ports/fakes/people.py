"""Where a simulated run tells people: messages, the deployment record, the run's report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rollbook.ports import Message
from rollbook.ports.fakes.faults import Touch

if TYPE_CHECKING:
    from rollbook.ports.fakes.site import FakeSite


class FakeNotifier:
    """`messages` are the ones delivered through this fake, each key once."""

    def __init__(self, site: FakeSite) -> None:
        self._site = site
        self.messages: list[Message] = []

    async def send(self, message: Message) -> None:
        touch = Touch("notifier", "send")
        half = self._site.before(touch)
        if message.key not in self._site.world.sent and not half:
            sent = tuple(sorted((*self._site.world.sent, message.key)))
            self._site.world = msgspec.structs.replace(self._site.world, sent=sent)
            self.messages.append(message)
        self._site.after(touch, half)


class FakeRecords:
    """`texts` are the entries appended through this fake."""

    def __init__(self, site: FakeSite) -> None:
        self._site = site
        self.texts: list[str] = []

    async def append(self, key: str, text: str) -> None:
        touch = Touch("records", "append")
        half = self._site.before(touch)
        if key not in self._site.world.recorded and not half:
            recorded = tuple(sorted((*self._site.world.recorded, key)))
            self._site.world = msgspec.structs.replace(self._site.world, recorded=recorded)
            self.texts.append(text)
        self._site.after(touch, half)


class FakeReports:
    def __init__(self, site: FakeSite) -> None:
        self._site = site

    async def write(self) -> str:
        touch = Touch("reports", "write")
        half = self._site.before(touch)
        self._site.after(touch, half)
        return "report.md"
