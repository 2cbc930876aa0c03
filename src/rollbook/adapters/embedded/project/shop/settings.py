"""What differs between environments, read from variables."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from shop.money import Money


class Settings(msgspec.Struct, frozen=True):
    currency: str
    log_level: str
    free_delivery_from: Money


def read_settings(variables: Mapping[str, str]) -> Settings:
    """Settings from `SHOP_…` variables, with defaults for those that are absent."""
    return Settings(
        variables.get("SHOP_CURRENCY", "EUR"),
        variables.get("SHOP_LOG_LEVEL", "info"),
        Money.of(variables.get("SHOP_FREE_DELIVERY_FROM", "50.00")),
    )
