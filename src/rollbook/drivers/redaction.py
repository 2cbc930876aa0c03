"""Secrets are taken out of whatever is kept or shown (M5): journal, reports, output, whatever their spelling.

A redactor knows the secrets that were asked for so far, and looks for each as it is, quoted for URLs, JSON and Python,
as hexadecimal digits, and inside base64 at each of its three alignments. Independently of them, a password in a URL
goes.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any, Final, TypeVar
from urllib.parse import quote, quote_plus, unquote, urlsplit

import msgspec

from rollbook.ports import Secrets
from rollbook.values import Secret

SHORTEST: Final = 4
"""Characters; what is shorter would take ordinary words out of every text."""
SHORTEST_ENCODED: Final = 8
PASSWORD: Final = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*):([^\s/@]+)@", re.IGNORECASE)
T = TypeVar("T")


class Redactor:
    def __init__(self) -> None:
        self._forms: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self.longest = 0
        """Characters of the longest form."""

    def add(self, secret: Secret) -> None:
        for form in forms(secret.reveal()):
            self._forms.setdefault(form, secret.name)
        ordered = sorted(self._forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self.longest = len(ordered[0]) if ordered else 0

    def text(self, text: str) -> str:
        return PASSWORD.sub(r"\1:[secret]@", self._pattern.sub(self._mark, text) if self._pattern else text)

    def struct(self, value: T) -> T:
        """A struct with every text in it redacted."""
        return msgspec.convert(self._walked(msgspec.to_builtins(value)), type(value))

    def stream(self) -> Stream:
        return Stream(self)

    def settled(self, text: str, upto: int) -> tuple[str, int]:
        """What of `text` is sure, redacted, and where the rest begins: no form that starts before `upto` is open."""
        said, at = [], 0
        for found in self._pattern.finditer(text) if self._pattern else ():
            if found.start() >= upto:
                break
            said += [text[at : found.start()], self._mark(found)]
            at = found.end()
        return "".join([*said, text[at:upto]]), max(at, upto)

    def _mark(self, found: re.Match[str]) -> str:
        return f"[secret {self._forms[found.group()]}]"

    def _walked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list | tuple):
            return [self._walked(v) for v in value]
        if isinstance(value, dict):
            return {self._walked(k): self._walked(v) for k, v in value.items()}
        return value


class Stream:
    """Text that comes in chunks: what could be the beginning of a secret is held back until it is known."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""

    def feed(self, chunk: str) -> str:
        """What may be shown now."""
        text = self._held + chunk
        said, at = self._redactor.settled(text, max(0, len(text) - max(0, self._redactor.longest - 1)))
        self._held = text[at:]
        return said

    def end(self) -> str:
        """The rest."""
        said, self._held = self._redactor.text(self._held), ""
        return said


class KnownSecrets:
    """A provider whose answers the redactor learns before anybody else sees them."""

    def __init__(self, provider: Secrets, redactor: Redactor) -> None:
        self._provider = provider
        self._redactor = redactor

    async def get(self, name: str) -> Secret:
        secret = await self._provider.get(name)
        self._redactor.add(secret)
        return secret


def forms(value: str) -> frozenset[str]:
    """Every spelling under which a secret might be written down."""
    parts = {value, *value.splitlines(), _password(value)}
    plain = {p.strip() for p in parts if len(p.strip()) >= SHORTEST}
    return frozenset(form for part in plain for form in _spellings(part))


def _spellings(value: str) -> Iterator[str]:
    yield value
    yield from (quote(value, safe=""), quote(value), quote_plus(value))
    yield from (_lower_escapes(quote(value, safe="")), _lower_escapes(quote_plus(value)))
    yield from (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1])
    raw = value.encode()
    encoded = (raw.hex(), raw.hex().upper(), *_base64(raw))
    yield from (e for e in encoded if len(e) >= SHORTEST_ENCODED)


def _base64(raw: bytes) -> Iterator[str]:
    """The digits that depend on the value alone, wherever in an encoded text it starts."""
    for before in range(3):
        padded = b"\0" * before + raw
        first, end = -(-before * 8 // 6), len(padded) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(padded).decode()[first:end]


def _lower_escapes(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda found: found.group().lower(), text)


def _password(value: str) -> str:
    """The password of a URL with one; "" for any other value."""
    try:
        return unquote(urlsplit(value).password or "")
    except ValueError:
        return ""
