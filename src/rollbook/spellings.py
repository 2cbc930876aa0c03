"""How a secret may be spelled where it is written down (M5): as it is, quoted, escaped, as digits, in base64."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus, unquote, urlsplit

from rollbook.hiding import PIECE
from rollbook.values import Secret

SHORTEST: Final = 4
"""Characters; what is shorter would take ordinary words out of every text."""
SHORTEST_ENCODED: Final = 8


def marks_of(secrets: Iterable[Secret]) -> tuple[dict[str, str], dict[str, str]]:
    """What `hiding.Hiding` is made of: spelling → mark, and encoded form → mark."""
    marks: dict[str, str] = {}
    pieces: dict[str, str] = {}
    for secret in secrets:
        mark = f"[secret {secret.name}]"
        plain, encoded = forms(secret.reveal())
        marks |= dict.fromkeys(plain - marks.keys(), mark)
        pieces |= dict.fromkeys(encoded - pieces.keys(), mark)
    return marks, pieces


def forms(value: str) -> tuple[frozenset[str], frozenset[str]]:
    """Every spelling under which a secret might be written down; those apart of which each piece tells of it."""
    parts = {value, *value.splitlines(), _password(value)}
    plain = {p.strip() for p in parts if len(p.strip()) >= SHORTEST}
    spelled = frozenset(form for part in plain for form in _spellings(part))
    encoded = frozenset(form for part in plain for form in _base64(part.encode("utf-8", "surrogateescape")))
    return spelled | {e for e in encoded if len(e) >= SHORTEST_ENCODED}, frozenset(
        e for e in encoded if len(e) >= PIECE
    )


def _spellings(value: str) -> Iterator[str]:
    raw = value.encode("utf-8", "surrogateescape")
    yield value
    yield from _for_urls(value)
    in_json, readable = json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]
    yield from (in_json, readable, in_json.replace("/", "\\/"), json.dumps(in_json)[1:-1], json.dumps(readable)[1:-1])
    yield from (repr(value)[1:-1], ascii(value)[1:-1], repr(raw)[2:-1])
    yield from (html.escape(value), html.escape(value, quote=False))
    yield from (html.escape(value).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),)
    yield from (value.replace("'", "'\\''"), value.replace("'", "'\"'\"'"), re.sub(r"([^\w%+,./:=@-])", r"\\\1", value))
    if len(raw) >= SHORTEST:
        yield from (raw.hex(), raw.hex().upper(), raw.hex(" "), raw.hex(":"), raw.hex(":").upper())


def _for_urls(value: str) -> Iterator[str]:
    raw = value.encode("utf-8", "surrogateescape")
    every = "".join(f"%{byte:02X}" for byte in raw)
    quoted = (quote(raw, safe=""), quote(raw), quote_plus(raw), quote(raw, safe="/:@"), quote(raw, safe="-_.!~*'()"))
    for form in (*quoted, every):
        yield form
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found.group().lower(), form)


def _base64(raw: bytes) -> Iterator[str]:
    """The digits that depend on the value alone, wherever in an encoded text it starts."""
    for before in range(3):
        padded = b"\0" * before + raw
        first, end = -(-before * 8 // 6), len(padded) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            digits = encode(padded).decode()[first:end]
            yield digits
            yield quote(digits, safe="")


def _password(value: str) -> str:
    """The password of a URL with one; "" for any other value."""
    try:
        return unquote(urlsplit(value).password or "")
    except ValueError:
        return ""
