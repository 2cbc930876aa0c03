"""Where the embedded site tells people: an outbox of messages, and the deployment record."""

from __future__ import annotations

import hashlib
import re
from email.message import EmailMessage
from pathlib import Path

import msgspec

from rollbook.adapters.embedded.files import locked_soon, write_json, write_whole
from rollbook.adapters.embedded.layout import Layout
from rollbook.ports import Message

EMAIL = ("email", "mail", "邮件", "电子邮件")
RECORD_TITLE = "# Deployment record / 部署记录\n"


class Outbox:
    """One file a message: `.eml` for mail, `.json` for every other channel; the same key is written once."""

    def __init__(self, layout: Layout) -> None:
        self._folder = layout.outbox

    async def send(self, message: Message) -> None:
        name = f"{_slug(message.key)}-{hashlib.sha256(message.key.encode()).hexdigest()[:12]}"
        if any((self._folder / f"{name}{ending}").exists() for ending in (".eml", ".json")):
            return
        if message.channel.casefold() in EMAIL:
            write_whole(self._folder / f"{name}.eml", bytes(_mail(message)))
        else:
            write_json(self._folder / f"{name}.json", msgspec.to_builtins(message))


class RecordFile:
    """A Markdown file that only grows; each entry carries its key, so that a repetition is seen."""

    def __init__(self, layout: Layout) -> None:
        self._file: Path = layout.record

    async def append(self, key: str, text: str) -> None:
        mark = f"<!-- rollbook {hashlib.sha256(key.encode()).hexdigest()[:16]} -->"
        async with locked_soon(self._file.with_name(".record.lock")):
            before = self._file.read_text(encoding="utf-8") if self._file.exists() else RECORD_TITLE
            if mark not in before:
                write_whole(self._file, f"{before.rstrip()}\n\n{mark}\n{text.rstrip()}\n".encode())


def _mail(message: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = " ".join(message.subject.split())
    mail["From"] = "Rollbook <rollbook@localhost>"
    mail["To"] = ", ".join(f'"{name}" <{_slug(name)}@localhost>' for name in message.to)
    mail["X-Rollbook-Key"] = " ".join(message.key.split())
    mail.set_content(message.body)
    return mail


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:60] or "x"
