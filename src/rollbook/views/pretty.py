"""JSON for people and scripts alike: indented, Chinese as it is, keys in the order given."""

from __future__ import annotations

import msgspec

from rollbook.values import Json


def pretty(value: Json) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
